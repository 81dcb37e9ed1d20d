#include "agent/run_folder.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"

namespace agent {

void RunFolder::prepare_logs() const
{
    common::while_doing("preparing the run's folder", [&] {
        common::os::make_private_folder(root_.parent_path());
        for (const std::filesystem::path& folder : {root_, logs()})
            common::os::make_private_folder(folder);
    });
}

void RunFolder::prepare() const
{
    common::while_doing("preparing the run's folder", [&] {
        std::filesystem::remove_all(removed());
        for (const std::filesystem::path& folder : {jobs(), payload()})
            common::os::make_private_folder(folder);
        common::os::sync_folder(root_);
    });
}

void RunFolder::remove_jobs() const
{
    // At once out of sight: file by file, a claim might go before the spec that it belongs to.
    std::error_code problem;
    std::filesystem::remove_all(removed(), problem);
    std::filesystem::rename(jobs(), removed(), problem);
    common::os::sync_folder(root_);
    std::filesystem::remove_all(removed(), problem);
    std::filesystem::remove_all(payload(), problem);
}

} // namespace agent

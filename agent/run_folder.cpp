#include "agent/run_folder.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"

namespace agent {

namespace {

constexpr std::string_view firewall_prefix = "firewall-";

} // namespace

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
    if (problem) // Windows, where somebody has a file in there open
        remove_job_by_job();
    common::os::sync_folder(root_);
    std::filesystem::remove_all(removed(), problem);
    std::filesystem::remove_all(payload(), problem);
}

/// What can be removed, of each job its spec first: without that nothing of it is ever begun.
void RunFolder::remove_job_by_job() const
{
    std::error_code none;
    for (const auto& job : std::filesystem::directory_iterator(jobs(), none)) {
        std::error_code in_use;
        if (std::filesystem::remove(job.path() / "spec", in_use) || !in_use)
            std::filesystem::remove_all(job.path(), in_use);
    }
    std::filesystem::remove(jobs(), none);
}

std::optional<std::filesystem::path> RunFolder::log(const std::string& name) const
{
    std::error_code problem;
    const bool plain =
        !name.empty() && name.front() != '.' && name.find_first_of("/\\:") == std::string::npos;
    if (!plain || !std::filesystem::is_regular_file(std::filesystem::symlink_status(logs() / name, problem)))
        return std::nullopt;
    return logs() / name;
}

std::vector<std::filesystem::path> RunFolder::firewall_records() const
{
    std::vector<std::filesystem::path> found;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(root_, none))
        if (entry.path().filename().string().starts_with(firewall_prefix))
            found.push_back(entry.path());
    return found;
}

std::filesystem::path RunFolder::firewall_record(std::string_view boot) const
{
    return root_ / (std::string(firewall_prefix) + std::string(boot));
}

} // namespace agent

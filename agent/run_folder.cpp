#include "agent/run_folder.hpp"

#include "common/os/file.hpp"

#include <array>

namespace agent {

RunFolder::RunFolder(const std::filesystem::path& state, const std::string& run) : path_(state / run)
{
    for (const std::filesystem::path& folder : {path_, logs(), jobs(), payload()})
        common::os::make_private_folder(folder);
}

void RunFolder::remove_work() const
{
    std::error_code ignored; // what cannot be removed is found and named by the manager's look
    for (const std::filesystem::path& work : std::array{jobs(), payload(), pid(), lock()})
        std::filesystem::remove_all(work, ignored);
}

} // namespace agent

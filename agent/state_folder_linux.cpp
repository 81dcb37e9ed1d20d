#include "agent/state_folder.hpp"
#include "common/bootstrap.hpp"

namespace agent {

std::filesystem::path state_folder()
{
    return common::state_folder;
}

} // namespace agent

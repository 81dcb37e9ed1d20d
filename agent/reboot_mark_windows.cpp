#include "agent/reboot_mark.hpp"
#include "common/os/registry_windows.hpp"

namespace agent {

bool reboot_is_asked_for(common::SystemTime since)
{
    // Not the list of files to be renamed at the next boot: many programs put something there all the time.
    for (const char* path :
         {"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\RebootPending",
          "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update\\RebootRequired"})
        if (const auto key = common::os::RegistryKey::open(path);
            key && key->changed() + std::chrono::seconds(1) >= since)
            return true;
    return false;
}

} // namespace agent

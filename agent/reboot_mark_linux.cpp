#include "agent/reboot_mark.hpp"

#include <sys/stat.h>

namespace agent {

bool reboot_is_asked_for(common::SystemTime since)
{
    struct stat info {};
    if (::stat("/run/reboot-required", &info) != 0)
        return false;
    return std::chrono::system_clock::from_time_t(info.st_mtime) + std::chrono::seconds(1) >= since;
}

} // namespace agent

#include "agent/file_lock.hpp"

#include "common/clock.hpp"

#include <thread>

namespace agent {

common::os::Descriptor wait_for_lock(const std::filesystem::path& file, std::chrono::milliseconds time)
{
    for (const common::Deadline end = common::Deadline::in(time);;
         std::this_thread::sleep_for(std::chrono::milliseconds(5))) {
        common::os::Descriptor lock = try_lock(file);
        if (lock || end.passed())
            return lock;
    }
}

} // namespace agent

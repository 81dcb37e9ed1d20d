#pragma once

#include <map>
#include <mutex>
#include <string>

namespace manager::drivers {

/// Which machine each target of the run turned out to be, so that one that goes by two names is worked on
/// once. Any thread may call.
class Machines {
public:
    /// The name of the target that was met as this machine first; `target` itself for a new one.
    std::string meet(const std::string& machine, const std::string& target)
    {
        const std::lock_guard lock(mutex_);
        return names_.try_emplace(machine, target).first->second;
    }

private:
    std::mutex mutex_;
    std::map<std::string, std::string> names_;
};

} // namespace manager::drivers

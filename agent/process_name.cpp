#include "agent/process_name.hpp"

#include "common/os/process.hpp"

namespace agent {

ProcessName ProcessName::of_this_process()
{
    const pid_t pid = common::os::process_id();
    return {pid, common::os::start_time(pid).value_or(0), common::os::boot_id()};
}

bool ProcessName::lives() const
{
    return pid > 0 && boot == common::os::boot_id() && common::os::start_time(pid) == start;
}

void ProcessName::add_to(common::Fields& fields) const
{
    fields.add("pid", static_cast<std::uint64_t>(pid)).add("start", start).add("boot", boot);
}

ProcessName ProcessName::in(const common::Fields& fields)
{
    return {static_cast<pid_t>(fields.number("pid", INT32_MAX)), fields.number("start"), fields.get("boot")};
}

} // namespace agent

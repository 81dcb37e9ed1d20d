#include "agent/single.hpp"

#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/fields.hpp"
#include "common/os/file.hpp"
#include "common/os/process.hpp"

#include <csignal>
#include <fcntl.h>
#include <sys/file.h>
#include <thread>
#include <unistd.h>

namespace agent {

using common::Deadline;
using common::Error;
using common::Fields;
using common::Trouble;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view pid_format = "soapstone-agent-pid 1";
constexpr auto term_time = 5s;
constexpr auto kill_time = 3s;

struct Other {
    pid_t pid;
    std::uint64_t start;
    std::string boot;
    std::uint64_t epoch;

    bool alive() const { return boot == common::os::boot_id() && common::os::start_time(pid) == start; }
};

std::optional<Other> other_agent(const std::filesystem::path& file)
{
    const auto text = common::os::read_file_if_there(file, 64 << 10);
    if (!text)
        return std::nullopt;
    const Fields fields = Fields::parse(*text, pid_format);
    return Other{static_cast<pid_t>(fields.number("pid", INT32_MAX)), fields.number("start"),
                 fields.get("boot"), fields.number("epoch")};
}

bool gone_after(const Other& other, int signal, std::chrono::milliseconds time)
{
    ::kill(other.pid, signal);
    for (const Deadline end = Deadline::in(time); !end.passed(); std::this_thread::sleep_for(20ms))
        if (!other.alive())
            return true;
    return !other.alive();
}

void stop_other(const std::filesystem::path& folder, std::uint64_t epoch)
{
    const std::optional<Other> other = other_agent(folder / "agent.pid");
    if (!other)
        return;
    if (other->epoch > epoch)
        throw Error(Trouble::rejected, "an agent of a later start of the manager was here already");
    if (other->alive() && !gone_after(*other, SIGTERM, term_time))
        gone_after(*other, SIGKILL, kill_time);
}

void take_lock(int lock)
{
    for (const Deadline end = Deadline::in(2s); ::flock(lock, LOCK_EX | LOCK_NB) != 0;
         std::this_thread::sleep_for(20ms))
        if (end.passed())
            throw Error(Trouble::busy, "another agent of this run holds the lock");
}

} // namespace

common::os::Descriptor become_only_agent(const std::filesystem::path& folder, std::uint64_t epoch)
{
    stop_other(folder, epoch);
    common::os::Descriptor lock = common::os::open_file(folder / "lock", O_RDWR | O_CREAT | O_NOFOLLOW);
    take_lock(lock.get());
    const auto pid = static_cast<std::uint64_t>(::getpid());
    Fields record{std::string(pid_format)};
    record.add("pid", pid)
        .add("start", common::os::start_time(::getpid()).value_or(0))
        .add("boot", common::os::boot_id())
        .add("epoch", epoch);
    common::os::write_file_durably(folder / "agent.pid", record.text());
    return lock;
}

} // namespace agent

#include "agent/single.hpp"

#include "agent/process_name.hpp"
#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/fields.hpp"
#include "common/os/file.hpp"

#include <csignal>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace agent {

using common::Deadline;
using common::Error;
using common::Fields;
using common::Trouble;
using common::os::Descriptor;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view pid_format = "soapstone-agent-pid 1";
constexpr auto term_time = 5s;
constexpr auto kill_time = 3s;
constexpr auto lock_time = 2s;

struct Other {
    ProcessName name;
    std::uint64_t epoch;
};

std::optional<Other> other_agent(const std::filesystem::path& file)
{
    const auto text = common::os::read_file_if_there(file, 64 << 10);
    if (!text)
        return std::nullopt;
    const Fields fields = Fields::parse(*text, pid_format);
    return Other{ProcessName::in(fields), fields.number("epoch")};
}

bool gone_after(const ProcessName& other, int signal, std::chrono::milliseconds time)
{
    ::kill(other.pid, signal);
    for (const Deadline end = Deadline::in(time); !end.passed(); std::this_thread::sleep_for(5ms))
        if (!other.lives())
            return true;
    return !other.lives();
}

void stop_other(const RunFolder& folder, std::uint64_t epoch, const AgentLog& log)
{
    const std::optional<Other> other = other_agent(folder.agent_record());
    if (!other)
        return;
    if (other->epoch > epoch)
        throw Error(Trouble::rejected, "an agent of a later start of the manager was here already");
    if (!other->name.lives())
        return;
    log.about_to("stop the agent before us, process " + std::to_string(other->name.pid));
    if (!gone_after(other->name, SIGTERM, term_time))
        gone_after(other->name, SIGKILL, kill_time);
}

/// False when the file that was locked has lost its name meanwhile: its owner removed itself.
bool is_still(const std::filesystem::path& path, int file)
{
    struct stat named {};
    struct stat open {};
    return ::lstat(path.c_str(), &named) == 0 && ::fstat(file, &open) == 0 && named.st_ino == open.st_ino &&
           named.st_dev == open.st_dev;
}

Descriptor take_lock(const std::filesystem::path& path)
{
    for (const Deadline end = Deadline::in(lock_time); !end.passed(); std::this_thread::sleep_for(5ms)) {
        Descriptor lock = common::os::open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW);
        if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0 && is_still(path, lock.get()))
            return lock;
    }
    throw Error(Trouble::busy, "another agent of this run holds the lock");
}

} // namespace

Descriptor become_only_agent(const RunFolder& folder, std::uint64_t epoch, const AgentLog& log)
{
    stop_other(folder, epoch, log);
    Descriptor lock = take_lock(folder.lock());
    Fields record{std::string(pid_format)};
    ProcessName::of_this_process().add_to(record);
    record.add("epoch", epoch);
    common::os::write_file_durably(folder.agent_record(), record.text());
    return lock;
}

} // namespace agent

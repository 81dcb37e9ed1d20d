#include "agent/bootstrap_linux.hpp"

#include "agent/descriptors_linux.hpp"
#include "agent/run.hpp"
#include "agent/shim_start_linux.hpp"
#include "agent/state_folder.hpp"
#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/os/descriptor.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"

#include <cstdio>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace agent {

using common::Deadline;
using common::Error;
using common::Trouble;
using common::os::Descriptor;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t most_orders = 64 << 10;
constexpr auto orders_time = 30s;
constexpr auto ready_time = 30s;

/// What comes from `file` until `done` says that it is enough, the other side closes or the time is over.
template <typename Done>
std::string read_until(int file, Deadline deadline, Done done)
{
    std::string text;
    while (!done(text) && text.size() < most_orders && !deadline.passed()) {
        pollfd event{file, POLLIN, 0};
        if (::poll(&event, 1, static_cast<int>(deadline.left().count())) <= 0)
            continue;
        char buffer[4096];
        const ssize_t got = ::read(file, buffer, sizeof buffer);
        if (got == 0 || (got < 0 && errno != EINTR))
            break;
        text.append(buffer, got > 0 ? static_cast<std::size_t>(got) : 0);
    }
    return text;
}

common::Orders read_orders()
{
    const std::string text = read_until(
        0, Deadline::in(orders_time), [](const std::string& so_far) { return so_far.ends_with("\nend\n"); });
    return common::while_doing("reading the orders", [&] { return common::Orders::parse(text); });
}

/// True when `binary` lies in a folder that the manager made to put it there. One that somebody starts from
/// a folder of his own stays.
bool is_ours_to_remove(const fs::path& binary)
{
    return binary.parent_path().filename().string().starts_with(".soapstone-");
}

void detach(const fs::path& binary)
{
    const Descriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
    for (int number = 0; number < 3; ++number)
        ::dup2(nothing.get(), number);
    if (::chdir("/") != 0)
        throw common::system_error("changing to /");
    if (is_ours_to_remove(binary))
        ::unlink(binary.c_str());
}

/// The daemon. What it tells its first process starts with "+" (the ready line), "=" (why not now) or "-"
/// (why not at all).
int daemon_life(const common::Orders& orders, const fs::path& binary, Descriptor report)
{
    try {
        // While it has a name: where qemu runs us, /proc/self/exe is opened by that.
        const Descriptor program = common::os::open_file("/proc/self/exe", common::os::Open::read);
        detach(binary);
        const StopRequest stop;
        const shim::Start start_shim = [&](const fs::path& job, const Failpoints& failpoints) {
            return shim::start(program.get(), job, failpoints);
        };
        run(orders, RunFolder(state_folder(), orders.run), start_shim, stop, [&](const common::Ready& ready) {
            common::os::write_all(report.get(), "+" + ready.line(), "the ready line");
            report.close();
        });
        return 0;
    } catch (const std::exception& error) {
        const auto* known = dynamic_cast<const Error*>(&error);
        const bool busy = known != nullptr && known->trouble() == Trouble::busy;
        const std::string why = (busy ? "=" : "-") + common::one_line(error.what());
        if (report && ::write(report.get(), why.data(), why.size()) < 0)
            return 2;
        return 1;
    }
}

int tell(const std::string& report)
{
    if (report.starts_with('+')) {
        common::os::write_all(1, report.substr(1) + "\n", "the ready line");
        return 0;
    }
    if (report.starts_with('='))
        throw Error(Trouble::busy, report.substr(1));
    throw Error(Trouble::rejected, report.empty() ? "the agent ended without a word" : report.substr(1));
}

/// The ready line or the failure of the daemon that the middle process `child` leaves behind.
int wait_for_daemon(pid_t child, int report)
{
    ::waitpid(child, nullptr, 0);
    return tell(read_until(report, Deadline::in(ready_time), [](const std::string&) { return false; }));
}

int become_daemon(const common::Orders& orders, const fs::path& binary)
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        throw common::system_error("making a pipe");
    const Descriptor report(ends[0]);
    Descriptor write_end(ends[1]);
    const pid_t child = ::fork();
    if (child < 0)
        throw common::system_error("leaving the session");
    if (child > 0) {
        write_end.close();
        return wait_for_daemon(child, report.get());
    }
    ::setsid();
    if (const pid_t grandchild = ::fork(); grandchild != 0)
        ::_exit(grandchild > 0 ? 0 : 1);
    ::_exit(daemon_life(orders, binary, std::move(write_end)));
}

} // namespace

int bootstrap()
{
    try {
        close_descriptors_from(3);
        const common::Orders orders = read_orders();
        return become_daemon(orders, fs::read_symlink("/proc/self/exe"));
    } catch (const Error& error) {
        ::dprintf(2, "soapstone-agent: %s\n", common::one_line(error.text()).c_str());
        return error.trouble() == Trouble::busy ? common::agent_busy_status : 1;
    } catch (const std::exception& error) {
        ::dprintf(2, "soapstone-agent: %s\n", common::one_line(error.what()).c_str());
        return 1;
    }
}

} // namespace agent

#include "agent/shim.hpp"

#include "agent/claim.hpp"
#include "agent/failpoint.hpp"
#include "agent/output_log.hpp"
#include "agent/process_tree.hpp"
#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/os/descriptor.hpp"
#include "common/os/file.hpp"
#include "common/os/process.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace agent {

using common::Deadline;
using common::os::Descriptor;
using namespace std::chrono_literals;

namespace {

constexpr auto drain_time = 1s;
constexpr auto look_again = 200ms;
constexpr auto kill_patience = 5s; ///< after KILL, for processes that hang in the kernel

std::int64_t now_ms()
{
    return common::to_milliseconds(std::chrono::system_clock::now());
}

std::vector<std::string> environment()
{
    std::vector<std::string> variables = common::os::clean_environment();
    for (const char* more :
         {"DEBIAN_FRONTEND=noninteractive", "DEBCONF_NONINTERACTIVE_SEEN=true", "HOME=/root"})
        variables.emplace_back(more);
    return variables;
}

std::vector<char*> pointers(const std::vector<std::string>& texts)
{
    std::vector<char*> list;
    for (const std::string& text : texts)
        list.push_back(const_cast<char*>(text.c_str()));
    list.push_back(nullptr);
    return list;
}

/// In the forked child: becomes the installer.
[[noreturn]] void become(const Start& start, int output, int lock)
{
    ::setpgid(0, 0);
    const int nothing = ::open("/dev/null", O_RDONLY);
    ::dup2(nothing, 0);
    ::dup2(output, 1);
    ::dup2(output, 2);
    ::fcntl(lock, F_SETFD, 0); // the installer keeps the lock alive, whatever becomes of the shim
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    ::umask(022);
    const std::vector<std::string> variables = environment();
    if (::chdir(start.working_folder.c_str()) == 0)
        ::execve(start.arguments[0].c_str(), pointers(start.arguments).data(), pointers(variables).data());
    const int number = errno;
    ::dprintf(2, "%s\n", common::system_error("starting " + start.arguments[0], number).what());
    ::_exit(number == ENOENT ? 127 : 126);
}

/// Watches one installer from its start to its end.
class Supervisor {
public:
    Supervisor(const Start& start, const std::filesystem::path& folder, std::chrono::milliseconds grace)
        : start_(start), grace_(grace), log_(start.log, folder / "ring"),
          deadline_(Deadline::in(start.deadline))
    {
    }

    void begin(int lock);
    Exit watch();

private:
    void on_output();
    void on_signals();
    void reap();
    void end_tree(bool& why);
    void press_on();
    bool finished();

    const Start& start_;
    std::chrono::milliseconds grace_;
    OutputLog log_;
    Deadline deadline_;
    Descriptor signals_;
    Descriptor output_;
    pid_t main_ = -1;
    bool ended_ = false;
    std::optional<Deadline> kill_at_;  ///< being ended: then KILL
    std::optional<Deadline> leave_at_; ///< the latest moment to stop watching
    Exit exit_;
};

Descriptor take_signals()
{
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGCHLD);
    ::sigaddset(&set, SIGTERM);
    ::sigprocmask(SIG_SETMASK, &set, nullptr);
    Descriptor signals(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals)
        throw common::system_error("waiting for signals");
    return signals;
}

void Supervisor::begin(int lock)
{
    signals_ = take_signals();
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        throw common::system_error("making a pipe");
    output_ = Descriptor(ends[0]);
    const Descriptor input(ends[1]);
    ::fcntl(output_.get(), F_SETFL, O_NONBLOCK);
    exit_.started = now_ms();
    main_ = ::fork();
    if (main_ < 0)
        throw common::system_error("starting the installer");
    if (main_ == 0)
        become(start_, input.get(), lock);
    ::setpgid(main_, main_);
    failpoint("shim_after_fork");
}

void Supervisor::on_output()
{
    char buffer[64 << 10];
    for (int i = 0; i < 16; ++i) { // then look at the clock again
        const ssize_t got = ::read(output_.get(), buffer, sizeof buffer);
        if (got > 0)
            log_.add(std::string_view(buffer, static_cast<std::size_t>(got)));
        else if (got == 0)
            return output_.close();
        else
            return;
    }
}

void Supervisor::reap()
{
    int status = 0;
    for (pid_t pid = ::waitpid(-1, &status, WNOHANG); pid > 0; pid = ::waitpid(-1, &status, WNOHANG)) {
        if (pid != main_)
            continue;
        ended_ = true;
        if (WIFSIGNALED(status))
            exit_.signal = WTERMSIG(status);
        else
            exit_.code = WEXITSTATUS(status);
        if (!kill_at_)
            leave_at_ = Deadline::in(drain_time);
    }
}

void Supervisor::end_tree(bool& why)
{
    if (kill_at_ || ended_)
        return;
    why = true;
    kill_at_ = Deadline::in(grace_);
    leave_at_ = Deadline::in(grace_ + kill_patience);
    signal_tree(main_, SIGTERM);
}

void Supervisor::on_signals()
{
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == sizeof info)
        if (info.ssi_signo == SIGTERM)
            end_tree(exit_.cancelled);
    reap();
}

void Supervisor::press_on()
{
    if (deadline_.passed())
        end_tree(exit_.timed_out);
    if (kill_at_ && kill_at_->passed())
        signal_tree(main_, SIGKILL);
}

bool Supervisor::finished()
{
    if (leave_at_ && leave_at_->passed())
        return true;
    if (!ended_)
        return false;
    return kill_at_ ? descendants().empty() : !output_;
}

Exit Supervisor::watch()
{
    while (!finished()) {
        pollfd events[] = {{signals_.get(), POLLIN, 0}, {output_.get(), POLLIN, 0}};
        const auto left = deadline_.passed()
                              ? std::chrono::milliseconds(look_again)
                              : std::min<std::chrono::milliseconds>(deadline_.left(), look_again);
        ::poll(events, 2, static_cast<int>(left.count()));
        on_signals();
        if (output_)
            on_output();
        press_on();
    }
    if (output_)
        on_output();
    reap(); // what was ended must not stay behind as a zombie
    log_.finish();
    exit_.bytes = log_.bytes();
    exit_.ended = now_ms();
    return exit_;
}

void shim(const std::filesystem::path& folder, std::chrono::milliseconds grace)
{
    const Start start = Start::parse(common::os::read_file(folder / "start", 64 << 10));
    set_failpoint(start.failpoint);
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    failpoint("shim_before_claim");
    const std::optional<Descriptor> lock = claim_job(folder);
    if (!lock)
        return; // somebody ran it, or is running it
    Supervisor supervisor(start, folder, grace);
    supervisor.begin(lock->get());
    const Exit exit = supervisor.watch();
    failpoint("shim_before_exit_record");
    common::os::write_file_durably(folder / "exit", exit.text());
    failpoint("shim_after_exit_record");
}

} // namespace

int run_shim(const std::filesystem::path& folder, std::chrono::milliseconds grace)
{
    try {
        shim(folder, grace);
        return 0;
    } catch (const std::exception& error) {
        ::dprintf(2, "soapstone-agent shim: %s\n", error.what());
        return 1;
    }
}

pid_t spawn_shim(const std::filesystem::path& folder)
{
    std::vector<std::string> arguments{"soapstone-agent", "shim", folder.string()};
    std::vector<std::string> variables = common::os::clean_environment();
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    pid_t pid = -1;
    const int number = ::posix_spawn(&pid, "/proc/self/exe", nullptr, &attributes, pointers(arguments).data(),
                                     pointers(variables).data());
    ::posix_spawnattr_destroy(&attributes);
    if (number != 0)
        throw common::system_error("starting the shim", number);
    return pid;
}

} // namespace agent

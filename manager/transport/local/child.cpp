#include "manager/transport/local/child.hpp"

#include "common/error.hpp"
#include "common/os/process.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <vector>

namespace manager::transport::local {

using common::Deadline;
using common::system_error;
using common::os::Descriptor;

namespace {

constexpr std::chrono::seconds leave_limit{2};
constexpr std::chrono::milliseconds look_again{5};

/// A connected pair; our end does not block.
struct Stream {
    Descriptor ours;
    Descriptor theirs;
};

Stream make_stream()
{
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        throw system_error("making a pipe");
    Stream stream{Descriptor(ends[0]), Descriptor(ends[1])};
    if (::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0)
        throw system_error("making a pipe");
    return stream;
}

std::vector<std::string> environment()
{
    std::vector<std::string> list = common::os::clean_environment();
    // What sshd would tell the script about the two ends of the session.
    list.emplace_back("SSH_CONNECTION=127.0.0.1 0 127.0.0.1 0");
    return list;
}

std::vector<char*> pointers(std::vector<std::string>& texts)
{
    std::vector<char*> list;
    for (std::string& text : texts)
        list.push_back(text.data());
    list.push_back(nullptr);
    return list;
}

/// What posix_spawn() is to set up in the child.
class Recipe {
public:
    Recipe(int input, int output, int problems)
    {
        posix_spawn_file_actions_init(&actions_);
        posix_spawn_file_actions_adddup2(&actions_, input, 0);
        posix_spawn_file_actions_adddup2(&actions_, output, 1);
        posix_spawn_file_actions_adddup2(&actions_, problems, 2);
        posix_spawnattr_init(&attributes_);
        sigset_t none;
        sigemptyset(&none);
        sigset_t usual;
        sigfillset(&usual);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setsigdefault(&attributes_, &usual);
        // A session of its own: Ctrl-C at our terminal is our business, and sudo finds no terminal to ask at.
        posix_spawnattr_setflags(&attributes_,
                                 POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    }
    Recipe(const Recipe&) = delete;
    Recipe& operator=(const Recipe&) = delete;
    ~Recipe()
    {
        posix_spawn_file_actions_destroy(&actions_);
        posix_spawnattr_destroy(&attributes_);
    }

    pid_t spawn(std::vector<std::string> arguments) const
    {
        std::vector<std::string> variables = environment();
        pid_t pid = 0;
        const int error = ::posix_spawn(&pid, arguments[0].c_str(), &actions_, &attributes_,
                                        pointers(arguments).data(), pointers(variables).data());
        if (error != 0)
            throw system_error("starting " + arguments[0], error);
        return pid;
    }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

} // namespace

Child::Child(const std::string& command)
{
    Stream input = make_stream();
    Stream output = make_stream();
    Stream problems = make_stream();
    pid_ = Recipe(input.theirs.get(), output.theirs.get(), problems.theirs.get())
               .spawn({"/bin/sh", "-c", command});
    input_ = std::move(input.ours);
    output_ = std::move(output.ours);
    problems_ = std::move(problems.ours);
}

bool Child::reap()
{
    int status = 0;
    if (!status_ && ::waitpid(pid_, &status, WNOHANG) == pid_)
        status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return status_.has_value();
}

int Child::wait(Deadline deadline)
{
    while (!reap()) {
        if (deadline.passed())
            throw common::Error(common::Trouble::unreachable, "the shell did not end in time");
        std::this_thread::sleep_for(look_again);
    }
    return *status_;
}

Child::~Child()
{
    input_.close();
    output_.close();
    problems_.close();
    const Deadline deadline = Deadline::in(leave_limit);
    while (!reap() && !deadline.passed())
        std::this_thread::sleep_for(look_again);
    if (status_)
        return;
    if (::kill(-pid_, SIGKILL) ==
        0) // it fails for what sudo runs; that has lost its input and ends by itself
        ::waitpid(pid_, nullptr, 0);
}

} // namespace manager::transport::local

#include "manager/transport/process/child.hpp"

#include "common/error.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <vector>

namespace manager::transport::process {

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

/// A copy of `descriptor` above all numbers that the child is to have, where giving it another cannot hit it.
Descriptor out_of_the_way(int descriptor)
{
    constexpr int above = 32;
    Descriptor copy(::fcntl(descriptor, F_DUPFD_CLOEXEC, above));
    if (!copy)
        throw system_error("handing on a descriptor");
    return copy;
}

/// As exec wants it, which promises not to write there.
std::vector<char*> pointers(const std::vector<std::string>& texts)
{
    std::vector<char*> list;
    for (const std::string& text : texts)
        list.push_back(const_cast<char*>(text.c_str()));
    list.push_back(nullptr);
    return list;
}

/// What posix_spawn() is to set up in the child.
class Recipe {
public:
    Recipe()
    {
        posix_spawn_file_actions_init(&actions_);
        posix_spawnattr_init(&attributes_);
        sigset_t none;
        sigemptyset(&none);
        sigset_t usual;
        sigfillset(&usual);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setsigdefault(&attributes_, &usual);
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

    /// `ours` becomes `number` there, also where the two are the same.
    void hand_on(int ours, int number) { posix_spawn_file_actions_adddup2(&actions_, ours, number); }

    pid_t spawn(const Program& program) const
    {
        pid_t pid = 0;
        const int error =
            ::posix_spawn(&pid, program.arguments.at(0).c_str(), &actions_, &attributes_,
                          pointers(program.arguments).data(), pointers(program.environment).data());
        if (error != 0)
            throw system_error("starting " + program.arguments[0], error);
        return pid;
    }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

} // namespace

Child::Child(const Program& program)
{
    Stream stream = make_stream();
    Stream problems = make_stream();
    Recipe recipe;
    recipe.hand_on(stream.theirs.get(), 0);
    recipe.hand_on(stream.theirs.get(), 1);
    recipe.hand_on(problems.theirs.get(), 2);
    std::vector<Descriptor> copies;
    for (const auto& [ours, number] : program.handed_on) {
        copies.push_back(out_of_the_way(ours));
        recipe.hand_on(copies.back().get(), number);
    }
    pid_ = recipe.spawn(program);
    stream_ = std::move(stream.ours);
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
            throw common::Error(common::Trouble::unreachable, "the child did not end in time");
        std::this_thread::sleep_for(look_again);
    }
    return *status_;
}

void Child::kill() const
{
    if (!status_)
        ::kill(-pid_, SIGKILL);
}

Child::~Child()
{
    stream_.close();
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

} // namespace manager::transport::process

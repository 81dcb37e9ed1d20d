#include "common/error.hpp"
#include "common/os/descriptor.hpp"
#include "common/os/file.hpp"
#include "common/os/pipe.hpp"
#include "common/os/process.hpp"
#include "common/text.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>

namespace common::os {

namespace {

std::vector<char*> pointers(const std::vector<std::string>& texts)
{
    std::vector<char*> list;
    for (const std::string& text : texts)
        list.push_back(const_cast<char*>(text.c_str())); // posix_spawn() does not write to them
    list.push_back(nullptr);
    return list;
}

pid_t spawn(const std::string& program, const std::vector<std::string>& arguments, int output, int problems)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, 1);
    posix_spawn_file_actions_adddup2(&actions, problems, 2);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    sigset_t usual;
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    pid_t pid = 0;
    const int error = ::posix_spawn(&pid, program.c_str(), &actions, &attributes, pointers(arguments).data(),
                                    pointers(clean_environment()).data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error != 0)
        throw system_error("starting " + program, error);
    return pid;
}

/// Appends what can be read now; false at the end of the stream.
bool drain(int descriptor, std::string& text, std::size_t most)
{
    char buffer[16 << 10];
    const ssize_t got = ::read(descriptor, buffer, sizeof buffer);
    if (got < 0)
        return errno == EINTR || errno == EAGAIN;
    text.append(buffer, std::min(static_cast<std::size_t>(got), most - std::min(most, text.size())));
    return got > 0;
}

int wait_for(pid_t pid)
{
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            throw system_error("waiting for a program");
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace

Finished run(const std::vector<std::string>& arguments, Deadline deadline, std::size_t most)
{
    const std::optional<std::string> program = find_program(arguments.at(0));
    if (!program)
        throw Error(Trouble::rejected, "there is no program " + arguments[0]);
    Pipe output = make_pipe();
    Pipe problems = make_pipe();
    const pid_t pid = spawn(*program, arguments, output.write.get(), problems.write.get());
    output.write.close();
    problems.write.close();

    Finished finished;
    std::array<pollfd, 2> waiting{pollfd{output.read.get(), POLLIN, 0},
                                  pollfd{problems.read.get(), POLLIN, 0}};
    while (waiting[0].fd >= 0 || waiting[1].fd >= 0) {
        const int ready = ::poll(waiting.data(), waiting.size(), static_cast<int>(deadline.left().count()));
        if (ready == 0) {
            ::kill(-pid, SIGKILL);
            wait_for(pid);
            throw Error(Trouble::unreachable, *program + " did not end in time and was killed");
        }
        if (waiting[0].revents != 0 && !drain(waiting[0].fd, finished.output, most))
            waiting[0].fd = -1;
        if (waiting[1].revents != 0 && !drain(waiting[1].fd, finished.problems, most))
            waiting[1].fd = -1;
    }
    finished.status = wait_for(pid);
    return finished;
}

std::optional<std::string> find_program(const std::string& program)
{
    if (program.find('/') != std::string::npos)
        return program;
    for (const char* folder :
         {"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/", "/usr/local/sbin/", "/usr/local/bin/"})
        if (const std::string path = folder + program; ::access(path.c_str(), X_OK) == 0)
            return path;
    return std::nullopt;
}

std::filesystem::path own_folder()
{
    return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

const std::vector<std::string>& clean_environment()
{
    static const std::vector<std::string> environment{
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "HOME=/root"};
    return environment;
}

pid_t process_id() noexcept
{
    return ::getpid();
}

std::optional<std::uint64_t> start_time(pid_t pid)
{
    const std::optional<std::string> line = read_file_if_there("/proc/" + std::to_string(pid) + "/stat");
    if (!line)
        return std::nullopt;
    // The second field is the program's name in parentheses, and may hold anything; count from behind it.
    const std::size_t name_end = line->rfind(')');
    if (name_end == std::string::npos || name_end + 2 >= line->size())
        return std::nullopt;
    const std::vector<std::string> fields = split(std::string_view(*line).substr(name_end + 2), ' ');
    constexpr std::size_t start_field = 22 - 3; // proc(5): field 22, and we begin at field 3
    return fields.size() > start_field ? to_number(fields[start_field]) : std::nullopt;
}

std::string boot_id()
{
    return std::string(trim(read_file("/proc/sys/kernel/random/boot_id")));
}

} // namespace common::os

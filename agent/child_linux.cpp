#include "agent/child_linux.hpp"

#include "common/error.hpp"
#include "common/os/descriptor.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace agent {

namespace {

std::vector<char*> pointers(const std::vector<std::string>& texts)
{
    std::vector<char*> list;
    for (const std::string& text : texts)
        list.push_back(const_cast<char*>(text.c_str())); // execve() does not write to them
    list.push_back(nullptr);
    return list;
}

void usual_signals()
{
    for (int number = 1; number < NSIG; ++number)
        ::signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// What the agent took from itself is no business of the installer's.
void usual_limits()
{
    rlimit core{};
    if (::getrlimit(RLIMIT_CORE, &core) == 0) {
        core.rlim_cur = core.rlim_max;
        ::setrlimit(RLIMIT_CORE, &core);
    }
    ::umask(022);
}

bool connect_output(int output)
{
    const int nothing = ::open("/dev/null", O_RDONLY);
    return nothing >= 0 && ::dup2(nothing, 0) == 0 && ::dup2(output, 1) == 1 && ::dup2(output, 2) == 2;
}

void close_all_but(int first_kept, int second_kept)
{
    // Everything of ours is close-on-exec. This is for what somebody above us left open.
    constexpr int most = 1024;
    for (int number = 3; number < most; ++number)
        if (number != first_kept && number != second_kept)
            ::close(number);
}

/// In the new process. Comes back, with errno set, only when the program could not be started.
void become(const std::vector<char*>& arguments, const std::vector<char*>& environment)
{
    // Somebody who just wrote the file may still be about to close it, and an agent that was killed while it
    // wrote takes its time to end on a busy machine: 5 s at most.
    for (int attempt = 0; attempt < 200; ++attempt) {
        ::execve(arguments[0], arguments.data(), environment.data());
        if (errno != ETXTBSY)
            return;
        ::usleep(25'000);
    }
}

} // namespace

Started start_installer(const installer::Command& command, const std::filesystem::path& folder, int output,
                        int lock)
{
    const std::vector<char*> arguments = pointers(command.arguments);
    const std::vector<char*> environment = pointers(command.environment);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        throw common::system_error("making a pipe");
    const common::os::Descriptor read(ends[0]);
    common::os::Descriptor write(ends[1]);
    const pid_t pid = ::fork();
    if (pid < 0)
        throw common::system_error("starting the installer");
    if (pid == 0) {
        ::setpgid(0, 0);
        usual_signals();
        usual_limits();
        if (connect_output(output) && ::fcntl(lock, F_SETFD, 0) == 0 && ::chdir(folder.c_str()) == 0) {
            close_all_but(lock, write.get());
            become(arguments, environment);
        }
        const int error = errno;
        static_cast<void>(!::write(write.get(), &error, sizeof error));
        ::_exit(127);
    }
    write.close();
    int error = 0;
    ssize_t got = 0;
    while ((got = ::read(read.get(), &error, sizeof error)) < 0 && errno == EINTR) {
    }
    if (got != sizeof error)
        return {pid, 0};
    ::waitpid(pid, nullptr, 0);
    return {0, error};
}

} // namespace agent

#include "agent/power.hpp"
#include "agent/spawn_linux.hpp"
#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/os/process.hpp"
#include "common/text.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <thread>

namespace agent::power {

using common::Deadline;
using common::Error;
using common::Trouble;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

/// That of systemd answers at once. That of sysvinit waits itself until the time is over, so that one which
/// still runs after this counts as one that has taken the order.
constexpr auto answer_time = 2s;

constexpr auto look_interval = 20ms;

std::vector<char*> pointers(std::vector<std::string>& texts)
{
    std::vector<char*> list;
    for (std::string& text : texts)
        list.push_back(text.data());
    list.push_back(nullptr);
    return list;
}

/// In a session of its own: it goes on when the agent ends.
pid_t start(std::vector<std::string> arguments, const fs::path& log)
{
    FileActions files;
    posix_spawn_file_actions_addopen(&files.actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files.actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&files.actions, 1, 2);
    const OwnSession session;
    std::vector<std::string> environment = common::os::clean_environment();
    pid_t pid = 0;
    const int error = ::posix_spawn(&pid, arguments.front().c_str(), &files.actions, &session.attributes,
                                    pointers(arguments).data(), pointers(environment).data());
    if (error != 0)
        throw common::system_error("starting " + arguments.front(), error);
    return pid;
}

/// Throws `rejected`, with what it said last, when it refuses.
void tell(const std::vector<std::string>& arguments, const fs::path& log)
{
    const pid_t pid = start(arguments, log);
    int status = 0;
    for (const Deadline end = Deadline::in(answer_time); ::waitpid(pid, &status, WNOHANG) == 0;) {
        if (end.passed())
            return;
        std::this_thread::sleep_for(look_interval);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return;
    const std::string said = common::os::read_file_if_there(log).value_or("");
    const std::string_view lines = common::trim(said);
    throw Error(Trouble::rejected, arguments.front() + " refused: " +
                                       common::one_line(lines.substr(lines.find_last_of('\n') + 1), 200));
}

std::string need(const char* program)
{
    if (const std::optional<std::string> found = common::os::find_program(program))
        return *found;
    throw Error(Trouble::rejected, std::string("the target has no ") + program,
                "reboot it by hand, then deploy again: what is installed is left alone");
}

} // namespace

std::optional<std::chrono::seconds> schedule(std::chrono::seconds delay, const std::string& message,
                                             const fs::path& log)
{
    const std::optional<std::string> shutdown = common::os::find_program("shutdown");
    if (!shutdown) {
        need("reboot");
        return std::nullopt;
    }
    const auto minutes = std::chrono::ceil<std::chrono::minutes>(delay);
    std::vector<std::string> words{*shutdown, "-r", "--", "+" + std::to_string(minutes.count())};
    if (!message.empty())
        words.push_back(message);
    tell(words, log);
    return minutes;
}

void cancel(const fs::path& log)
{
    tell({need("shutdown"), "-c"}, log);
}

void restart(const fs::path& log)
{
    tell({need("reboot")}, log);
}

} // namespace agent::power

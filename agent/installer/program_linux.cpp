#include "agent/installer/kinds_linux.hpp"

namespace agent::installer {

Command program_command(const common::JobOrder& order, const std::string& payload)
{
    Command command{{payload}, {}};
    command.arguments.insert(command.arguments.end(), order.arguments.begin(), order.arguments.end());
    return command;
}

Verdict program_verdict(const common::JobOrder&, int code, std::string_view tail)
{
    if (code == 0)
        return {Result::ok, "posix", "ended with exit code 0"};
    const std::string last = last_line(tail);
    const std::string said = last.empty() ? "; it printed nothing" : ": " + last;
    // Codes of the shell, which scripts hand through (POSIX XCU 2.8.2).
    if (code == 126)
        return {Result::failed, "posix", "a command in it could not be executed (exit code 126)" + said};
    if (code == 127)
        return {Result::failed, "posix", "a command in it was not found (exit code 127)" + said};
    return {Result::failed, "posix", "ended with exit code " + std::to_string(code) + said};
}

} // namespace agent::installer

#include "agent/installer/installer.hpp"

#include "common/error.hpp"
#include "common/os/process.hpp"
#include "common/text.hpp"

#include <cerrno>
#include <cstring>
#include <system_error>

namespace agent::installer {

using common::ComponentKind;

namespace {

std::string_view map_of(ComponentKind kind)
{
    switch (kind) {
    case ComponentKind::deb:
        return "deb";
    case ComponentKind::rpm:
        return "rpm";
    case ComponentKind::msi:
        return "msi";
    case ComponentKind::exe:
    case ComponentKind::cmd:
    case ComponentKind::ps1:
        return "windows";
    case ComponentKind::program:
        break;
    }
    return "posix";
}

std::string start_sentence(int error)
{
    const std::string reason = std::generic_category().message(error);
    switch (error) {
    case EACCES:
        return "it could not be started: " + reason +
               " (is /var/lib on a file system that is mounted noexec, or does a policy forbid it?)";
    case ENOEXEC:
        return "it could not be started: it is neither a program for this system nor a script with a #! line";
    case ENOENT:
        return "it could not be started: the interpreter that its #! line names is not on this target";
    default:
        return "it could not be started: " + reason;
    }
}

std::string signal_sentence(int number)
{
    const char* name = ::strsignal(number);
    return "ended by signal " + std::to_string(number) + (name ? " (" + std::string(name) + ")" : "");
}

Verdict verdict_of_code(const common::JobOrder& order, int code, std::string_view tail)
{
    switch (order.kind) {
    case ComponentKind::deb:
        return deb_verdict(order, code, tail);
    case ComponentKind::rpm:
        return rpm_verdict(order, code, tail);
    default:
        return program_verdict(order, code, tail);
    }
}

} // namespace

Command command_for(const common::JobOrder& order, const std::string& payload)
{
    Command command = [&] {
        switch (order.kind) {
        case ComponentKind::deb:
            return deb_command(order, payload);
        case ComponentKind::rpm:
            return rpm_command(order, payload);
        case ComponentKind::program:
            return program_command(order, payload);
        default:
            throw common::Error(common::Trouble::rejected, "a component of kind " +
                                                               std::string(common::name_of(order.kind)) +
                                                               " does not go on Linux");
        }
    }();
    const std::vector<std::string>& usual = common::os::clean_environment();
    command.environment.insert(command.environment.begin(), usual.begin(), usual.end());
    return command;
}

Verdict normalise(const common::JobOrder& order, const Ending& ending)
{
    const std::string map(map_of(order.kind));
    if (ending.cancelled)
        return {Result::cancelled, map, "ended on request while it was running"};
    if (ending.timed_out)
        return {Result::timed_out, map,
                "did not end within " + common::duration_text(order.deadline) + " and was ended"};
    if (ending.start_error != 0)
        return {Result::failed, map, start_sentence(ending.start_error)};
    if (ending.signal)
        return {Result::killed, map, signal_sentence(*ending.signal)};
    Verdict verdict = verdict_of_code(order, ending.code.value_or(-1), ending.tail);
    if (verdict.result == Result::ok && ending.reboot_mark)
        return {Result::ok_reboot, map, "installed; the target asks for a reboot"};
    verdict.text = common::one_line(verdict.text, 500);
    return verdict;
}

std::vector<std::string> lines_with(std::string_view text, std::string_view part)
{
    std::vector<std::string> found;
    for (const std::string& line : common::split(text, '\n'))
        if (line.find(part) != std::string::npos)
            found.emplace_back(common::trim(line));
    return found;
}

std::string last_line(std::string_view text)
{
    const std::vector<std::string> lines = common::split(text, '\n');
    for (auto line = lines.rbegin(); line != lines.rend(); ++line)
        if (const std::string_view words = common::trim(*line); !words.empty())
            return common::one_line(words, 200);
    return {};
}

std::vector<std::string> indented_after(std::string_view text, std::string_view heading)
{
    std::vector<std::string> found;
    const std::size_t at = text.rfind(heading);
    if (at == std::string_view::npos)
        return found;
    const std::vector<std::string> lines = common::split(text.substr(at), '\n');
    for (std::size_t i = 1;
         i < lines.size() && !lines[i].empty() && (lines[i][0] == ' ' || lines[i][0] == '\t'); ++i)
        found.emplace_back(common::trim(lines[i]));
    return found;
}

} // namespace agent::installer

#include "agent/installer/kinds_windows.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

#include <cstdio>

namespace agent::installer {

namespace {

Command with_arguments(std::vector<std::string> words, const common::JobOrder& order)
{
    words.insert(words.end(), order.arguments.begin(), order.arguments.end());
    Command command;
    command.arguments = std::move(words);
    return command;
}

/// A word between quotes for cmd.exe, in which nothing means anything to it. Throws `invalid` for what it has
/// no way to write down.
std::string for_shell(const std::string& word)
{
    if (word.find_first_of("\"%\r\n") != std::string::npos)
        throw common::Error(common::Trouble::invalid,
                            "an argument for a batch file must not hold quotes, percent signs or line ends");
    return '"' + word + '"';
}

} // namespace

Command exe_command(const common::JobOrder& order, const std::string& payload)
{
    return with_arguments({payload}, order);
}

Command cmd_command(const common::JobOrder& order, const std::string& payload)
{
    Command command = with_arguments({system_program("cmd.exe"), payload}, order);
    // cmd.exe takes its line apart by rules of its own; with /s it takes off the outermost quotes and nothing
    // else.
    std::string words;
    for (auto word = command.arguments.begin() + 1; word != command.arguments.end(); ++word)
        words += (words.empty() ? "" : " ") + for_shell(*word);
    command.line = "cmd.exe /d /s /c \"" + words + '"';
    return command;
}

Command ps1_command(const common::JobOrder& order, const std::string& payload)
{
    return with_arguments({system_program("powershell.exe"), "-NoProfile", "-NonInteractive",
                           "-ExecutionPolicy", "Bypass", "-File", payload},
                          order);
}

Verdict windows_verdict(const common::JobOrder&, int code, std::string_view tail)
{
    const auto number = static_cast<unsigned>(code);
    const std::string last = last_line(tail);
    const std::string said = last.empty() ? "; it printed nothing" : ": " + last;
    constexpr unsigned first_exception =
        0xC0000000; // NTSTATUS of severity "error": nobody exits by himself with that
    if (number >= first_exception && number < 0xD0000000) {
        char text[16];
        std::snprintf(text, sizeof text, "0x%08X", number);
        return {Result::killed, "windows", "crashed with the exception " + std::string(text) + said};
    }
    switch (code) {
    case 0:
        return {Result::ok, "windows", "ended with exit code 0"};
    case 3010: // what installers take over from the Windows Installer
        return {Result::ok_reboot, "windows", "installed; the target must reboot (exit code 3010)"};
    case 1641:
        return {Result::rebooting, "windows", "installed; the target is rebooting (exit code 1641)"};
    default:
        return {Result::failed, "windows", "ended with exit code " + std::to_string(code) + said};
    }
}

} // namespace agent::installer

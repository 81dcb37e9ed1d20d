#include "manager/transport/shell/refusal.hpp"

#include "common/bootstrap.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <system_error>

namespace manager::transport::shell {

using common::Error;
using common::Trouble;

namespace {

/// Words in a target's own text, in lower case, and what they mean.
struct Known {
    std::string_view words;
    Trouble trouble;
    std::string_view meaning;
    std::string_view hint;
};

constexpr std::array known{
    Known{"not in the sudoers", Trouble::denied, "this user may not use sudo",
          "allow it in the target's sudoers, or log in as root"},
    Known{"is not allowed to", Trouble::denied, "sudo does not allow this user to run /bin/sh",
          "allow it in the target's sudoers, or log in as root"},
    Known{"may not run sudo", Trouble::denied, "this user may not use sudo",
          "allow it in the target's sudoers, or log in as root"},
    Known{
        "must have a tty", Trouble::denied, "sudo demands a terminal",
        "use --ssh auto or openssh, which can give one, or set \"Defaults:USER !requiretty\" in the target's "
        "sudoers"},
    Known{"must be run from a terminal", Trouble::denied, "su demands a terminal",
          "use --ssh auto or openssh, which can give one"},
    Known{"su: authentication failure", Trouble::denied, "su refused the password",
          "give root's with --ask-sudo-password or --sudo-password-file"},
    Known{"su: permission denied", Trouble::denied, "this user may not use su, or the password is wrong",
          "give root's with --ask-sudo-password, or allow su in the target's /etc/pam.d/su"},
    Known{"su: not found", Trouble::rejected, "there is no su on the target",
          "install it, or log in as root"},
    Known{"sudo: not found", Trouble::rejected, "there is no sudo on the target",
          "install it, or log in as root"},
    Known{"no tty present", Trouble::denied, "sudo asks for a password and none was given",
          "give it with --ask-sudo-password or --sudo-password-file"},
    Known{"a password is required", Trouble::denied, "sudo asks for a password and none was given",
          "give it with --ask-sudo-password or --sudo-password-file"},
    Known{"password change required", Trouble::denied, "the password of this login has expired",
          "log in by hand and change it"},
    Known{"password has expired", Trouble::denied, "the password of this login has expired",
          "log in by hand and change it"},
    Known{"not available", Trouble::denied, "the login's shell refuses all commands (nologin)",
          "use another login, or give this one a shell"},
};

std::string lower(std::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
    return out;
}

std::string quoting(std::string_view said)
{
    return said.empty() ? std::string() : ": " + std::string(said);
}

Error no_folder(const std::vector<std::string>& skipped)
{
    return {Trouble::rejected, "no folder on the target can take the agent: " + common::join(skipped, "; "),
            "make room in /var/tmp, or mount one of these folders without noexec"};
}

} // namespace

bool demands_terminal(const std::string& said)
{
    const std::string text = lower(said);
    return text.find("must have a tty") != std::string::npos ||
           text.find("must be run from a terminal") != std::string::npos;
}

Error refusal_of_shell(const std::string& said, std::optional<int> status)
{
    const std::string text = lower(said);
    for (const Known& entry : known)
        if (text.find(entry.words) != std::string::npos)
            return {entry.trouble, std::string(entry.meaning) + quoting(said), std::string(entry.hint)};
    if (!status)
        return {Trouble::unreachable, "the target's shell did not answer in time" + quoting(said),
                "log in by hand: something in the login's start files, or sudo, waits"};
    return {Trouble::rejected,
            "the login did not run our command (it ended with status " + std::to_string(*status) + ')' +
                quoting(said),
            "look for a ForceCommand, a restricted shell or an exit in the login's start files"};
}

std::string without_prefix(const std::string& text, std::string_view prefix)
{
    const std::size_t at = text.find(prefix);
    return at == std::string::npos ? text : text.substr(at + prefix.size());
}

/// What to do about an agent that did not start, by its own words.
std::string way_out_of(const std::string& said)
{
    if (said.find(std::generic_category().message(ENOSPC)) != std::string::npos)
        return "make room in /var/lib/soapstone on the target";
    return "its own words say why; a security product on the target may have stopped it";
}

Error refusal_of_script(const Answer& answer, const std::vector<std::string>& skipped,
                        const std::string& said)
{
    const std::size_t blank = std::min(answer.rest.find(' '), answer.rest.size());
    const std::string kind = answer.rest.substr(0, blank);
    const std::string text = common::one_line(common::trim(answer.rest.substr(blank)), 300);
    if (kind == "os")
        return {Trouble::rejected, "the target runs " + text + ", not Linux", "leave it out"};
    if (kind == "arch")
        return {Trouble::rejected, "there is no agent for the target's architecture " + text,
                "build or install that agent, or leave it out"};
    if (kind == "root")
        return {Trouble::denied,
                "logged in as " + text.substr(std::min(text.find(' ') + 1, text.size())) +
                    ", which is not root",
                "--sudo, or --su"};
    if (kind == "nodir")
        return no_folder(skipped);
    if (kind == "tool")
        return {Trouble::rejected, "the target has no program " + text, "install it"};
    if (kind == "unpack" && text.find("unexpected end") != std::string::npos)
        return {Trouble::unreachable, "the agent did not arrive in time", "try again"};
    if (kind == "unpack")
        return {Trouble::rejected, "the agent could not be written: " + text,
                "make room on the target's disk"};
    if (kind == "sum")
        return {Trouble::rejected, "the agent arrived damaged: " + text, "try again"};
    if (kind == "agent" && text.starts_with("ended with status " + std::to_string(common::agent_busy_status)))
        return {
            Trouble::busy, without_prefix(said, "soapstone-agent: "),
            "wait for it to end; --take-over stops the other run's agent, but never an installer at work"};
    if (kind == "agent")
        return {Trouble::rejected, "the agent did not start: it " + text + quoting(said), way_out_of(said)};
    return {Trouble::rejected,
            "the script on the target failed: " + common::one_line(answer.rest, 300) + quoting(said)};
}

} // namespace manager::transport::shell

#include "agent/installer/kinds_linux.hpp"
#include "common/error.hpp"
#include "common/os/process.hpp"
#include "common/text.hpp"

namespace agent::installer {

namespace {

bool has(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

std::string first_line_with(std::string_view tail, std::string_view part)
{
    const std::vector<std::string> lines = lines_with(tail, part);
    return lines.empty() ? std::string() : common::one_line(lines.front(), 300);
}

/// Names what is missing in apt's or dpkg's words; empty when nothing is.
std::string missing(std::string_view tail)
{
    std::vector<std::string> items = indented_after(tail, "The following packages have unmet dependencies:");
    if (items.empty())
        items = indented_after(tail, "dependency problems prevent configuration of");
    std::vector<std::string> words;
    for (const std::string& item : items) // apt aligns the columns with blanks
        words.push_back(common::one_line(item, 200));
    return common::join(words, "; ");
}

/// What went wrong, by the words that apt and dpkg have for it (LC_ALL=C). Their codes only say that
/// something did.
Verdict failure(std::string_view tail)
{
    if (const std::string items = missing(tail); !items.empty())
        return {Result::dependency, "deb", "an unmet dependency: " + items};
    if (has(tail, "--allow-downgrades"))
        return {Result::downgrade_blocked, "deb",
                "a newer version is installed, and going back was not allowed"};
    if (has(tail, "does not match system"))
        return {Result::not_applicable, "deb", first_line_with(tail, "does not match system")};
    if (has(tail, "No space left on device"))
        return {Result::failed, "deb",
                "the target's disk is full: " + first_line_with(tail, "No space left on device")};
    if (has(tail, "Could not get lock") || has(tail, "Unable to acquire the dpkg frontend lock") ||
        has(tail, "lock was locked by another process") || has(tail, "is locked by another process"))
        return {Result::busy_retry, "deb",
                "another package manager is at work: " + first_line_with(tail, "lock")};
    if (has(tail, "dpkg was interrupted"))
        return {Result::failed, "deb",
                "an earlier installation was interrupted; run \"dpkg --configure -a\" on the target"};
    for (const std::string_view part : {"subprocess returned error", "dpkg: error", "dpkg-deb: error", "E: "})
        if (const std::string line = first_line_with(tail, part); !line.empty())
            return {Result::failed, "deb", line};
    return {Result::failed, "deb", last_line(tail)};
}

} // namespace

Command deb_command(const common::JobOrder& order, const std::string& payload)
{
    Command command;
    command.environment = {"DEBIAN_FRONTEND=noninteractive", "UCF_FORCE_CONFFOLD=1", "NEEDRESTART_SUSPEND=1"};
    if (const auto apt = common::os::find_program("apt-get")) {
        // Not as apt's own user: the payload lies in a folder that only root can read. The lock is waited for
        // here, because at that moment nothing has been done yet.
        command.arguments = {*apt, "install",
                             "-y", "--no-install-recommends",
                             "-o", "DPkg::Lock::Timeout=120",
                             "-o", "APT::Sandbox::User=root",
                             "-o", "Dpkg::Options::=--force-confold",
                             "-o", "Dpkg::Use-Pty=0"};
        if (order.allow_downgrade)
            command.arguments.emplace_back("--allow-downgrades");
    } else if (const auto dpkg = common::os::find_program("dpkg")) {
        command.arguments = {*dpkg, "--force-confold"};
        if (!order.allow_downgrade)
            command.arguments.emplace_back("--refuse-downgrade");
        command.arguments.emplace_back("-i");
    } else {
        throw common::Error(common::Trouble::rejected, "this target has neither apt-get nor dpkg");
    }
    command.arguments.push_back(payload);
    return command;
}

Verdict deb_verdict(const common::JobOrder&, int code, std::string_view tail)
{
    if (code == 0) {
        if (has(tail, "will not downgrade")) // dpkg skips, and calls that a success
            return {Result::downgrade_blocked, "deb", first_line_with(tail, "will not downgrade")};
        if (has(tail, "is already the newest version") &&
            has(tail, "0 upgraded, 0 newly installed, 0 to remove"))
            return {Result::not_needed, "deb", "this version was installed already"};
        return {Result::ok, "deb", "installed"};
    }
    // apt-get: 100 for any error. dpkg: 1 a package failed, 2 it could not go on (dpkg(1), EXIT STATUS).
    if (code == 100 || code == 1 || code == 2)
        return failure(tail);
    return {Result::unknown_code, "deb",
            "ended with the unknown exit code " + std::to_string(code) + ": " + last_line(tail)};
}

} // namespace agent::installer

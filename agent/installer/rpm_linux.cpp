#include "agent/installer/kinds_linux.hpp"
#include "common/error.hpp"
#include "common/os/process.hpp"
#include "common/text.hpp"

#include <array>

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

bool has_any(std::string_view tail, std::initializer_list<std::string_view> parts, std::string& line)
{
    for (const std::string_view part : parts)
        if (has(tail, part)) {
            line = first_line_with(tail, part);
            return true;
        }
    return false;
}

/// What went wrong, by the words of rpm, dnf, yum and zypper (LC_ALL=C).
Verdict failure(std::string_view tail)
{
    const std::vector<std::string> missing = indented_after(tail, "Failed dependencies:");
    if (!missing.empty())
        return {Result::dependency, "rpm", "an unmet dependency: " + common::join(missing, "; ")};
    std::string line;
    if (has_any(tail, {"nothing provides", "Requires:", "requires "}, line) &&
        has_any(tail, {"nothing provides", "conflicting requests", "Problem"}, line))
        return {Result::dependency, "rpm", "an unmet dependency: " + line};
    if (has_any(tail, {"(which is newer than"}, line))
        return {Result::downgrade_blocked, "rpm", line};
    if (has_any(tail, {"is already installed"}, line))
        return {Result::not_needed, "rpm", "this version was installed already"};
    if (has_any(tail, {"is intended for a different"}, line))
        return {Result::not_applicable, "rpm", line};
    if (has_any(tail, {"No space left on device", "needs at least", "At least"}, line) &&
        has_any(tail, {"No space left", "filesystem"}, line))
        return {Result::failed, "rpm", "the target's disk is full: " + line};
    if (has_any(tail,
                {"can't create transaction lock", "Another app is currently holding",
                 "System management is locked", "waiting for the lock",
                 "Failed to obtain the transaction lock"},
                line))
        return {Result::busy_retry, "rpm", "another package manager is at work: " + line};
    if (has_any(tail, {"scriptlet failed", "error: ", "Error: "}, line))
        return {Result::failed, "rpm", line};
    return {Result::failed, "rpm", last_line(tail)};
}

/// zypper's codes beyond 1 (zypper(8), EXIT CODES).
std::optional<Verdict> zypper_verdict(int code, std::string_view tail)
{
    switch (code) {
    case 4:
        return Verdict{Result::dependency, "rpm", "an unmet dependency: " + last_line(tail)};
    case 7:
        return Verdict{Result::busy_retry, "rpm", "another package manager is at work"};
    case 8:
        return Verdict{Result::failed, "rpm",
                       "installed or not: packages could not be committed: " + last_line(tail)};
    case 102:
        return Verdict{Result::ok_reboot, "rpm", "installed; the target must reboot"};
    case 103:
        return Verdict{Result::ok, "rpm", "installed; the package manager itself was updated"};
    case 104:
        return Verdict{Result::failed, "rpm", "the package manager does not know it: " + last_line(tail)};
    case 107:
        return Verdict{Result::failed, "rpm",
                       "installed, but a script of a package failed: " + last_line(tail)};
    default:
        return std::nullopt;
    }
}

Command rpm_itself(const std::string& program, bool back)
{
    Command command{{program, "-U", "-v"}, {}};
    if (back) // --replacepkgs: what goes back may also be the same version
        command.arguments.insert(command.arguments.end(), {"--oldpackage", "--replacepkgs"});
    return command;
}

} // namespace

Command rpm_command(const common::JobOrder& order, const std::string& payload)
{
    const auto rpm = common::os::find_program("rpm");
    Command command;
    const auto use = [&](const char* program, std::vector<std::string> arguments) {
        const auto path = common::os::find_program(program);
        if (path && command.arguments.empty() && !order.allow_downgrade) {
            command.arguments = {*path};
            command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
        }
    };
    // The front ends fetch what is missing; none of them goes back with the same words as it goes forward.
    use("dnf", {"-y", "install"});
    use("yum", {"-y", "install"});
    use("zypper", {"--non-interactive", "--no-gpg-checks", "install", "--allow-unsigned-rpm"});
    if (command.arguments.empty() && rpm)
        command = rpm_itself(*rpm, order.allow_downgrade);
    if (command.arguments.empty())
        throw common::Error(common::Trouble::rejected, "this target has no rpm");
    command.arguments.push_back(payload);
    return command;
}

Verdict rpm_verdict(const common::JobOrder&, int code, std::string_view tail)
{
    if (code == 0) {
        if (has(tail, "The same or higher version of"))
            return {Result::downgrade_blocked, "rpm", first_line_with(tail, "The same or higher version of")};
        if (has(tail, "Nothing to do"))
            return {Result::not_needed, "rpm", "this version was installed already"};
        return {Result::ok, "rpm", "installed"};
    }
    if (const std::optional<Verdict> verdict = zypper_verdict(code, tail))
        return *verdict;
    // rpm returns the number of packages that failed, dnf and yum 1 (their manual pages).
    if (code == 1 || code == 2 || code == 200)
        return failure(tail);
    return {Result::unknown_code, "rpm",
            "ended with the unknown exit code " + std::to_string(code) + ": " + last_line(tail)};
}

} // namespace agent::installer

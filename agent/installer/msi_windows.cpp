#include "agent/installer/kinds_windows.hpp"
#include "common/text.hpp"

namespace agent::installer {

namespace {

constexpr int busy = 1618; // ERROR_INSTALL_ALREADY_RUNNING

/// What the Windows Installer's own log says went wrong: "Product: Tool -- Error 1925. You do not have ...".
std::string reason(std::string_view tail)
{
    for (const std::string_view part : {" -- Error ", "Error 1", " -- Installation failed", "Return value 3"})
        if (const std::vector<std::string> lines = lines_with(tail, part); !lines.empty())
            return ": " + common::one_line(lines.front(), 300);
    return {};
}

/// Sentences for the codes that are failures (Windows SDK, winerror.h; MsiExec.exe error messages).
std::string failure(int code)
{
    switch (code) {
    case 1601:
        return "the Windows Installer service cannot be reached";
    case 1602:
        return "somebody on the target cancelled it";
    case 1603:
        return "the installation failed and was rolled back";
    case 1612:
        return "the source of an earlier installation of the product is not there";
    case 1619:
    case 1620:
        return "the package cannot be opened";
    case 1624:
        return "a transform cannot be applied";
    case 1636:
        return "the patch package cannot be opened";
    default:
        return {};
    }
}

} // namespace

Command msi_command(const common::JobOrder&, const std::string& payload)
{
    Command command;
    command.own_log = payload + ".log";
    command.busy_code = busy;
    command.arguments = {
        system_program("msiexec.exe"),
        "/i",
        payload,
        "/qn",
        "/norestart",
        "/l*v",
        command.own_log,
        "ALLUSERS=1"}; // else a package that does not say so would be installed for SYSTEM alone
    return command;
}

Verdict msi_verdict(const common::JobOrder&, int code, std::string_view tail)
{
    const std::string number = " (exit code " + std::to_string(code) + ")";
    switch (code) {
    case 0:
        return {Result::ok, "msi", "installed"};
    case 3010: // ERROR_SUCCESS_REBOOT_REQUIRED
        return {Result::ok_reboot, "msi", "installed; the target must reboot" + number};
    case 1641: // ERROR_SUCCESS_REBOOT_INITIATED
        return {Result::rebooting, "msi", "installed; the target is rebooting" + number};
    case busy:
        return {Result::busy_retry, "msi", "another installation was at work all the time" + number};
    case 1633:
        return {Result::not_applicable, "msi", "the package is not for this kind of processor" + number};
    case 1638:
        return {Result::downgrade_blocked, "msi",
                "another version of the product is installed, which this package does not replace" + number};
    case 1625:
    case 1643:
    case 1644:
        return {Result::failed, "msi", "a policy on the target forbids it" + number};
    default:
        break;
    }
    if (const std::string sentence = failure(code); !sentence.empty())
        return {Result::failed, "msi", sentence + number + reason(tail)};
    return {Result::unknown_code, "msi",
            "ended with the unknown exit code " + std::to_string(code) + reason(tail)};
}

} // namespace agent::installer

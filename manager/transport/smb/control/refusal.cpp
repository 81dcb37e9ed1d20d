#include "manager/transport/smb/control/refusal.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace manager::transport::smb::control {

using common::Error;
using common::Trouble;

namespace {

/// One refusal that we know a way out of.
struct Known {
    std::uint32_t code;
    Trouble trouble;
    const char* text;
    const char* hint;
};

constexpr auto other_password =
    "give the right password with --ask-password or --password-file, the right user "
    "with --user, and the domain of a domain's account with --domain";
constexpr auto not_administrator =
    "log in as an administrator of the target. For an account of the target itself other than the built-in "
    "Administrator, Windows takes the rights away at the network's door: set the DWORD "
    "LocalAccountTokenFilterPolicy to 1 in "
    "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System "
    "there, or use an account of the domain";

// Numbers of NTSTATUS.
constexpr std::uint32_t invalid_parameter = 0xc000000d;
constexpr std::uint32_t no_credentials = 0xc000005f; // NO_SUCH_LOGON_SESSION
constexpr std::array statuses{
    Known{0xc000006d, Trouble::denied, "the user name or the password is wrong", other_password},
    Known{0xc000006a, Trouble::denied, "the password is wrong", other_password},
    Known{0xc0000064, Trouble::denied, "there is no such user", other_password},
    Known{0xc0000022, Trouble::denied, "the login was taken, but not for administration", not_administrator},
    Known{0xc0000071, Trouble::denied, "the password has expired", "set a new one"},
    Known{0xc0000224, Trouble::denied, "the password must be changed before it can be used", "change it"},
    Known{0xc0000072, Trouble::denied, "the account is disabled", "enable it, or log in as somebody else"},
    Known{0xc0000234, Trouble::denied, "the account is locked after too many wrong passwords",
          "unlock it, or wait until Windows does"},
    Known{0xc000006e, Trouble::denied, "the account may not log in so (an empty password, for one)",
          "give it a password, or log in as somebody else"},
    Known{0xc000006f, Trouble::denied, "the account may not log in at this time of day",
          "wait, or see to it"},
    Known{0xc000015b, Trouble::denied, "the account may not log in over the network",
          "give it the right 'Access this computer from the network' there"},
    Known{
        0xc000005e, Trouble::unreachable, "no domain controller answers, here or there",
        "if it has just started, try again; else look at the network, or log in as an account of the target "
        "itself"},
    Known{0xc0000192, Trouble::unreachable, "it is not ready for logins yet",
          "try again when it has started; else look at its service Netlogon"},
    Known{0xc0000070, Trouble::denied, "the account may log in from certain machines only",
          "use one of those, or another account"},
    Known{0xc0000193, Trouble::denied, "the account has expired", "renew it, or log in as somebody else"},
    Known{0xc0000418, Trouble::denied, "it takes no passwords over NTLM", "log in with --kerberos"},
    Known{0xc0000133, Trouble::denied,
          "the clocks here and at the domain controller differ too much for Kerberos",
          "set the clock that is wrong"},
    Known{no_credentials, Trouble::denied, "there are no Kerberos tickets to log in with",
          "run kinit first, or give a password with --ask-password or --password-file"},
    Known{0xc0000034, Trouble::rejected, "its service manager cannot be reached over SMB",
          "start the services Server (LanmanServer) and Remote Procedure Call there"},
    Known{0xc00000bb, Trouble::denied, "it cannot encrypt its answers",
          "let it speak SMB 3, or allow SMB 2.1 with --allow-smb2"},
    Known{0xc00000b5, Trouble::unreachable, "no answer in time", ""},
    Known{0xc000020c, Trouble::unreachable, "the connection broke", ""},
    Known{0xc000020d, Trouble::unreachable, "the connection was reset", ""},
};

constexpr auto antivirus =
    "look whether an antivirus program there took it (Windows Security, Protection history), "
    "and make an exception for the signed soapstone-agent.exe";

// Numbers of Windows' errors, as the service manager uses them.
constexpr std::array errors{
    Known{2, Trouble::rejected, "the file of the program is gone", antivirus},
    Known{5, Trouble::denied, "access is denied", not_administrator},
    Known{32, Trouble::busy, "somebody there holds the file of the program open", antivirus},
    Known{193, Trouble::rejected, "Windows takes the file for no program that it can run",
          "targets are 64-bit Windows; where this one is, deploy again, for the file may be damaged"},
    Known{216, Trouble::rejected, "the target cannot run programs for this processor",
          "targets are 64-bit Windows"},
    Known{225, Trouble::rejected, "the target's antivirus program blocks it", antivirus},
    Known{1053, Trouble::rejected, "it did not report to the service manager in time",
          "deploy again; when it stays so, look whether something there (antivirus, a policy) holds programs "
          "back"},
    Known{1056, Trouble::busy, "it runs already", ""},
    Known{1058, Trouble::rejected, "it is disabled", "look who disables new services there"},
    Known{1060, Trouble::not_found, "there is no such service", ""},
    Known{1072, Trouble::busy, "it is marked for deletion and goes when nobody holds it any more",
          "close Services (services.msc) and Task Manager on the target, then try again"},
    Known{1073, Trouble::conflict, "a service of this name is there already", "deploy again"},
    Known{1260, Trouble::rejected, "a policy of the target (AppLocker, software restriction) forbids it",
          "allow programs that are signed as soapstone-agent.exe is"},
};

template <typename Table>
const Known* find(const Table& table, std::uint32_t code)
{
    const auto found =
        std::find_if(table.begin(), table.end(), [&](const Known& one) { return one.code == code; });
    return found == table.end() ? nullptr : &*found;
}

std::string who(const Login& login)
{
    if (login.user.empty())
        return "the owner of the Kerberos tickets";
    return login.domain.empty() ? login.user : login.domain + '\\' + login.user;
}

} // namespace

Error refused_login(const Login& login, std::uint32_t status, std::string_view name)
{
    // What the library makes of a file of tickets that is not there.
    const bool no_tickets = !login.has_password && status == invalid_parameter;
    const Known* known = find(statuses, no_tickets ? no_credentials : status);
    const std::string head = "logging in as " + who(login) + ": ";
    if (known == nullptr)
        return {Trouble::unreachable, head + "the target said " + std::string(name)};
    return {known->trouble, head + known->text + " (" + std::string(name) + ')', known->hint};
}

Error refused_manager(const Login& login, std::uint32_t error, std::string_view name)
{
    constexpr std::uint32_t access_denied = 5;
    if (error == access_denied)
        return {Trouble::denied,
                who(login) + " may log in, but is no administrator there (" + std::string(name) + ')',
                not_administrator};
    return refused_service("opening the service manager", error, name);
}

Error refused_service(std::string_view doing, std::uint32_t error, std::string_view name)
{
    const Known* known = find(errors, error);
    const std::string head = std::string(doing) + ": ";
    if (known == nullptr)
        return {Trouble::rejected,
                head + "Windows' error " + std::to_string(error) + " (" + std::string(name) + ')'};
    return {known->trouble, head + known->text + " (error " + std::to_string(error) + ')', known->hint};
}

Error refused_file(std::string_view doing, int number)
{
    const std::string text = std::string(doing) + ": " + std::generic_category().message(number);
    switch (number) {
    case EACCES:
    case EPERM:
        return {Trouble::denied, text, not_administrator};
    case ENOSPC:
        return {Trouble::rejected, text, "make room on the target's system drive"};
    case EBUSY:
    case ETXTBSY:
        return {Trouble::busy, text,
                "somebody there holds the file open, often an antivirus program; try again"};
    case ETIMEDOUT:
    case ECONNRESET:
    case ECONNABORTED:
    case ECONNREFUSED:
    case ENETRESET:
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ESHUTDOWN:
    case ENOTCONN:
    case EPIPE:
    case EIO:
        return {Trouble::unreachable, text};
    case ENODEV:
        return {
            Trouble::rejected, std::string(doing) + ": the target has no share ADMIN$",
            "administrative shares are switched off there: set the DWORD AutoShareServer (AutoShareWks on "
            "workstations) to 1 in HKLM\\SYSTEM\\CurrentControlSet\\Services\\LanmanServer\\Parameters and "
            "restart the service Server"};
    case ELOOP:
        return {Trouble::rejected,
                std::string(doing) +
                    ": on the way there or in it is a link (junction), which is left as it is",
                "look on the target where it leads (dir /al), and remove it there with rmdir"};
    default:
        return {Trouble::rejected, text};
    }
}

Error refused_own_file(std::string_view doing, int number)
{
    switch (number) {
    case ENOENT:
    case EACCES:
    case EPERM:
    case EINVAL: // that it holds a virus, for one: the library has no number for it
        return {Trouble::rejected, std::string(doing) + ": the target lets nobody at what was just written",
                antivirus};
    default:
        return refused_file(doing, number);
    }
}

Error unreachable(const Login& login, const std::string& tried)
{
    return {Trouble::unreachable, "no SMB at " + login.host + ": " + tried,
            "is it on, and is it Windows? Its firewall must let in the groups 'File and Printer Sharing "
            "(SMB-In)' "
            "and 'Remote Service Management (NP-In)'"};
}

Error too_old(const Login& login)
{
    return {Trouble::denied, login.host + " speaks no SMB newer than SMB 1, which Soapstone never uses",
            "switch on SMB 2 and newer there, or update by other means"};
}

Error cannot_encrypt(const Login& login)
{
    return {Trouble::denied,
            login.host + " speaks SMB 2.1 at best, which cannot encrypt what the agent is told at its start",
            "let it speak SMB 3 (Windows 8 and Server 2012 or newer do), or allow this with --allow-smb2"};
}

} // namespace manager::transport::smb::control

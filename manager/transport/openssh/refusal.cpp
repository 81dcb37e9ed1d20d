#include "manager/transport/openssh/refusal.hpp"

#include "common/text.hpp"
#include "manager/transport/shell/patience.hpp"

#include <algorithm>
#include <array>

namespace manager::transport::openssh {

using common::Error;
using common::Trouble;

namespace {

enum class Quote {
    nothing,
    rest, ///< what stands behind the words that were found
    line, ///< all of that line
};

/// Words of ssh's and what they mean. The first entry that is found counts: those of a jump host stand in
/// front of what its failure looks like from behind it.
struct Known {
    std::string_view words;
    Trouble trouble;
    std::string_view meaning;
    Quote quote;
    std::string_view hint;
    bool worth_another_try = false;
};

constexpr std::string_view check_target =
    "check that the target runs, that its SSH server listens there, and that no firewall is in between";

constexpr std::array known{
    Known{"Unable to negotiate with ", Trouble::rejected,
          "the SSH server and we have no algorithm in common: ", Quote::line,
          "the server's offer is all that it has; give it newer algorithms or keys"},
    Known{"Too many authentication failures", Trouble::denied,
          "the SSH server wants no more tries (MaxAuthTries)", Quote::nothing,
          "name the one key that is right with --identity"},
    Known{"looking up ", Trouble::unreachable, "looking up ", Quote::rest,
          "check the name, or give the target's address"},
    Known{"connecting to ", Trouble::unreachable, "connecting to ", Quote::rest, check_target},
    Known{"administratively prohibited", Trouble::rejected, "the jump host does not pass connections on: ",
          Quote::line, "it has AllowTcpForwarding no, or a PermitOpen without this target"},
    Known{"open failed: connect failed: ", Trouble::unreachable,
          "the jump host does not reach the target: ", Quote::rest, check_target},
    Known{"timed out during banner exchange", Trouble::unreachable, "no answer in time", Quote::nothing,
          check_target},
    Known{"Exceeded MaxStartups", Trouble::unreachable,
          "the SSH server closed the connection before it said who it is: ", Quote::line,
          "it has too many logins under way: run fewer targets at a time, or wait a minute", true},
    Known{"Not allowed at this time", Trouble::unreachable,
          "the SSH server closed the connection before it said who it is: ", Quote::line,
          "it keeps this address out for a while after failed logins (PerSourcePenalties): wait a minute",
          true},
    Known{"kex_exchange_identification: ", Trouble::unreachable,
          "the SSH server closed the connection before it said who it is: ", Quote::rest,
          "it has too many logins under way (MaxStartups) or keeps this address out for a while after "
          "failed logins (PerSourcePenalties): run fewer targets at a time, or wait a minute",
          true},
    Known{"Host key verification failed", Trouble::denied,
          "no certificate authority on file vouches for the host key", Quote::nothing,
          "the host's certificate is of another authority, for another name, too old or revoked: renew it, "
          "or add "
          "the host's own key to known_hosts"},
    Known{"request failed on channel", Trouble::rejected, "starting a command: ", Quote::line,
          "the SSH server may allow this login no commands (only file transfer, for example)"},
    Known{"timed out", Trouble::unreachable, "no answer in time: ", Quote::line, check_target},
    Known{"not responding", Trouble::unreachable, "no answer in time: ", Quote::line, check_target},
    Known{"Connection closed by ", Trouble::unreachable, "the SSH server hung up: ", Quote::line,
          "its log says why; it may not allow this user (AllowUsers), or be going down"},
    Known{"Connection reset by ", Trouble::unreachable, "the SSH server hung up: ", Quote::line,
          "its log says why; it may not allow this user (AllowUsers), or be going down"},
    Known{"onfiguration option", Trouble::rejected,
          "the ssh program of this machine is too old: ", Quote::line, "OpenSSH 8.5 or newer is needed"},
};

/// The line of `text` that has place `at` in it.
std::string line_at(std::string_view text, std::size_t at)
{
    const std::size_t before = text.rfind('\n', at);
    const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
    return common::one_line(common::trim(text.substr(begin, text.find('\n', at) - begin)), 400);
}

std::string text_of(const Known& entry, std::string_view said, std::size_t at)
{
    std::string text(entry.meaning);
    if (entry.quote == Quote::line)
        text += line_at(said, at);
    else if (entry.quote == Quote::rest)
        text += line_at(said.substr(at + entry.words.size()), 0);
    return text;
}

constexpr std::string_view denied_words = "Permission denied (";

/// What stands in the brackets of "Permission denied (publickey,password)."
std::vector<std::string> methods_in(std::string_view said)
{
    const std::size_t at = said.rfind(denied_words) + denied_words.size();
    return common::split(said.substr(at, said.find(')', at) - at), ',');
}

constexpr std::string_view hung_up_words = " closed by remote host.";

/// Said at every end, or about things that do not matter.
constexpr std::array<std::string_view, 4> chatter{"Transferred: ", "Bytes per second: ", "Authenticated to ",
                                                  "Permanently added "};

} // namespace

void throw_refusal(const Words& words, int status, const login::RefusedLogin& login)
{
    if (const std::size_t at = words.jump.find(denied_words); at != std::string::npos)
        throw Error(
            Trouble::denied, "the jump host refused the login: " + line_at(words.jump, at),
            "name its user, and its key with --identity or in ssh_config; passwords are not given to it");
    const std::string said = words.jump + words.own;
    for (const Known& entry : known) {
        const std::size_t at = said.find(entry.words);
        if (at == std::string::npos)
            continue;
        const std::string text = text_of(entry, said, at);
        if (entry.worth_another_try)
            throw shell::TurnedAway(entry.trouble, text, std::string(entry.hint));
        throw Error(entry.trouble, text, std::string(entry.hint));
    }
    if (words.own.find(denied_words) != std::string::npos) {
        login::RefusedLogin refused = login;
        refused.offered = methods_in(words.own);
        throw login::error_of(refused);
    }
    std::string quoted = said;
    std::replace(quoted.begin(), quoted.end(), '\n', ' ');
    throw Error(Trouble::unreachable,
                "ssh ended with status " + std::to_string(status) + ": " +
                    common::one_line(common::trim(quoted), 400),
                "try the same login by hand with ssh -v");
}

std::string method_of(std::string_view said)
{
    constexpr std::string_view before = " using \"";
    const std::size_t line = said.find("Authenticated to ");
    const std::size_t at = said.find(before, std::min(line, said.size()));
    if (at == std::string_view::npos)
        return {};
    const std::string_view rest = said.substr(at + before.size());
    return common::one_line(rest.substr(0, rest.find('"')), 40);
}

std::string reason_of_break(std::string_view said, std::string_view problems)
{
    std::vector<std::string> reasons;
    if (const std::size_t at = problems.rfind(hung_up_words); at != std::string_view::npos)
        reasons.push_back(line_at(problems, at));
    for (const std::string& line : common::split(said, '\n')) {
        const std::string_view text = common::trim(line);
        const bool dull = text.empty() || std::any_of(chatter.begin(), chatter.end(),
                                                      [&](auto words) { return text.starts_with(words); });
        if (!dull)
            reasons.push_back(common::one_line(text, 200));
    }
    return common::join(reasons, "; ");
}

} // namespace manager::transport::openssh

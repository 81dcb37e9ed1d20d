#include "manager/transport/openssh/configuration.hpp"
#include "manager/transport/openssh/key_agent.hpp"
#include "manager/transport/openssh/prompt.hpp"
#include "manager/transport/openssh/refusal.hpp"
#include "manager/transport/shell/patience.hpp"
#include "manager/trust/wire.hpp"

#include <boost/test/unit_test.hpp>

using namespace manager::transport::openssh;
using common::Error;
using common::Trouble;
using manager::transport::login::RefusedLogin;
using manager::transport::shell::TurnedAway;

namespace {

Error error_for(const Words& words, const RefusedLogin& login = {})
{
    try {
        throw_refusal(words, 255, login);
    } catch (const Error& error) {
        return error;
    }
}

Prompt::Kind kind_of(const std::string& text, const std::string& hint = "")
{
    return recognise(text, hint, "root", "db-7").kind;
}

std::string configuration_for(const manager::target::Target& target)
{
    return configuration({target, "/usr/bin/ask pass", {"/run/agent", {}, {}}, {}, true});
}

bool has_line(const std::string& text, const std::string& line)
{
    return ('\n' + text).find("\n" + line + '\n') != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(openssh_words)

BOOST_AUTO_TEST_CASE(only_the_password_of_this_login_is_recognised)
{
    using Kind = Prompt::Kind;
    BOOST_TEST((kind_of("root@db-7's password: ") == Kind::password));
    BOOST_TEST((kind_of("(root@db-7) Password: ") == Kind::password));
    BOOST_TEST((kind_of("(root@db-7) Password for root@db-7:") == Kind::password));
    for (const char* other : {"root@db-8's password: ", "admin@db-7's password: ", "(root@db-8) Password: ",
                              "Password: ", "(root@db-7) Verification code: ",
                              "(root@db-7) One-time password (OATH) for root: ", "(root@db-7) New password: ",
                              "(root@db-7) Current password: ", "(root@db-7) Password changed, ok? ",
                              "Enter PIN for ED25519-SK key /k: ", "Enter root@db-7's old password: ", ""})
        BOOST_TEST((kind_of(other) == Kind::other), other);
    BOOST_TEST((kind_of("root@db-7's password: ", "confirm") == Kind::other));
    BOOST_TEST((kind_of("Confirm user presence for key ED25519-SK", "none") == Kind::touch));
    BOOST_TEST((kind_of("Enter passphrase for key '/home/o'hara/id': ") == Kind::passphrase));
}

BOOST_AUTO_TEST_CASE(the_words_of_ssh_become_errors_of_ours)
{
    const auto check = [](const std::string& own, Trouble trouble, const std::string& text) {
        const Error error = error_for({own, ""});
        BOOST_TEST(name_of(error.trouble()) == name_of(trouble), own);
        BOOST_TEST(error.text().find(text) != std::string::npos, error.text());
        BOOST_TEST(!error.hint().empty());
    };
    check("connecting to h port 22: No route to host\n", Trouble::unreachable,
          "connecting to h port 22: No route to host");
    check("looking up h: Name or service not known\n", Trouble::unreachable,
          "looking up h: Name or service not known");
    check("Unable to negotiate with 10.0.0.1 port 22: no matching MAC found. Their offer: umac-64\n",
          Trouble::rejected, "no algorithm in common: Unable to negotiate with 10.0.0.1 port 22");
    check("Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures\n", Trouble::denied,
          "MaxAuthTries");
    check("exec request failed on channel 0\n", Trouble::rejected, "starting a command");
    check("Connection closed by 10.0.0.1 port 22\n", Trouble::unreachable, "hung up");
    check("Connection timed out during banner exchange\n", Trouble::unreachable, "no answer in time");
    check("/x/config: line 3: Bad configuration option: knownhostscommand\n", Trouble::rejected, "too old");
    check("something new\nin two lines\n", Trouble::unreachable, "status 255: something new in two lines");
}

BOOST_AUTO_TEST_CASE(a_server_that_turns_us_away_may_be_asked_again)
{
    for (const char* words : {"kex_exchange_identification: Connection closed by remote host\n",
                              "kex_exchange_identification: read: Connection reset by peer\n",
                              "Not allowed at this time\n", "Exceeded MaxStartups\n"})
        BOOST_CHECK_THROW(throw_refusal({words, ""}, 255, {}), TurnedAway);
}

BOOST_AUTO_TEST_CASE(a_jump_host_is_named_before_what_its_failure_looks_like_from_behind)
{
    const std::string behind = "kex_exchange_identification: Connection closed by remote host\n"
                               "Connection closed by UNKNOWN port 65535\n";
    const auto text = [&](const std::string& jump) { return error_for({behind, jump}).text(); };
    BOOST_TEST(text("bob@j: Permission denied (publickey).\r\n") ==
               "the jump host refused the login: bob@j: Permission denied (publickey).");
    BOOST_TEST(text("channel 0: open failed: administratively prohibited: open failed\r\n"
                    "stdio forwarding failed\r\n")
                   .find("does not pass connections on") != std::string::npos);
    BOOST_TEST(text("channel 0: open failed: connect failed: No route to host\n") ==
               "the jump host does not reach the target: No route to host");
}

BOOST_AUTO_TEST_CASE(a_refused_login_names_what_was_tried_and_what_is_offered)
{
    RefusedLogin login;
    login.user = "root";
    login.tried = {"the key /k"};
    BOOST_TEST(error_for({"root@h: Permission denied (publickey,password).\r\n", ""}, login).text() ==
               "the SSH server refused the login of root: it did not accept the key /k; it offers publickey, "
               "password");
}

BOOST_AUTO_TEST_CASE(the_reason_of_a_break_is_what_ssh_said_last)
{
    BOOST_TEST(reason_of_break("Authenticated to h ([::1]:22) using \"publickey\".\n"
                               "Transferred: sent 3, received 4 bytes, in 1.0 seconds\n",
                               "sh: 1: foo: not found\n") == "");
    BOOST_TEST(reason_of_break("Authenticated to h\nTimeout, server h not responding.\r\n", "") ==
               "Timeout, server h not responding.");
    BOOST_TEST(
        reason_of_break("Authenticated to h\n", "sh: foo\nConnection to h closed by remote host.\r\n") ==
        "Connection to h closed by remote host.");
}

BOOST_AUTO_TEST_CASE(the_method_of_a_login_is_what_ssh_names)
{
    BOOST_TEST(method_of("Authenticated using \"publickey\" with partial success.\n"
                         "Authenticated to h ([::1]:22) using \"password\".\n") == "password");
    BOOST_TEST(method_of("Authenticated to h") == "");
    BOOST_TEST(method_of("") == "");
}

BOOST_AUTO_TEST_CASE(odd_values_cannot_change_the_configuration)
{
    manager::target::Target target;
    target.host = "fe80::1%eth0";
    BOOST_TEST(has_line(configuration_for(target), "    HostName \"fe80::1%%eth0\""));
    target.host = "h";
    target.host_key_alias = "a\nProxyCommand x";
    BOOST_CHECK_THROW(configuration_for(target), Error);
    target.host_key_alias = "a\" b";
    BOOST_CHECK_THROW(configuration_for(target), Error);
}

BOOST_AUTO_TEST_CASE(an_agent_only_lists_and_signs_with_its_own_keys)
{
    namespace wire = manager::trust::wire;
    const std::string failure(1, 5);
    BOOST_TEST(answer_as_agent({}, std::string(1, 11)) == '\x0c' + wire::number(0));
    BOOST_TEST(answer_as_agent({}, '\x0d' + wire::string("key") + wire::string("data") + wire::number(0)) ==
               failure);
    for (const std::string& request :
         {std::string(), std::string(1, 17), std::string(1, 13), std::string("\x0d\xff", 2)})
        BOOST_TEST(answer_as_agent({}, request) == failure);
}

BOOST_AUTO_TEST_SUITE_END()

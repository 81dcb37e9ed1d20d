#include "manager/trust/ssh_agent.hpp"
#include "tests/support/line.hpp"
#include "tests/support/ssh_login.hpp"

#include <boost/test/unit_test.hpp>

#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <tuple>

using namespace manager;
using namespace std::chrono_literals;
using namespace tests;
using common::Deadline;
using common::Error;
using common::Trouble;

BOOST_AUTO_TEST_SUITE(ssh_login)

BOOST_AUTO_TEST_CASE_TEMPLATE(keys_of_every_kind_log_in, By, Both)
{
    const By by;
    for (const char* kind : {"ed25519", "ecdsa", "rsa"})
        Login().key(kind).succeeds();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_ssh_agent_logs_in_with_keys_of_every_kind, By, Both)
{
    const By by;
    for (const std::string kind : {"ed25519", "ecdsa", "rsa"}) {
        host().run("cp /keys/user_" + kind +
                   " /tmp/key && chmod 600 /tmp/key && ssh-agent -a /tmp/agent >/dev/null && "
                   "SSH_AUTH_SOCK=/tmp/agent ssh-add -q /tmp/key");
        ::setenv("SSH_AUTH_SOCK", host().path("/tmp/agent").c_str(), 1);
        Login login;
        login.means.use_agent = true;
        login.succeeds();
        ::unsetenv("SSH_AUTH_SOCK");
        host().run("pkill -x ssh-agent; rm -f /tmp/agent /tmp/key");
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_key_that_the_server_does_not_know_is_named, By, Both)
{
    const By by;
    host().run("rm -f /tmp/other && ssh-keygen -q -t ed25519 -N '' -f /tmp/other");
    Login login;
    login.means.identities = {login.scratch.file("other", common::os::read_file(host().path("/tmp/other")))};
    login.fails(Trouble::denied, "did not accept the key " + (login.scratch.path() / "other").string(),
                "--identity");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_later_key_is_tried_when_the_first_is_refused, By, Both)
{
    const By by;
    host().run("rm -f /tmp/other && ssh-keygen -q -t rsa -b 2048 -N '' -f /tmp/other");
    Login login;
    login.means.identities = {login.scratch.file("other", common::os::read_file(host().path("/tmp/other")))};
    login.key().succeeds();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_login_with_nothing_to_try_says_so, By, Both)
{
    const By by;
    Login login;
    const Scratch home;
    const std::string old = std::getenv("HOME") ? std::getenv("HOME") : "/root";
    ::setenv("HOME", home.path().c_str(), 1);
    login.fails(Trouble::denied, "there was nothing to try; it offers publickey, password", "--ask-password");
    ::setenv("HOME", old.c_str(), 1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_password_logs_in, By, Both)
{
    const By by;
    Login().password().succeeds();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_wrong_password_is_tried_once, By, Both)
{
    const By by;
    const int before = logged("Failed password for root");
    Login().password("simsalabim").fails(Trouble::denied, "did not accept the password");
    BOOST_TEST(logged("Failed password for root") == before + 1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_password_answers_the_one_prompt_of_a_server_that_only_asks, By, Both)
{
    const By by;
    const std::uint16_t port = host().sshd(
        {"PasswordAuthentication no", "PubkeyAuthentication no", "KbdInteractiveAuthentication yes"});
    Login("root", port).password().succeeds();
    Login("root", port).password("simsalabim").fails(Trouble::denied, "did not accept the password");
    Login("root", port)
        .fails(Trouble::denied, "nothing to try; it offers keyboard-interactive", "--ask-password");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_server_may_want_key_and_password, By, Both)
{
    const By by;
    const std::uint16_t port = host().sshd({"AuthenticationMethods publickey,password"});
    for (const char* kind : {"ed25519", "rsa"})
        Login("root", port).key(kind).password().succeeds();
    Login("root", port).key().fails(Trouble::denied, "refused the login of root", "wants a password as well");
    Login("root", port).key().password("simsalabim").fails(Trouble::denied, "did not accept");
    Login("root", port)
        .password()
        .fails(Trouble::denied, "nothing to try; it offers publickey", "--identity");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_server_may_want_key_and_prompt, By, Both)
{
    const By by;
    const std::uint16_t port = host().sshd(
        {"AuthenticationMethods publickey,keyboard-interactive", "KbdInteractiveAuthentication yes"});
    Login("root", port).key().password().succeeds();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_user_becomes_root_by_sudo, By, Both)
{
    const By by;
    Login("alice").key().sudo(host_password).succeeds();
    Login("alice").password().sudo().succeeds(); // sudo takes the login's password
    Login("bob").key().sudo().succeeds();        // NOPASSWD
    Login("bob").key().sudo(host_password).succeeds();
    Login("root").key().sudo().succeeds(); // is root already
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_user_who_does_not_become_root_is_told_the_way_out, By, Both)
{
    const By by;
    Login("alice").key().fails(Trouble::denied, "scouting: logged in as alice, which is not root", "--sudo");
    Login("alice").key().sudo().fails(Trouble::denied, "none was given", "--ask-sudo-password");
    Login("alice").key().sudo("simsalabim").fails(Trouble::denied, "sudo refused the password");
    Login("carol").key().sudo(host_password).fails(Trouble::denied, "may not use sudo");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(sudo_is_given_a_wrong_password_once, By, Both)
{
    const By by;
    host().run("printf 'Defaults logfile=/tmp/sudo.log\\n' >/etc/sudoers.d/log; rm -f /tmp/sudo.log");
    Login("alice").key().sudo("simsalabim").fails(Trouble::denied, "sudo refused the password");
    std::this_thread::sleep_for(500ms);
    const std::string log = host().run("cat /tmp/sudo.log; rm /etc/sudoers.d/log");
    BOOST_TEST(log.find("1 incorrect password attempt") != std::string::npos, log);
    BOOST_TEST(log.find("simsalabim") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(sudo_without_a_terminal_may_be_forbidden)
{
    host().run("printf 'Defaults:bob requiretty\\n' >/etc/sudoers.d/tty");
    Login("bob").key().sudo().fails(Trouble::denied, "sudo demands a terminal", "requiretty");
    host().run("rm /etc/sudoers.d/tty");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(secrets_and_scripts_are_not_in_the_process_list, By, Both)
{
    const By by;
    Login login("alice");
    login.key().sudo(host_password);
    const trust::Credentials credentials(std::move(login.means));
    trust::KnownHosts hosts({login.scratch.file("known_hosts", login.known)});
    login.options.shell.folders = {"/good"};
    const auto way = transport::make_transport(login.target, credentials, hosts, login.options);
    way->scout(1'000'000, Deadline::in(20s));
    const std::string list =
        host().run("cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' ' '");
    BOOST_TEST(list.find("sudo -S -p PW") != std::string::npos);
    BOOST_TEST(list.find(host_password) == std::string::npos);
    BOOST_TEST(list.find("umask") == std::string::npos);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(accounts_that_run_no_commands_are_quoted, By, Both)
{
    const By by;
    Login("dave").key().fails(Trouble::denied, "(nologin): This account is currently not available", "shell");
    Login("forced").key().fails(Trouble::rejected, "Only backups here.", "ForceCommand");
    Login("mallory").key().fails(Trouble::denied, "has expired", "log in by hand");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(login_shells_of_all_kinds_and_noisy_ones_will_do, By, Both)
{
    const By by;
    Login("noisy").key().sudo().succeeds();
    for (const char* shell : {"fish", "csh"})
        if (host().has(shell))
            Login(shell).key().sudo().succeeds();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_flood_of_errors_does_not_block, By, Both)
{
    const By by;
    host().run("echo 'head -c 5000000 /dev/zero | tr \"\\\\0\" x >&2' >/root/.bashrc");
    Login().key().succeeds();
    host().run("rm /root/.bashrc");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_unknown_host_is_refused_before_anything_is_shown_to_it, By, Both)
{
    const By by;
    const int before = logged("root");
    Login login;
    login.known = "";
    login.password().fails(
        Trouble::denied,
        "the host key of 127.0.0.1 is not known: ssh-ed25519 " +
            trust::fingerprint(trust::KnownHostLine::parse("h " + host().host_key("ed25519"))->blob()),
        "--accept-new");
    BOOST_TEST(logged("root") == before);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_unknown_host_can_be_accepted_and_is_known_then, By, Both)
{
    const By by;
    Login first;
    first.known = "";
    first.options.accept_new = true;
    first.own = first.scratch.path() / "learned";
    first.key().succeeds();
    BOOST_TEST(common::os::read_file(first.own) == first.name() + ' ' + host().host_key("ed25519") + '\n');

    Login second;
    second.known = "";
    second.own = first.own;
    second.key().succeeds();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_changed_host_key_is_refused_even_by_accept_new, By, Both)
{
    const By by;
    Login login;
    login.known = "# comment\n" + login.name() + ' ' + [] {
        host().run("rm -f /tmp/other && ssh-keygen -q -t ed25519 -N '' -C '' -f /tmp/other");
        return common::os::read_file(host().path("/tmp/other.pub"));
    }();
    login.options.accept_new = true;
    login.own = login.scratch.path() / "learned";
    const std::string file = (login.scratch.path() / "known_hosts").string();
    login.password().fails(Trouble::denied, file + ":2 has another",
                           "ssh-keygen -f '" + file + "' -R '" + login.name() + '\'');
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_revoked_host_key_is_refused, By, Both)
{
    const By by;
    Login login;
    login.known = "@revoked * " + host().host_key("ed25519") + '\n' + login.known;
    login.key().fails(Trouble::denied, "is marked as revoked in ");
}

BOOST_AUTO_TEST_CASE(an_authority_for_host_keys_is_not_asked_by_libssh2)
{
    Login login;
    login.known = "@cert-authority * " + host().host_key("rsa");
    login.key().fails(Trouble::denied, "which has not signed the host key that it shows", "ssh-keyscan");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_type_of_key_on_file_is_asked_for, By, Both)
{
    const By by;
    Login login;
    login.known = login.name() + ' ' + host().host_key("ecdsa"); // the server has a better one
    login.key().succeeds();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_key_of_another_type_than_on_file_is_no_new_host, By, Both)
{
    const By by;
    const std::uint16_t port = host().sshd({"HostKeyAlgorithms ssh-ed25519"});
    Login login("root", port);
    login.known = login.name() + ' ' + host().host_key("ecdsa");
    login.options.accept_new = true;
    login.own = login.scratch.path() / "learned";
    login.key().fails(Trouble::denied, "but only a key of type ecdsa-sha2-nistp256 is on file");
}

BOOST_AUTO_TEST_CASE(a_server_without_common_algorithms_is_told_ours)
{
    const std::uint16_t port = host().sshd({"MACs umac-128@openssh.com", "Ciphers aes256-ctr"});
    Login("root", port).key().fails(Trouble::rejected, "MAC hmac-sha2-", "-etm");
}

BOOST_AUTO_TEST_CASE(hardened_servers_that_have_something_in_common_will_do)
{
    const std::uint16_t port =
        host().sshd({"KexAlgorithms diffie-hellman-group16-sha512", "Ciphers aes128-ctr",
                     "MACs hmac-sha2-512", "HostKeyAlgorithms ssh-ed25519"});
    Login("root", port).key().succeeds();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_server_that_turns_us_away_is_asked_again, By, Both)
{
    const By by;
    const std::uint16_t port = host().sshd();
    const auto impatient = [](Login& login, int retries) -> Login& {
        login.options.ssh.retries = retries;
        login.options.ssh.least_pause = 20ms;
        login.options.ssh.most_pause = 40ms;
        return login.key();
    };
    {
        const Line line(port, Line::End::closed);
        Login login("root", line.port());
        impatient(login, 2).fails(Trouble::unreachable, "closed the connection before it said",
                                  "wait a minute");
        BOOST_TEST(line.connections() == 3);
    }
    const Line line(port, Line::End::closed, 0, 2); // takes us at the third time
    Login login("root", line.port());
    impatient(login, 9).succeeds();
    BOOST_TEST(line.connections() == 3);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_target_that_cannot_be_reached_is_named, By, Both)
{
    const By by;
    const auto fails = [](const std::string& name, std::uint16_t port, std::string_view text) {
        Login login("root", port);
        login.target.host = name;
        login.key().fails(Trouble::unreachable, text);
    };
    fails("127.0.0.1", 1, "connecting to 127.0.0.1 port 1: Connection refused");
    fails("no-such-host.invalid", 22, "looking up no-such-host.invalid: ");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_server_that_says_nothing_costs_no_more_than_the_login_limit, By, Both)
{
    const By by;
    const Line mute(usual_port(), Line::End::silent, 0);
    Login login("root", mute.port());
    login.options.ssh.login = 500ms;
    login.options.ssh.connect = 500ms;
    const auto before = std::chrono::steady_clock::now();
    login.key().fails(Trouble::unreachable, "no answer in time");
    BOOST_TEST((std::chrono::steady_clock::now() - before < 4s));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(names_and_both_kinds_of_addresses_will_do, By, Both)
{
    const By by;
    const std::uint16_t port = host().sshd({"ListenAddress ::1"});
    for (const std::string name : {"localhost", "127.0.0.1", "::1"}) {
        if (name == "::1" && !std::filesystem::exists("/proc/net/if_inet6"))
            continue;
        Login login("root", port);
        login.target.host = name;
        login.known = '[' + name + "]:" + std::to_string(port) + ' ' + host().host_key("ed25519");
        const transport::Platform platform = login.key().scout();
        BOOST_TEST(platform.session_address == (name == "::1" ? "::1" : "127.0.0.1"));
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(broken_lines)

BOOST_AUTO_TEST_CASE(a_line_that_breaks_is_not_taken_for_a_refusal)
{
    const auto after = [](std::uint64_t bytes) {
        const Line line(usual_port(), Line::End::closed, bytes);
        Login login("root", line.port());
        login.options.ssh.retries = 0;
        return login.key().failure();
    };
    bool early = false, at_login = false, late = false;
    for (std::uint64_t bytes = 0; bytes < 4'000; bytes += 40) {
        const Error error = after(bytes);
        const bool hung_up = error.text().find("hung up during the login of root") != std::string::npos;
        BOOST_TEST((error.trouble() == (hung_up ? Trouble::denied : Trouble::unreachable)),
                   bytes << ": " << error.text());
        early = early || error.text().find("before it said who it is") != std::string::npos;
        late = late || error.text().find("the connection broke") != std::string::npos;
        at_login = at_login || hung_up;
    }
    BOOST_TEST((early && at_login && late));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_line_that_breaks_at_half_the_copy_leaves_nothing, By, Both)
{
    const By by;
    SshRig rig;
    const transport::AgentBinary agent = large_agent(6'000'000);
    const Line line(usual_port(), Line::End::closed, 3'000'000);
    Login login("root", line.port());
    login.key();
    const trust::Credentials credentials(std::move(login.means));
    trust::KnownHosts hosts({login.scratch.file("known_hosts", login.known)});
    login.options.shell.folders = {rig.good};
    const auto way = transport::make_transport(login.target, credentials, hosts, login.options);
    way->scout(agent.size, Deadline::in(20s));
    BOOST_TEST(!rig.names_in(rig.good).empty());
    BOOST_CHECK_EXCEPTION(way->copy(agent, nullptr, Deadline::in(20s)), Error, [](const Error& error) {
        BOOST_TEST_MESSAGE(error.text());
        return error.trouble() == Trouble::unreachable;
    });
    BOOST_TEST(rig.gets_empty(rig.good));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_line_that_goes_dead_without_a_word_leaves_nothing_either, By, Both)
{
    const By by;
    SshRig rig;
    const transport::AgentBinary agent = large_agent(6'000'000);
    const Line line(usual_port(), Line::End::silent, 3'000'000);
    Login login("root", line.port());
    login.key();
    const trust::Credentials credentials(std::move(login.means));
    trust::KnownHosts hosts({login.scratch.file("known_hosts", login.known)});
    login.options.shell.folders = {rig.good};
    const auto way = transport::make_transport(login.target, credentials, hosts, login.options);
    way->scout(agent.size, Deadline::in(20s));
    const auto before = std::chrono::steady_clock::now();
    BOOST_CHECK_EXCEPTION(way->copy(agent, nullptr, Deadline::in(2s)), Error,
                          [](const Error& error) { return error.trouble() == Trouble::unreachable; });
    BOOST_TEST((std::chrono::steady_clock::now() - before < 7s)); // the time for the copy, and to take leave
    BOOST_TEST(rig.gets_empty(rig.good));                         // by the target's own clock
}

BOOST_AUTO_TEST_SUITE_END()

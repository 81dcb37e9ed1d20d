#include "common/os/process.hpp"
#include "manager/transport/openssh/decrypt.hpp"
#include "manager/trust/base64.hpp"
#include "manager/trust/wire.hpp"
#include "tests/support/line.hpp"
#include "tests/support/ssh_login.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <thread>

using namespace manager;
using namespace std::chrono_literals;
using namespace tests;
using common::Deadline;
using common::Error;
using common::Trouble;
using target::SshProgram;

namespace {

/// Who speaks SSH in the logins of this test.
class By {
public:
    explicit By(SshProgram chosen) { program = chosen; }
    ~By() { program = SshProgram::libssh2; }
    By(const By&) = delete;
    By& operator=(const By&) = delete;
};

/// A server as the field has it, and who gets in.
struct Server {
    const char* name;
    std::vector<std::string> settings;
    bool switches; ///< libssh2 has nothing in common with it
};

std::ostream& operator<<(std::ostream& out, const Server& server)
{
    return out << server.name;
}

const std::vector<Server> servers{
    {"as Debian has it", {}, false},
    {"only an Ed25519 host key", {"HostKeyAlgorithms ssh-ed25519"}, false},
    {"only an ECDSA host key", {"HostKeyAlgorithms ecdsa-sha2-nistp256"}, false},
    {"only an RSA host key", {"HostKeyAlgorithms rsa-sha2-512,rsa-sha2-256"}, true},
    {"only chacha20", {"Ciphers chacha20-poly1305@openssh.com"}, true},
    {"only aes-gcm", {"Ciphers aes256-gcm@openssh.com,aes128-gcm@openssh.com"}, true},
    {"only aes-ctr", {"Ciphers aes256-ctr,aes192-ctr,aes128-ctr"}, false},
    {"only etm MACs", {"Ciphers aes256-ctr", "MACs hmac-sha2-512-etm@openssh.com"}, true},
    {"only umac", {"Ciphers aes256-ctr", "MACs umac-128@openssh.com"}, true},
    {"only curve25519", {"KexAlgorithms curve25519-sha256"}, false},
    {"only ecdh", {"KexAlgorithms ecdh-sha2-nistp256,ecdh-sha2-nistp384"}, false},
    {"only large groups",
     {"KexAlgorithms diffie-hellman-group16-sha512,diffie-hellman-group18-sha512"},
     false},
    {"only group exchange", {"KexAlgorithms diffie-hellman-group-exchange-sha256"}, false},
    {"only post-quantum key exchange", {"KexAlgorithms sntrup761x25519-sha512@openssh.com"}, true},
    {"the list of ssh-audit",
     {"KexAlgorithms sntrup761x25519-sha512@openssh.com,curve25519-sha256,diffie-hellman-group16-sha512",
      "Ciphers aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr",
      "MACs hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,umac-128-etm@openssh.com",
      "HostKeyAlgorithms ssh-ed25519,rsa-sha2-512,rsa-sha2-256"},
     true},
    {"the list of Mozilla",
     {"KexAlgorithms curve25519-sha256@libssh.org,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256",
      "Ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes256-ctr",
      "MACs hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512,hmac-sha2-256"},
     false},
};

} // namespace

BOOST_AUTO_TEST_SUITE(server_matrix)

BOOST_DATA_TEST_CASE(every_server_is_reached_by_one_of_the_two, boost::unit_test::data::make(servers), server)
{
    const By by(SshProgram::automatic);
    Login login("root", host().sshd(server.settings));
    if (std::string_view(server.name).find("ECDSA") != std::string_view::npos)
        login.known = login.name() + ' ' + host().host_key("ecdsa");
    if (std::string_view(server.name).find("RSA") != std::string_view::npos)
        login.known = login.name() + ' ' + host().host_key("rsa");
    login.key().succeeds();
    BOOST_TEST(login.notices.size() == (server.switches ? 1u : 0u));
}

BOOST_AUTO_TEST_CASE(dropbear_is_reached_by_both)
{
    if (!host().has("dropbear"))
        return;
    const std::uint16_t port = Line(usual_port()).port(); // free again
    host().run(
        "mkdir -p /root/.ssh && chmod 700 /root/.ssh && cp /keys/authorized /root/.ssh/authorized_keys; "
        "test -f /keys/dropbear || dropbearkey -t ed25519 -f /keys/dropbear; dropbear -r /keys/dropbear -p "
        "127.0.0.1:" +
        std::to_string(port));
    const std::string key = host().run("dropbearkey -y -f /keys/dropbear | grep ^ssh-ed25519");
    for (const SshProgram chosen : {SshProgram::libssh2, SshProgram::openssh}) {
        const By by(chosen);
        Login login("root", port);
        login.known = login.name() + ' ' + key;
        login.key().succeeds();
    }
    host().run("rm -r /root/.ssh");
}

BOOST_AUTO_TEST_CASE(a_switch_is_told_once_for_each_target_of_a_run)
{
    const By by(SshProgram::automatic);
    Login first("root", host().sshd({"Ciphers aes256-gcm@openssh.com"}));
    first.key().succeeds();
    BOOST_TEST(first.notices.size() == 1u);
    Login second("root", first.target.port);
    second.options.openssh_targets = first.options.openssh_targets;
    second.key().succeeds();
    BOOST_TEST(second.notices.empty());
}

BOOST_AUTO_TEST_CASE(a_server_that_neither_of_them_understands_is_quoted)
{
    const By by(SshProgram::openssh);
    // A key exchange that ssh offers to nobody unless told to.
    Login("root", host().sshd({"KexAlgorithms diffie-hellman-group1-sha1"}))
        .key()
        .fails(Trouble::rejected, "Their offer: diffie-hellman-group1-sha1", "newer algorithms");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(certificates)

BOOST_AUTO_TEST_CASE(a_users_certificate_beside_the_key_is_shown)
{
    const By by(SshProgram::automatic);
    host().run("rm -f /keys/ca* /keys/certified*; ssh-keygen -q -t ed25519 -N '' -f /keys/ca");
    const std::uint16_t port =
        host().sshd({"TrustedUserCAKeys /keys/ca.pub", "AuthorizedKeysFile /keys/nobody"});
    for (const std::string kind : {"ed25519", "ecdsa", "rsa"}) {
        host().run("rm -f /keys/certified*; ssh-keygen -q -t " + kind +
                   " -N '' -f /keys/certified && "
                   "ssh-keygen -q -s /keys/ca -I test -n root /keys/certified.pub");
        Login login("root", port);
        for (const std::string end : {"", "-cert.pub"}) {
            const auto file =
                login.scratch.file("k" + end, common::os::read_file(host().path("/keys/certified" + end)));
            if (end.empty())
                login.means.identities = {file};
        }
        login.succeeds();
        BOOST_TEST(login.notices.empty());
    }
}

BOOST_AUTO_TEST_CASE(an_authority_vouches_for_hosts)
{
    const By by(SshProgram::automatic);
    host().run("rm -f /keys/hca* /keys/signed*; ssh-keygen -q -t ed25519 -N '' -f /keys/hca && "
               "cp /keys/host_ed25519.pub /keys/signed.pub && cp /keys/host_ed25519 /keys/signed && "
               "ssh-keygen -q -s /keys/hca -I test -h -n 127.0.0.1 /keys/signed.pub");
    const std::uint16_t port = host().sshd({"HostKey /keys/signed", "HostCertificate /keys/signed-cert.pub"});
    const std::string authority = common::os::read_file(host().path("/keys/hca.pub"));
    Login good("root", port);
    good.known = "@cert-authority * " + authority;
    good.key().succeeds();

    Login stranger("root", port);
    stranger.known = "@cert-authority * " + host().host_key("rsa");
    stranger.key().fails(Trouble::denied, "no certificate authority on file vouches for the host key");

    Login unknown("root", port); // and has a certificate, which is nothing to us
    unknown.target.ssh = SshProgram::openssh;
    unknown.known = "";
    unknown.key().fails(Trouble::denied, "the host key of 127.0.0.1 is not known: ssh-ed25519 SHA256:");

    Login revoked("root", port);
    revoked.known = "@cert-authority * " + authority + "@revoked * " + authority;
    revoked.key().fails(Trouble::denied, "");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(jump_hosts)

BOOST_AUTO_TEST_CASE(a_jump_host_leads_to_the_target)
{
    const By by(SshProgram::automatic);
    const std::uint16_t jump = host().sshd();
    Login login;
    login.key().jump(jump).succeeds();
    BOOST_TEST(login.target.jumps.size() == 1u);
    BOOST_TEST(logged("Accepted publickey for bob") >= 1);
}

BOOST_AUTO_TEST_CASE(two_jump_hosts_are_gone_through_in_order)
{
    const By by(SshProgram::automatic);
    Login login;
    const std::uint16_t first = host().sshd();
    const std::uint16_t second = host().sshd();
    login.key().jump(first).jump(second);
    login.target.jumps = target::parse_jumps("bob@127.0.0.1:" + std::to_string(first) +
                                             ",carol@127.0.0.1:" + std::to_string(second));
    login.succeeds();
    BOOST_TEST(logged("Accepted publickey for carol") >= 1);
}

BOOST_AUTO_TEST_CASE(a_jump_hosts_key_is_checked_too)
{
    const By by(SshProgram::automatic);
    Login login;
    const std::string known = login.known;
    login.key().jump(host().sshd());
    login.known = known;
    login.fails(Trouble::denied,
                "the host key of 127.0.0.1 is not known: ssh-ed25519 SHA256:", "--accept-new");
}

BOOST_AUTO_TEST_CASE(the_targets_password_is_no_jump_hosts_business)
{
    const By by(SshProgram::automatic);
    const std::uint16_t jump = host().sshd({"PubkeyAuthentication no"});
    const int before = logged("Failed password for bob");
    Login login;
    login.password().jump(jump).fails(
        Trouble::denied, "the jump host refused the login: bob@127.0.0.1: Permission denied (", "--identity");
    BOOST_TEST(logged("Failed password for bob") == before);
}

BOOST_AUTO_TEST_CASE(a_jump_host_that_passes_nothing_on_is_named_as_the_cause)
{
    const By by(SshProgram::automatic);
    Login closed;
    closed.key()
        .jump(host().sshd({"AllowTcpForwarding no"}))
        .fails(Trouble::rejected, "the jump host does not pass connections on", "AllowTcpForwarding");
    Login nothing("root", 1);
    nothing.key()
        .jump(host().sshd())
        .fails(Trouble::unreachable, "the jump host does not reach the target: Connection refused");
    Login gone;
    gone.key().jump(1).fails(Trouble::unreachable, "connecting to 127.0.0.1 port 1: Connection refused");
}

BOOST_AUTO_TEST_CASE(libssh2_alone_refuses_a_jump_host)
{
    const By by(SshProgram::libssh2);
    Login login;
    login.key().jump(usual_port()).fails(Trouble::invalid, "which libssh2 cannot do", "--ssh auto");
}

BOOST_AUTO_TEST_CASE(a_proxy_command_connects)
{
    const By by(SshProgram::automatic);
    const Scratch scratch;
    // What nc does, in the shell that is here.
    const auto script =
        scratch.file("proxy", "#!/bin/bash\nexec 3<>/dev/tcp/$1/$2; cat <&3 & cat >&3; kill $!\n");
    std::filesystem::permissions(script, std::filesystem::perms::owner_all);
    Login login;
    login.target.proxy_command = script.string() + " %h %p";
    login.key().succeeds();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(becoming_root)

BOOST_AUTO_TEST_CASE(su_takes_the_password_of_root)
{
    for (const SshProgram chosen : {SshProgram::libssh2, SshProgram::openssh}) {
        const By by(chosen);
        Login("carol").key().su(host_password).succeeds();
        Login("root").key().su().succeeds(); // is root already
    }
    const By by(SshProgram::libssh2);
    Login("carol").key().su().fails(Trouble::denied, "su asks for the password of root",
                                    "--ask-sudo-password");
    Login("carol").key().su("simsalabim").fails(Trouble::denied, "su refused the password");
}

BOOST_AUTO_TEST_CASE(su_is_never_given_the_password_of_the_login)
{
    const By by(SshProgram::libssh2);
    Login("carol").password().su().fails(Trouble::denied, "none was given");
}

BOOST_AUTO_TEST_CASE(sudo_gets_the_terminal_that_it_demands)
{
    host().run("printf 'Defaults:bob,alice requiretty\\n' >/etc/sudoers.d/tty");
    const By by(SshProgram::automatic);
    Login("bob").key().sudo().succeeds();
    Login("alice").key().sudo(host_password).succeeds();
    Login("alice").key().sudo("simsalabim").fails(Trouble::denied, "sudo refused the password");
    host().run("rm /etc/sudoers.d/tty");
}

BOOST_AUTO_TEST_CASE(an_agent_gets_through_a_terminal_unharmed)
{
    host().run("printf 'Defaults:bob requiretty\\n' >/etc/sudoers.d/tty");
    const By by(SshProgram::automatic);
    const SshRig rig;
    Login login("bob");
    login.key().sudo();
    const trust::Credentials credentials(std::move(login.means));
    trust::KnownHosts hosts({login.scratch.file("known_hosts", login.known)});
    login.options.shell.folders = {rig.good};
    login.options.shell.run = rig.run;
    const auto way = transport::make_transport(login.target, credentials, hosts, login.options);
    const Deadline deadline = Deadline::in(30s);
    way->scout(fake_agent().size, deadline);
    way->copy(fake_agent(), nullptr, deadline);
    const common::Ready ready = way->start(orders_for(rig.run), deadline);
    std::this_thread::sleep_for(300ms);
    BOOST_TEST(rig.runs(ready.pid));
    BOOST_TEST(!way->sweep(rig.run, deadline).removed.empty());
    BOOST_TEST(!rig.runs(ready.pid));
    host().run("rm /etc/sudoers.d/tty");
}

BOOST_AUTO_TEST_CASE(a_terminal_whose_session_ends_leaves_nothing)
{
    host().run("printf 'Defaults:bob requiretty\\n' >/etc/sudoers.d/tty");
    const By by(SshProgram::automatic);
    const SshRig rig;
    {
        Login login("bob");
        login.key().sudo();
        const trust::Credentials credentials(std::move(login.means));
        trust::KnownHosts hosts({login.scratch.file("known_hosts", login.known)});
        login.options.shell.folders = {rig.good};
        const auto way = transport::make_transport(login.target, credentials, hosts, login.options);
        way->scout(fake_agent().size, Deadline::in(30s));
        BOOST_TEST(!rig.names_in(rig.good).empty());
    }
    BOOST_TEST(rig.gets_empty(rig.good, 15s)); // by the hangup
    host().run("rm /etc/sudoers.d/tty");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(openssh)

BOOST_AUTO_TEST_CASE(a_second_factor_is_told_and_not_answered)
{
    const By by(SshProgram::openssh);
    const std::uint16_t port = host().sshd(
        {"AuthenticationMethods publickey,keyboard-interactive", "KbdInteractiveAuthentication yes"});
    Login login("mallory", port); // whose password has expired, so PAM asks for a new one
    login.key().password().fails(Trouble::denied, "the server also asks \"", "--identity");
}

BOOST_AUTO_TEST_CASE(no_secret_of_ours_is_in_the_process_list_here)
{
    const By by(SshProgram::openssh);
    const Line mute(usual_port(), Line::End::silent, 1'800); // in the midst of the login
    Login login("root", mute.port());
    login.password();
    login.options.ssh.login = 2s;
    std::thread attempt([&] { login.fails(Trouble::unreachable, ""); });
    std::this_thread::sleep_for(1s);
    const std::string list =
        common::os::run({"sh", "-c",
                         "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | "
                         "tr '\\0' ' '; find /tmp/soapstone-?????? -type f -exec cat {} +"},
                        Deadline::in(10s))
            .output;
    attempt.join();
    BOOST_TEST(list.find("soapstone-target") != std::string::npos); // ssh was there
    BOOST_TEST(list.find(host_password) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_login_leaves_no_file_and_no_process_here)
{
    const By by(SshProgram::openssh);
    const Scratch runtime;
    ::setenv("XDG_RUNTIME_DIR", runtime.path().c_str(), 1);
    Login().key().succeeds();
    Login().password("simsalabim").fails(Trouble::denied, "did not accept the password");
    ::unsetenv("XDG_RUNTIME_DIR");
    BOOST_TEST(std::filesystem::is_empty(runtime.path()));
    const std::string list = common::os::run({"ps", "axo", "args"}, Deadline::in(10s)).output;
    BOOST_TEST(list.find(runtime.path().string()) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_encrypted_key_is_opened_once_for_all_logins)
{
    const By by(SshProgram::libssh2);
    for (const std::string kind : {"ed25519", "ecdsa", "rsa"}) {
        const Scratch scratch;
        const auto file = scratch.file("key", common::os::read_file(host().user_key(kind)));
        BOOST_REQUIRE(
            common::os::run({"ssh-keygen", "-q", "-p", "-P", "", "-N", "a phrase", "-f", file.string()},
                            Deadline::in(20s))
                .status == 0);
        trust::LoginOptions means;
        int asked = 0;
        std::string phrase = "a phrase";
        means.identities = {file};
        means.use_agent = false;
        means.ask = [&](const std::string& question) {
            BOOST_TEST(question == "Passphrase of " + file.string() + ": ");
            ++asked;
            return common::Secret(std::string(phrase));
        };
        means.decrypt = transport::openssh::decrypt_by_ssh_add;
        const trust::Credentials credentials(std::move(means));
        phrase = "wrong";
        BOOST_CHECK_EXCEPTION(credentials.keys_for({}), Error, [](const Error& error) {
            return error.text().find("wrong passphrase for the key") == 0;
        });
        phrase = "a phrase";
        for (int i = 0; i < 2; ++i)
            BOOST_TEST(credentials.keys_for({}).keys.at(0)->type() ==
                       trust::wire::key_type(
                           trust::from_base64(common::split(host().host_key(kind), ' ').at(1)).value()));
        BOOST_TEST(asked == 2);
        Login login; // and what was opened logs in
        login.means.identities = {file};
        login.means.decrypt = transport::openssh::decrypt_by_ssh_add;
        login.means.ask = [](const std::string&) { return common::Secret("a phrase"); };
        login.succeeds();
    }
}

BOOST_AUTO_TEST_CASE(a_host_key_alias_stands_for_name_and_port)
{
    for (const SshProgram chosen : {SshProgram::libssh2, SshProgram::openssh}) {
        const By by(chosen);
        Login login;
        login.target.host_key_alias = "the-alias";
        login.known = "the-alias " + host().host_key("ed25519");
        login.key().succeeds();
    }
}

BOOST_AUTO_TEST_CASE(a_target_may_have_known_hosts_of_its_own)
{
    for (const SshProgram chosen : {SshProgram::libssh2, SshProgram::openssh}) {
        const By by(chosen);
        Login login;
        login.target.known_hosts = {login.scratch.file("own", login.known)};
        login.known = "";
        login.key().succeeds();
    }
}

BOOST_AUTO_TEST_SUITE_END()

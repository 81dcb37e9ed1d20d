#pragma once

#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/target/ssh_config.hpp"
#include "tests/support/transport_rigs.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

namespace tests {

inline SshHost& host()
{
    return SshRig::host();
}

/// The sshd for tests that need no settings of their own.
inline std::uint16_t usual_port()
{
    static const std::uint16_t port = host().sshd();
    return port;
}

/// What speaks SSH for the logins of a test.
inline manager::target::SshProgram program = manager::target::SshProgram::libssh2;

/// A test case for both programs takes one of these as its parameter.
struct ByLibssh2 {
    ByLibssh2() { program = manager::target::SshProgram::libssh2; }
};
struct ByOpenssh {
    ByOpenssh() { program = manager::target::SshProgram::openssh; }
    ~ByOpenssh() { program = manager::target::SshProgram::libssh2; }
};
using Both = std::tuple<ByLibssh2, ByOpenssh>;

/// One login, set up step by step.
struct Login {
    explicit Login(std::string user = "root", std::uint16_t port = usual_port())
    {
        target.name = target.host = "127.0.0.1";
        target.port = port;
        target.user = std::move(user);
        target.ssh = program;
        means.use_agent = false;
        known = name() + ' ' + host().host_key("ed25519") + '\n';
    }

    Login& key(const std::string& kind = "ed25519")
    {
        means.identities.push_back(host().user_key(kind));
        return *this;
    }

    Login& password(std::string_view text = host_password)
    {
        means.password = common::Secret(std::string(text));
        return *this;
    }

    Login& sudo(std::string_view text = "")
    {
        target.become = manager::target::Become::sudo;
        means.sudo_password = common::Secret(std::string(text));
        return *this;
    }

    std::string name() const { return "[127.0.0.1]:" + std::to_string(target.port); }

    Login& su(std::string_view text = "")
    {
        target.become = manager::target::Become::su;
        means.sudo_password = common::Secret(std::string(text));
        return *this;
    }

    /// Goes through `user` at the sshd on `port`.
    Login& jump(std::uint16_t port, const std::string& user = "bob")
    {
        target.jumps = manager::target::parse_jumps(user + "@127.0.0.1:" + std::to_string(port));
        known += "[127.0.0.1]:" + std::to_string(port) + ' ' + host().host_key("ed25519") + '\n';
        return *this;
    }

    /// Logs in and looks around.
    manager::transport::Platform scout()
    {
        const manager::trust::Credentials credentials(std::move(means));
        const auto file = scratch.file("known_hosts", known);
        manager::trust::KnownHosts hosts({file}, own);
        options.shell.folders = {"/good"};
        const auto way =
            manager::transport::make_transport(target, credentials, hosts, options,
                                               [this](const std::string& text) { notices.push_back(text); });
        return way->scout(1'000'000, common::Deadline::in(limit));
    }

    /// Logs in and expects to be root.
    void succeeds()
    {
        try {
            BOOST_TEST(scout().root);
        } catch (const common::Error& error) {
            BOOST_ERROR(error.text());
        }
    }

    /// Tries to log in and returns what went wrong.
    common::Error failure()
    {
        try {
            scout();
        } catch (const common::Error& error) {
            return error;
        }
        throw std::runtime_error("no error");
    }

    void fails(common::Trouble trouble, std::string_view text, std::string_view hint = "")
    {
        const common::Error error = failure();
        BOOST_TEST(name_of(error.trouble()) == name_of(trouble));
        BOOST_TEST(error.text().find(text) != std::string::npos, error.text() << " does not say: " << text);
        BOOST_TEST(error.hint().find(hint) != std::string::npos, error.hint() << " does not say: " << hint);
    }

    Scratch scratch;
    manager::target::Target target;
    manager::trust::LoginOptions means;
    std::string known;
    std::filesystem::path own;
    manager::transport::Options options;
    std::vector<std::string> notices; ///< that the user would read
    std::chrono::seconds limit{20};
};

/// Lines in the servers' log with this text.
inline int logged(const std::string& text)
{
    return static_cast<int>(
        common::to_number(common::trim(host().run("grep -c '" + text + "' /keys/log || true"))).value_or(0));
}

} // namespace tests

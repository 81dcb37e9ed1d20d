#pragma once

#include "manager/transport/process/process_channel.hpp"
#include "manager/transport/ssh/control/line.hpp"
#include "manager/transport/ssh/login_answers.hpp"

#include <optional>
#include <string>
#include <vector>

namespace manager::transport::ssh {

/// The deadlines of one login.
struct LoginLimits {
    common::Deadline login;   ///< for the login
    common::Deadline command; ///< for login and the start of the command together
};

/// One command at one SSH server, by way of a child process (soapstone-ssh) that speaks SSH and may be taken
/// over by what the server sends. The child holds this connection and what the login shows to the server.
///
/// greet(), then log_in(), then the channel's own calls.
class SshChannel final : public shell::Channel {
public:
    /// Starts the child on `server`, a connection to an SSH server. Throws `invalid` when there is no
    /// soapstone-ssh.
    explicit SshChannel(common::os::Descriptor server)
        : SshChannel(std::move(server), control::Line::make_pair())
    {
    }

    /// Lets the child exchange keys with the server, asking for host keys of `key_types` first. Throws
    /// `unreachable` (shell::TurnedAway when the server said no word) or `rejected`
    /// (control::NoCommonAlgorithm when that is why).
    control::ShownKey greet(const std::vector<std::string>& key_types, common::Deadline deadline);

    /// Lets the child log in and start `command`; call when the host key is good. Throws `unreachable`,
    /// `denied` or `rejected`.
    void log_in(const LoginMeans& means, std::string_view ident, const std::string& command,
                const LoginLimits& limits);

    shell::Progress exchange(std::string_view offered, common::Deadline deadline) override;
    int status(common::Deadline deadline) override;
    int stream() const override { return process_.stream(); }
    login::Login login() const override { return login_; }

private:
    SshChannel(common::os::Descriptor server,
               std::pair<common::os::Descriptor, common::os::Descriptor> control);

    control::Message next(common::Deadline deadline);
    std::string expect(control::Word word, common::Deadline deadline);
    common::Error death(common::Deadline deadline);

    // Members go in reverse order: the child leaves when its control socket hangs up, and is then waited for.
    process::ProcessChannel process_;
    control::Line control_;
    login::Login login_;
    bool started_ = false;      ///< the child's streams are the command's
    bool output_ended_ = false; ///< as the child has said
};

} // namespace manager::transport::ssh

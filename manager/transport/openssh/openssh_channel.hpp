#pragma once

#include "manager/transport/login/refused_login.hpp"
#include "manager/transport/openssh/clerk.hpp"
#include "manager/transport/openssh/configuration.hpp"
#include "manager/transport/openssh/desk.hpp"
#include "manager/transport/openssh/private_folder.hpp"
#include "manager/transport/openssh/refusal.hpp"
#include "manager/transport/process/process_channel.hpp"
#include "manager/transport/shell/channel.hpp"

#include <memory>
#include <string>
#include <vector>

namespace manager::transport::openssh {

/// What ssh is to be started with.
struct Start {
    std::string ssh;       ///< the program
    std::string command;   ///< to run on the target
    bool terminal = false; ///< the command gets a terminal
    std::vector<std::string> environment;
    std::filesystem::path socket; ///< where the desk is to listen
};

/// One command at the far end of one ssh. What ssh says itself and what the command prints as errors come by
/// different ways, so neither is taken for the other; only that the far side hung up is said among the
/// errors.
class OpensshChannel final : public shell::Channel {
public:
    /// Starts ssh with the configuration that lies in `folder`.
    OpensshChannel(std::unique_ptr<PrivateFolder> folder, std::unique_ptr<Clerk> clerk,
                   std::vector<Desk::Agent> agents, const Start& start);

    /// Waits until the command runs. Throws what came in between: `login` is what to say when the login was
    /// refused.
    void wait_for_login(const login::RefusedLogin& login, common::Deadline deadline);

    shell::Progress exchange(std::string_view offered, common::Deadline deadline) override;
    int status(common::Deadline deadline) override { return process_.status(deadline); }
    int stream() const override { return process_.stream(); }
    login::Login login() const override { return {method_of(said_), clerk_->notes().host_key}; }

private:
    void hear_ssh();
    void keep_end_of(const std::string& problems);
    [[noreturn]] void give_up(login::RefusedLogin login);

    // Members go in reverse order: ssh goes first, while there is still somebody to answer it.
    std::unique_ptr<PrivateFolder> folder_;
    common::os::Descriptor log_; ///< a pipe to which ssh says what is its own
    std::unique_ptr<Clerk> clerk_;
    Desk desk_;
    process::ProcessChannel process_;
    bool logged_in_ = false;
    std::string said_;          ///< by ssh
    std::string last_problems_; ///< the end of what came as the command's errors
    shell::Progress early_;     ///< came while the login was waited for
};

} // namespace manager::transport::openssh

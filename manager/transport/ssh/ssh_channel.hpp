#pragma once

#include "manager/transport/shell/channel.hpp"
#include "manager/transport/ssh/session.hpp"

#include <memory>
#include <string>

namespace manager::transport::ssh {

/// One command on one SSH session, which ends with it.
class SshChannel final : public shell::Channel {
public:
    /// Starts `command` on a session that is logged in. Throws `unreachable` or `rejected`.
    SshChannel(std::unique_ptr<Session> session, const std::string& command, common::Deadline deadline);

    shell::Progress exchange(std::string_view offered, common::Deadline deadline) override;
    void end_input(common::Deadline deadline) override;
    int status(common::Deadline deadline) override;
    int stream() const override;

private:
    std::size_t write_some(std::string_view bytes);
    bool read_some(int stream, std::string& text);

    // Members go in reverse order: the channel says good-bye over the session.
    std::unique_ptr<Session> session_;
    common::Owned<LIBSSH2_CHANNEL, libssh2_channel_free> channel_;
    bool writing_ = false; ///< a write was begun and must be repeated before anything else is sent
};

} // namespace manager::transport::ssh

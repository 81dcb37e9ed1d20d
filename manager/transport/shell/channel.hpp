#pragma once

#include "common/clock.hpp"
#include "manager/transport/login/login.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace manager::transport::shell {

/// What happened on a channel during one exchange.
struct Progress {
    std::size_t sent = 0; ///< bytes of what was offered that are on their way
    std::string output;   ///< what the command printed
    std::string problems; ///< what it printed as errors
    bool ended = false;   ///< both streams are at their end; nothing more will come
};

/// One command that runs at the other end: its input, its output and its errors. Going, it ends the command's
/// input and the session it came with.
///
/// Used by one thread at a time.
class Channel {
public:
    virtual ~Channel() = default;

    /// Waits until bytes could be sent or arrived, or the command closed its streams; always reads while it
    /// waits, so that two sides that both write never wait for each other. Bytes not sent must be offered
    /// again next. Throws `unreachable` when `deadline` passes or the line breaks.
    virtual Progress exchange(std::string_view offered, common::Deadline deadline) = 0;

    /// How the command ended: 0..255, 128 + n when a signal ended it. Call after `Progress::ended`.
    virtual int status(common::Deadline deadline) = 0;

    /// The stream socket that is the command's input and output, for who goes on without exchange(); the
    /// channel stays its owner.
    virtual int stream() const = 0;

    /// How the way in was.
    virtual login::Login login() const { return {}; }
};

/// A way to run one command line at one target, by the login's own shell.
class Connector {
public:
    virtual ~Connector() = default;

    /// Logs in and starts `command`, in a session of its own. Throws `unreachable` or `denied`.
    virtual std::unique_ptr<Channel> open(const std::string& command, common::Deadline deadline) = 0;

    /// The same, with a terminal for the command: its output and its errors come as one, and the end of its
    /// input is the end of the session. Nothing when there is none to be had this way.
    virtual std::unique_ptr<Channel> open_with_terminal(const std::string&, common::Deadline)
    {
        return nullptr;
    }
};

} // namespace manager::transport::shell

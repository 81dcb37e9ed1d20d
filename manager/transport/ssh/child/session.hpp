#pragma once

#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/os/descriptor.hpp"
#include "common/owned.hpp"

#include <libssh2.h>

#include <poll.h>
#include <string>
#include <string_view>
#include <vector>

namespace manager::transport::ssh::child {

/// An SSH session on one connection: keys are exchanged, nobody is logged in yet. Non-blocking inside; each
/// step has a deadline. Going, it takes leave for at most 1.5 seconds.
///
/// Used by one thread at a time.
class Session {
public:
    /// Greets the SSH server at the other end of `socket`. `key_types` are the host key types to be asked for
    /// first. `manager` is a socket that hangs up when nobody wants this session any more; each wait ends
    /// with ManagerGone then. Throws `unreachable` when the line breaks (control::TurnedAway before the
    /// server's first word), and `rejected` when the two have no algorithm in common.
    Session(common::os::Descriptor socket, int manager, const std::vector<std::string>& key_types,
            common::Deadline deadline);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session();

    LIBSSH2_SESSION* get() const { return session_.get(); }

    /// The raw public key that the server has proved to own.
    std::string_view host_key() const;

    /// What the server calls itself: "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3".
    std::string ident() const;

    /// Repeats `step`, a call of libssh2's, until it does not ask to come again, and returns its result.
    template <typename Step>
    auto finish(common::Deadline deadline, Step&& step) const
    {
        auto result = step();
        while (again(result)) {
            wait(deadline);
            result = step();
        }
        return result;
    }

    /// Waits until the socket is ready for what libssh2 wants. Throws `unreachable` when `deadline` passes.
    void wait(common::Deadline deadline) const;

    /// Waits, for as long as it takes, until one of `others` is ready, or the socket if we are `listening`.
    void wait_also(std::vector<pollfd> others, bool listening) const;

    /// Whether nothing more can come, since the peer or the line has gone. Of many a call libssh2 tells what
    /// it was waiting for, and not this.
    bool is_cut() const noexcept;

    /// Turns libssh2's last error into ours while its text is still there to be read; into `unreachable`,
    /// without the hint, when the line is cut.
    [[noreturn]] void fail(common::Trouble trouble, const std::string& doing, std::string hint = {}) const;

    /// libssh2's own words for the last error.
    std::string last_error() const;

private:
    template <typename Result>
    bool again(Result result) const
    {
        if constexpr (std::is_pointer_v<Result>)
            return result == nullptr && libssh2_session_last_errno(session_.get()) == LIBSSH2_ERROR_EAGAIN;
        else
            return result == LIBSSH2_ERROR_EAGAIN;
    }

    short directions() const;
    void prefer(int method, const std::string& list) const;
    [[noreturn]] void fail_handshake(int error) const;

    // Members go in reverse order: the session still talks while it leaves, so the socket goes last.
    common::os::Descriptor socket_;
    int manager_;
    common::Owned<LIBSSH2_SESSION, libssh2_session_free> session_;
};

} // namespace manager::transport::ssh::child

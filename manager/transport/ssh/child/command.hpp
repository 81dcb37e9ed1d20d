#pragma once

#include "manager/transport/ssh/child/session.hpp"

#include <string>
#include <string_view>

namespace manager::transport::ssh::child {

/// One command on an SSH session that is logged in. None of the calls with `some` waits.
class Command {
public:
    static constexpr int output = 0; ///< stream numbers, as libssh2 has them
    static constexpr int problems = SSH_EXTENDED_DATA_STDERR;

    /// Starts `line`. Throws `unreachable` or `rejected`.
    Command(const Session& session, const std::string& line, common::Deadline deadline);

    /// Bytes of the front of `bytes` that are on their way. What is not must be offered again, unchanged.
    /// Throws `unreachable` when the line breaks.
    std::size_t write_some(std::string_view bytes);

    /// Appends what has come on `stream`; false when nothing has. Throws `unreachable` when the line breaks.
    bool read_some(int stream, std::string& text);

    /// How many bytes may be sent now: what the server has room for, but not too far ahead of the command.
    std::size_t room();

    /// Output that was taken in and not read yet. Each read_some() takes in whatever has come, also what is
    /// for the other stream or gives room; of that the socket will not tell again.
    bool has_output() const { return libssh2_poll_channel_read(channel_.get(), output) != 0; }

    /// Says that the input ends here; false when that must be tried again. Throws as above.
    bool end_input_some();

    /// Both streams are at their end and have been read.
    bool ended() const { return libssh2_channel_eof(channel_.get()) != 0; }

    /// How it ended: 0..255, 128 + n when a signal ended it. Call after ended().
    int status(common::Deadline deadline);

private:
    const Session& session_;
    common::Owned<LIBSSH2_CHANNEL, libssh2_channel_free> channel_;
    bool paced_;             ///< the server gives room back in small steps, so that it need not be filled
    std::size_t widest_ = 0; ///< the most room that there ever was: then the command had read everything
    bool writing_ = false;   ///< a write was begun and must be repeated before anything else is sent
};

} // namespace manager::transport::ssh::child

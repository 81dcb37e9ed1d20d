#pragma once

#include "common/clock.hpp"
#include "common/os/descriptor.hpp"
#include "manager/transport/control/frames.hpp"
#include "manager/transport/ssh/control/messages.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace manager::transport::ssh::control {

struct Message {
    Word word{};
    std::string body;
};

/// One end of the socket between the manager and its SSH child. A frame is a length (4 bytes, big-endian) of
/// what follows, a word (1 byte) and its body.
///
/// Used by one thread at a time.
class Line {
public:
    static constexpr std::size_t most = 64 << 10; ///< bytes of word and body; more is refused on both sides

    explicit Line(common::os::Descriptor socket)
        : socket_(std::move(socket)), frames_(socket_.get(), helper, most)
    {
    }

    /// Both ends, close-on-exec.
    static std::pair<common::os::Descriptor, common::os::Descriptor> make_pair();

    /// Sends one message and wipes our copy of it. Throws `unreachable` when the other side has gone or does
    /// not read before `deadline`, and `defect` for a body that is too long.
    void send(Word word, std::string_view body, common::Deadline deadline);

    /// The next message; nothing when the other side has gone. Throws `unreachable` when `deadline` passes,
    /// `defect` for a frame that is too long.
    std::optional<Message> receive(common::Deadline deadline);

    int descriptor() const { return socket_.get(); } ///< to be watched: it hangs up when the other side goes

private:
    common::os::Descriptor socket_;
    transport::control::Frames frames_;
};

} // namespace manager::transport::ssh::control

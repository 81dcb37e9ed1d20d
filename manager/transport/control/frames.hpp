#pragma once

#include "common/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

/// What the manager and the helper programs that it starts have in common when they talk.
namespace manager::transport::control {

/// One end of a socket between the manager and a helper program: whole frames, each a length (4 bytes,
/// big-endian) and as many bytes.
///
/// Used by one thread at a time.
class Frames {
public:
    /// `socket` stays the caller's. `helper` is the name of the helper program, for messages; `most`: bytes
    /// of a frame, more is refused on both sides.
    Frames(int socket, std::string_view helper, std::size_t most)
        : socket_(socket), helper_(helper), most_(most)
    {
    }

    /// Sends `head` and `body` as one frame and wipes our copy of it. Throws `unreachable` when the other
    /// side has gone or does not read before `deadline`, and `defect` for a frame that is too long.
    void send(std::string_view head, std::string_view body, common::Deadline deadline) const;

    /// The next frame; nothing when the other side has gone. Throws `unreachable` when `deadline` passes,
    /// `defect` for a frame that is empty or too long.
    std::optional<std::string> receive(common::Deadline deadline) const;

private:
    bool read_all(char* bytes, std::size_t size, common::Deadline deadline) const;
    void wait(short events, common::Deadline deadline) const;

    int socket_;
    std::string_view helper_;
    std::size_t most_;
};

/// The other side does not speak as it should: `defect`, whose way out is to keep soapstone and `helper`
/// together.
[[noreturn]] void nonsense(std::string_view helper, std::string_view what);

} // namespace manager::transport::control

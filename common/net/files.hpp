#pragma once

#include "common/net/core.hpp"
#include "common/os/descriptor.hpp"

namespace common::net {

/// Bytes of a file moved at once: measured as fast as anything larger.
inline constexpr std::size_t transfer_step = 128 << 10;

/// A file opened for a GET, and what the request asked of it.
struct Sending {
    std::shared_ptr<const os::Descriptor> file;
    Reply reply;         ///< its head: 200 or 206 with the right fields
    std::uint64_t first; ///< offset of the first byte to send
    std::uint64_t size;  ///< bytes to send
    std::function<bool(std::uint64_t offset, std::string_view bytes)> passing; ///< see SendFile

    /// Reads up to `size` bytes at `offset`, at least one. Throws `unreachable` when the file became shorter:
    /// what was promised in the head can then only be broken off.
    std::size_t read(char* data, std::size_t size, std::uint64_t offset) const;
};

/// Opens `file` for `request` (Range, If-Range, If-None-Match). An answer without the file, such as 404, 304
/// or 416, comes as Reply.
std::variant<Reply, Sending> open_to_send(const SendFile& file, const Request& request);

/// A file that a PUT goes into.
struct Storing {
    os::Descriptor file;
    std::uint64_t offset; ///< where the next byte goes
    bool complete;        ///< this body is the last part
    StoreFile target;

    /// Throws Refused: 507 when the disk is full, 500 when it fails.
    void append(std::string_view bytes);
    /// To be called when all of the body is in; says what to answer.
    Reply finish();
};

/// Opens `target` at the offset that `request` names. An answer without that (409, 413, 416) comes as Reply.
std::variant<Reply, Storing> open_to_store(StoreFile target, const Request& request);

/// How far an earlier PUT came: only `offset` means something.
std::variant<Reply, Storing> look_at_stored(const StoreFile& target);

} // namespace common::net

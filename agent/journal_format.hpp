#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// How the journal lies on disk: a line with format version and CRC, then records. Pure functions over bytes.
///
/// A record: "SsJr", type, seq, length of the body, CRC of these (24 bytes, little-endian), body, CRC of the
/// body. The length has a CRC of its own because a flipped length would otherwise look like a torn end, and
/// all behind it would be cut off as if it had never been.
namespace agent::journal {

enum class Type : std::uint32_t {
    event = 1,
    acknowledgement = 2, ///< no body; everything up to seq has been stored by the manager
};

struct Record {
    Type type;
    std::uint64_t seq;
    std::string_view body; ///< shows into the scanned bytes
    std::size_t offset;    ///< of the record
    std::size_t size;      ///< of the whole record
};

std::string file_head();
std::string encode(Type type, std::uint64_t seq, std::string_view body);

/// What became of a file.
struct Scan {
    std::vector<Record> records; ///< all that are sound, before and behind damage
    std::size_t sound_end = 0;   ///< where the next record goes when the file is kept
    bool head_missing = false;   ///< nothing usable is there, not even the first line
    bool torn = false;           ///< the last write was cut short by a crash; nobody has been told of it
    bool damaged = false;        ///< something that was complete once is broken
};

/// Throws `rejected` when the file was written by a newer version.
Scan scan(std::string_view bytes);

/// The body of the one record that `bytes` is. Throws `rejected` when it is not sound.
std::string_view body_of(std::string_view bytes);

} // namespace agent::journal

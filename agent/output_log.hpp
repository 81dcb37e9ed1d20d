#pragma once

#include "common/os/descriptor.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace agent {

/// Takes what an installer prints, however much it is, and keeps its beginning and its end:
///
///     first 32 MiB
///     [soapstone: 1234 bytes left out]
///     last 32 MiB
///
/// The end goes round in a file of its own until finish() puts it behind the beginning, so memory stays flat.
/// A full disk costs output, never time: what could not be written is counted and marked. One thread; never
/// throws.
class OutputLog {
public:
    static constexpr std::uint64_t usual_part = 32 << 20;

    /// Goes on with a log that is there. `ring` holds the end meanwhile; it is made when it is needed and
    /// goes with finish().
    OutputLog(const std::filesystem::path& log, std::filesystem::path ring,
              std::uint64_t head_most = usual_part, std::uint64_t tail_most = usual_part) noexcept;

    void add(std::string_view bytes) noexcept;

    /// Says in the log that whoever kept it before was killed.
    void tell_gap() noexcept;

    void finish() noexcept;

    std::uint64_t bytes() const { return bytes_; }     ///< taken so far
    std::uint64_t dropped() const { return dropped_; } ///< of them in no log; certain after finish()

private:
    void add_to_head(std::string_view bytes) noexcept;
    void add_to_ring(std::string_view bytes) noexcept;
    bool write_mark(std::uint64_t left_out) noexcept;
    void copy_ring(std::uint64_t from, std::uint64_t size) noexcept;
    bool append(std::string_view bytes) noexcept;

    common::os::Descriptor log_;
    std::filesystem::path ring_path_;
    common::os::Descriptor ring_;
    const std::uint64_t head_most_;
    const std::uint64_t tail_most_;
    std::uint64_t bytes_ = 0;
    std::uint64_t dropped_ = 0;
    std::uint64_t unmarked_ = 0;   ///< left out since the last mark
    std::uint64_t head_size_ = 0;  ///< bytes that went to the head, or should have
    std::uint64_t ring_bytes_ = 0; ///< bytes that went round so far
};

} // namespace agent

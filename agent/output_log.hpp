#pragma once

#include "common/os/descriptor.hpp"

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace agent {

/// A job's output on disk: the first and the last bytes of it, however much there is. A full disk loses
/// output but never stops the installer.
class OutputLog {
public:
    static constexpr std::uint64_t part_bytes = 32 << 20;

    /// `ring` is a scratch file for the tail; it is removed by finish().
    OutputLog(const std::filesystem::path& log, const std::filesystem::path& ring,
              std::uint64_t part = part_bytes);

    void add(std::string_view bytes) noexcept;
    void finish() noexcept;
    std::uint64_t bytes() const { return head_ + tail_; } ///< printed so far, kept or not

private:
    void add_tail(std::string_view bytes) noexcept;
    void copy_ring(std::uint64_t from, std::uint64_t size) noexcept;

    std::filesystem::path ring_path_;
    std::uint64_t part_;
    common::os::Descriptor log_;
    common::os::Descriptor ring_;
    std::uint64_t head_ = 0;
    std::uint64_t tail_ = 0;
};

} // namespace agent

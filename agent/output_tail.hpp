#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace agent {

/// Follows a growing log and hands out its new whole lines, up to a limit; then it only counts.
class OutputTail {
public:
    struct Piece {
        std::string text;
        std::uint64_t dropped = 0;
    };

    explicit OutputTail(std::filesystem::path log) : log_(std::move(log)) {}

    /// The next piece, or nothing when there is no new whole line. `all`: also an unfinished last line.
    std::optional<Piece> next(bool all);

    std::uint64_t size() const; ///< of the log by now

private:
    std::optional<Piece> count_only();

    std::filesystem::path log_;
    std::uint64_t offset_ = 0;
};

} // namespace agent

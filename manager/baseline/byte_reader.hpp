#pragma once

#include "common/error.hpp"
#include "manager/baseline/little_endian.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace manager::baseline {

/// Goes through bytes of unknown origin from front to back, and never beyond their end.
class ByteReader {
public:
    /// `what` says to people what ends too early then. Both must live as long as this.
    ByteReader(std::string_view bytes, std::string_view what) : bytes_(bytes), what_(what) {}

    std::size_t at() const { return at_; }

    /// The next `size` bytes. Throws `invalid` when there are not so many.
    std::string_view take(std::size_t size)
    {
        if (size > bytes_.size() - at_)
            throw common::Error(common::Trouble::invalid,
                                "the package is damaged: its " + std::string(what_) + " ends too early");
        const std::string_view taken = bytes_.substr(at_, size);
        at_ += size;
        return taken;
    }

    /// The number in the next `size` (up to 4) bytes, lowest byte first.
    std::uint32_t number(std::size_t size) { return little_endian(take(size), 0, size); }

private:
    std::string_view bytes_;
    std::string_view what_;
    std::size_t at_ = 0;
};

} // namespace manager::baseline

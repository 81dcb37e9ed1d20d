#pragma once

#include <cstdint>
#include <string_view>

namespace manager::baseline {

/// The number that stands in the `size` (up to 4) bytes at `at`, which the caller knows to be there, lowest
/// byte first.
constexpr std::uint32_t little_endian(std::string_view bytes, std::size_t at, std::size_t size)
{
    std::uint32_t value = 0;
    for (std::size_t i = size; i-- > 0;)
        value = value << 8 | static_cast<std::uint8_t>(bytes[at + i]);
    return value;
}

} // namespace manager::baseline

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace agent {

/// The CRC-32 of IEEE 802.3 (reflected polynomial 0xEDB88320): tells a torn or flipped record from a whole one.
constexpr std::uint32_t crc32(std::string_view bytes)
{
    constexpr auto table = [] {
        std::array<std::uint32_t, 256> entries{};
        for (std::uint32_t i = 0; i < entries.size(); ++i) {
            std::uint32_t value = i;
            for (int bit = 0; bit < 8; ++bit)
                value = (value >> 1) ^ ((value & 1) != 0 ? 0xEDB88320U : 0U);
            entries[i] = value;
        }
        return entries;
    }();
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const char c : bytes)
        crc = table[(crc ^ static_cast<unsigned char>(c)) & 0xFF] ^ (crc >> 8);
    return ~crc;
}
static_assert(crc32("123456789") == 0xCBF43926U);

} // namespace agent

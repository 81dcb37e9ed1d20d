#pragma once

#include <cstdint>
#include <string_view>

namespace agent {

/// CRC-32 as in zlib and Ethernet (reflected polynomial 0xEDB88320). Finds torn and flipped records; it is no
/// protection against somebody who means it.
std::uint32_t crc32(std::string_view bytes) noexcept;

} // namespace agent

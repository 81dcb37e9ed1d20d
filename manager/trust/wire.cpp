#include "manager/trust/wire.hpp"

namespace manager::trust::wire {

std::string number(std::uint32_t value)
{
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes += static_cast<char>(value >> shift & 0xFF);
    return bytes;
}

std::string string(std::string_view bytes)
{
    std::string out = number(static_cast<std::uint32_t>(bytes.size()));
    return out.append(bytes);
}

std::string mpint(std::string_view magnitude)
{
    while (!magnitude.empty() && magnitude[0] == '\0')
        magnitude.remove_prefix(1);
    const bool looks_negative = !magnitude.empty() && (static_cast<unsigned char>(magnitude[0]) & 0x80) != 0;
    return string((looks_negative ? std::string(1, '\0') : std::string()) + std::string(magnitude));
}

std::optional<std::uint8_t> Reader::byte()
{
    if (bytes_.empty())
        return std::nullopt;
    const auto value = static_cast<std::uint8_t>(bytes_[0]);
    bytes_.remove_prefix(1);
    return value;
}

std::optional<std::uint32_t> Reader::number()
{
    std::uint32_t value = 0;
    if (bytes_.size() < 4) {
        bytes_ = {};
        return std::nullopt;
    }
    for (int i = 0; i < 4; ++i)
        value = value << 8 | *byte();
    return value;
}

std::optional<std::string_view> Reader::string()
{
    const std::optional<std::uint32_t> size = number();
    if (!size || *size > bytes_.size()) {
        bytes_ = {};
        return std::nullopt;
    }
    const std::string_view value = bytes_.substr(0, *size);
    bytes_.remove_prefix(*size);
    return value;
}

bool Reader::skip(std::size_t size)
{
    const bool enough = size <= bytes_.size();
    bytes_.remove_prefix(enough ? size : bytes_.size());
    return enough;
}

std::string_view key_type(std::string_view blob)
{
    return Reader(blob).string().value_or(std::string_view());
}

} // namespace manager::trust::wire

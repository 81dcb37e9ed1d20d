#include "agent/installer/own_log.hpp"

#include "common/os/file_calls.hpp"

#include <string>

namespace agent::installer {

namespace {

constexpr std::string_view utf16_mark = "\xff\xfe";
constexpr std::size_t piece = 16 << 10; // bytes; even, for UTF-16

void append_utf8(std::string& text, char32_t letter)
{
    const auto put = [&](char32_t bits) { text += static_cast<char>(bits); };
    if (letter < 0x80) {
        put(letter);
    } else if (letter < 0x800) {
        put(0xC0 | letter >> 6);
        put(0x80 | (letter & 0x3F));
    } else {
        put(letter < 0x10000 ? 0xE0 | letter >> 12 : 0xF0 | letter >> 18);
        if (letter >= 0x10000)
            put(0x80 | (letter >> 12 & 0x3F));
        put(0x80 | (letter >> 6 & 0x3F));
        put(0x80 | (letter & 0x3F));
    }
}

/// Little-endian UTF-16 to UTF-8, piece by piece.
class Decoder {
public:
    std::string take(std::string_view bytes)
    {
        std::string text;
        for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
            take(static_cast<char32_t>(static_cast<unsigned char>(bytes[i]) |
                                       static_cast<unsigned char>(bytes[i + 1]) << 8),
                 text);
        return text;
    }

private:
    void take(char32_t unit, std::string& text)
    {
        const bool high = unit >= 0xD800 && unit < 0xDC00;
        const bool low = unit >= 0xDC00 && unit < 0xE000;
        if (low && high_ != 0)
            append_utf8(text, 0x10000 + ((high_ - 0xD800) << 10) + (unit - 0xDC00));
        else if (!high)
            append_utf8(text, low ? 0xFFFD : unit);
        high_ = high ? unit : 0;
    }

    char32_t high_ = 0; ///< the first half of a pair, whose second is still to come
};

} // namespace

void copy_own_log(const std::filesystem::path& log, const std::function<void(std::string_view)>& take)
{
    using common::os::Open;
    const common::os::Descriptor file = common::os::try_open_regular(log, Open::read | Open::no_link);
    if (!file)
        return;
    char buffer[piece];
    std::ptrdiff_t got = common::os::read_at(file.get(), buffer, utf16_mark.size(), 0);
    const bool wide = got > 0 && std::string_view(buffer, static_cast<std::size_t>(got)) == utf16_mark;
    Decoder decoder;
    for (std::uint64_t at = wide ? utf16_mark.size() : 0;
         (got = common::os::read_at(file.get(), buffer, sizeof buffer, at)) > 0;
         at += static_cast<std::uint64_t>(got)) {
        const std::string_view bytes(buffer, static_cast<std::size_t>(got));
        if (wide)
            take(decoder.take(bytes));
        else
            take(bytes);
    }
}

} // namespace agent::installer

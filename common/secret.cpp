#include "common/secret.hpp"

#include <cstring>
#include <utility>

namespace common {

Secret::Secret(Secret&& other) noexcept : text_(std::move(other.text_))
{
    other.wipe(); // a short string was copied, not moved
}

Secret& Secret::operator=(Secret&& other) noexcept
{
    if (this != &other) {
        wipe();
        text_ = std::move(other.text_);
        other.wipe();
    }
    return *this;
}

Secret::~Secret()
{
    wipe();
}

void Secret::wipe() noexcept
{
    common::wipe(text_);
}

void wipe(char* bytes, std::size_t size) noexcept
{
    if (size == 0)
        return;
    std::memset(bytes, 0, size);
    asm volatile("" : : "r"(bytes) : "memory"); // reads it, as far as the compiler knows: it must be written
}

void wipe(std::string& text) noexcept
{
    wipe(text.data(), text.capacity()); // all of it: an earlier, longer value may still stand behind the end
    text.clear();
}

bool same_secret(std::string_view left, std::string_view right) noexcept
{
    if (left.size() != right.size())
        return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < left.size(); ++i)
        difference |= static_cast<unsigned char>(left[i]) ^ static_cast<unsigned char>(right[i]);
    return difference == 0;
}

} // namespace common

#pragma once

#include "common/secret.hpp"

#include <cstddef>
#include <memory>

namespace common {

/// For containers of bytes that may be secret: what they give back is overwritten.
template <typename Byte>
struct WipingAllocator {
    using value_type = Byte;

    WipingAllocator() = default;
    template <typename Other>
    WipingAllocator(const WipingAllocator<Other>&) noexcept
    {
    }

    Byte* allocate(std::size_t count) { return std::allocator<Byte>().allocate(count); }
    void deallocate(Byte* bytes, std::size_t count) noexcept
    {
        wipe(reinterpret_cast<char*>(bytes), count * sizeof(Byte));
        std::allocator<Byte>().deallocate(bytes, count);
    }

    friend bool operator==(WipingAllocator, WipingAllocator) noexcept { return true; }
};

} // namespace common

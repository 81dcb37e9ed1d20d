#pragma once

#include <memory>

namespace common {

/// Deleter that calls the C library's own close function; being part of the type, it costs nothing.
template <auto Close>
struct CloseWith {
    template <typename Handle>
    void operator()(Handle* handle) const noexcept
    {
        static_cast<void>(Close(handle));
    }
};

/// A C handle with one owner: moves, never copies, closes itself.
template <typename Handle, auto Close>
using Owned = std::unique_ptr<Handle, CloseWith<Close>>;

} // namespace common

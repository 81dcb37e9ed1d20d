#pragma once

#include "common/clock.hpp"
#include "common/os/windows.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace common::os {

/// A key of the registry under HKEY_LOCAL_MACHINE, to be read. What is not there or of another type is
/// nothing.
class RegistryKey {
public:
    /// 32-bit programs have a view of their own of parts of the registry.
    enum class View { bits64, bits32 };

    /// Nothing when there is no such key, or it cannot be read.
    static std::optional<RegistryKey> open(std::string_view path, View view = View::bits64);

    std::optional<RegistryKey> sub_key(std::string_view name) const;
    std::vector<std::string> sub_keys() const;
    std::optional<std::string> text(std::string_view name) const;
    std::optional<std::uint32_t> number(std::string_view name) const;
    bool has(std::string_view name) const;

    /// When a value or key directly in it was last changed.
    SystemTime changed() const;

private:
    struct Close {
        void operator()(HKEY key) const noexcept { ::RegCloseKey(key); }
    };
    using Key = std::unique_ptr<std::remove_pointer_t<HKEY>, Close>;

    RegistryKey(Key key, View view) : key_(std::move(key)), view_(view) {}
    static std::optional<RegistryKey> open(HKEY above, std::string_view path, View view);

    Key key_;
    View view_;
};

} // namespace common::os

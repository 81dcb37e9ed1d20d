#pragma once

#include "common/secret.hpp"
#include "manager/trust/sealing_key.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace manager::trust {

/// Seals what a data folder keeps but must not show to whoever copies it: by a key that the administrator
/// keeps elsewhere. `folder`/strongbox.json tells how the key is made of it, and whether it is the right one.
/// Any thread may call.
class Strongbox {
public:
    /// `secret`: a key or a passphrase of at least 16 bytes; throws `invalid` when it is shorter. The first
    /// one given to a folder stays the one; throws `denied` for another.
    static Strongbox open(const std::filesystem::path& folder, const common::Secret& secret);

    /// In hexadecimal digits.
    std::string seal(const common::Secret& text, std::string_view name) const;
    /// Throws `denied` when that is not what seal() made under this `name`.
    common::Secret unseal(std::string_view sealed, std::string_view name) const;

private:
    explicit Strongbox(SealingKey key) : key_(std::move(key)) {}

    SealingKey key_;
};

} // namespace manager::trust

#pragma once

#include "common/secret.hpp"

#include <string>
#include <string_view>

namespace manager::trust {

/// Seals texts so that nobody reads or changes them without the key: AES-256-GCM with a nonce at random each
/// time. Any thread may call.
class SealingKey {
public:
    static constexpr std::size_t salt_size = 16; ///< bytes

    /// The key that scrypt (N 32768, r 8, p 1: 32 MiB and a tenth of a second) makes of `secret` and `salt`.
    static SealingKey derive(const common::Secret& secret, std::string_view salt);

    /// `text` sealed under `name`: nonce, ciphertext and tag. It opens under that name only, so that what was
    /// sealed for one purpose cannot be passed off as another.
    std::string seal(const common::Secret& text, std::string_view name) const;

    /// Throws `denied` when `sealed` is not what seal() made with this key and `name`.
    common::Secret open(std::string_view sealed, std::string_view name) const;

private:
    explicit SealingKey(common::Secret key) : key_(std::move(key)) {}

    common::Secret key_;
};

} // namespace manager::trust

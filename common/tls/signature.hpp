#pragma once

#include "common/tls/identity.hpp"

#include <string>
#include <string_view>

namespace common::tls {

/// The Ed25519 key with which one run signs what its targets are to do. Made in memory, gone with the run.
class SigningKey {
public:
    static SigningKey make();

    /// 64 raw bytes over exactly the bytes of `message`.
    std::string sign(std::string_view message) const;

    /// The raw public key, 32 bytes.
    const std::string& public_key() const { return public_key_; }

private:
    SigningKey(Key key, std::string public_key);

    Key key_;
    std::string public_key_;
};

/// True when `signature` (raw) is that of `message` by the owner of `public_key` (raw). Never throws on bad
/// input.
bool is_signed(std::string_view message, std::string_view signature, std::string_view public_key);

/// The id of a job: the first 128 bits of SHA-256 over run, target, component and attempt, in hexadecimal. A
/// manager that lost its memory computes the same id again, so a job that was sent already is never started
/// twice. `component` identifies payload and arguments together.
std::string job_id(std::string_view run, std::string_view target, std::string_view component,
                   unsigned attempt);

} // namespace common::tls

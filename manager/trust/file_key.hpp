#pragma once

#include "common/owned.hpp"
#include "manager/trust/user_key.hpp"

#include <openssl/evp.h>

namespace manager::trust {

using PrivateKey = common::Owned<EVP_PKEY, EVP_PKEY_free>;

/// A key whose private half is in our memory, decrypted once for the whole run.
class FileKey final : public UserKey {
public:
    /// Throws `invalid` for a kind of key that cannot log in: all but Ed25519, ECDSA on NIST curves and RSA.
    FileKey(PrivateKey key, std::string name);

    std::string sign(std::string_view data, std::string_view algorithm) const override;

private:
    PrivateKey key_;
};

} // namespace manager::trust

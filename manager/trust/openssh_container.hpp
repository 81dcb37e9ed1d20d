#pragma once

#include "common/secret.hpp"
#include "manager/trust/file_key.hpp"
#include "manager/trust/wire.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace manager::trust {

/// The private key that `reader` comes to, in the form in which OpenSSH has it in its files and hands it to
/// its agent. Throws `invalid` when it is damaged or of an unknown kind.
PrivateKey take_private_key(wire::Reader& reader);

/// The private key format of OpenSSH ("-----BEGIN OPENSSH PRIVATE KEY-----", PROTOCOL.key), which OpenSSL
/// cannot read.
class OpensshContainer {
public:
    /// Nothing when `text` is not of this format. Throws `invalid` when it is damaged.
    static std::optional<OpensshContainer> parse(std::string_view text);

    bool encrypted() const { return cipher_ != "none"; }
    const std::string& public_blob() const { return public_blob_; }

    /// The key of a container that is not encrypted. Throws `invalid` when it is damaged or of an unknown
    /// kind.
    PrivateKey key() const;

private:
    std::string cipher_;
    std::string public_blob_;
    common::Secret privates_;
};

} // namespace manager::trust

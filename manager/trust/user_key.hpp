#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace manager::trust {

/// A key that logs users in: one whose private half we hold, or one that an ssh-agent signs with.
///
/// Any thread may call.
class UserKey {
public:
    virtual ~UserKey() = default;

    /// The raw public key as SSH sends it.
    const std::string& blob() const { return blob_; }

    /// "ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"
    std::string_view type() const;

    /// Where it comes from, for messages: a path, or the comment that the agent has.
    const std::string& name() const { return name_; }

    /// The signature over `data` in the form of `algorithm`, without the algorithm's name in front.
    /// `algorithm` is the key's type, or for RSA "rsa-sha2-512" or "rsa-sha2-256". Throws `denied` when it
    /// cannot sign.
    virtual std::string sign(std::string_view data, std::string_view algorithm) const = 0;

protected:
    UserKey(std::string blob, std::string name) : blob_(std::move(blob)), name_(std::move(name)) {}

private:
    std::string blob_;
    std::string name_;
};

using UserKeyHandle = std::shared_ptr<const UserKey>;

/// One way to show a key to a server.
struct Offer {
    std::string algorithm; ///< what is signed with
    std::string blob;      ///< the public key, to be handed to libssh2
};

/// How to show `key` to a server that calls itself `ident` ("SSH-2.0-OpenSSH_9.2p1 ..."): the first is
/// likelier to be accepted; for RSA there is a second, which costs one of the server's few tries.
///
/// libssh2 1.10 signs with RSA only by SHA-1, which OpenSSH has refused since 8.8. It takes the algorithm's
/// name from the blob, and OpenSSH takes "rsa-sha2-512" there for its RSA type since 7.2, so that name makes
/// both agree.
std::vector<Offer> offers_for(const UserKey& key, std::string_view ident);

} // namespace manager::trust

#pragma once

#include "common/secret.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace manager::serve {

/// What a run logs in with, under a name.
struct Credential {
    std::string name;
    common::Secret password;
    common::Secret sudo_password;
    common::Secret bmc_password;
    common::Secret private_key; ///< its text, for SSH
    common::Secret private_key_passphrase;
};

/// Of one that is kept, what may be told.
struct CredentialInfo {
    std::string name;
    std::int64_t changed = 0; ///< ms since 1970
    bool has_password = false;
    bool has_sudo_password = false;
    bool has_bmc_password = false;
    bool has_private_key = false;
};

/// A server that orders may name.
struct KnownTarget {
    std::string name;
    std::string address; ///< empty: the name
    std::optional<std::uint16_t> port;
    std::string user;       ///< empty: the usual one; so are the next three
    std::string become;     ///< none, sudo, su
    std::string connection; ///< ssh, smb, bmc, local
    std::string jump;       ///< as for ssh -J
    std::vector<std::string> groups;
};

/// A component that is kept.
struct KeptComponent {
    std::string name; ///< what orders name it by; with the ending that its file had
    std::string kind;
    std::string title; ///< what it calls itself
    std::string version;
    std::uint64_t size = 0; ///< bytes
    std::string sha256;
    std::int64_t added = 0; ///< ms since 1970
};

/// What a manager keeps for its callers from run to run. Any thread; what a call changes is durable when it
/// returns.
class Keeper {
public:
    virtual ~Keeper() = default;

    /// Adds or replaces one. Throws `invalid` for a bad name and for what is no private key, `rejected` when
    /// there is no key to seal with.
    virtual void put_credential(Credential credential) = 0;
    virtual std::vector<CredentialInfo> credentials() const = 0;
    /// That it is gone already is no error.
    virtual void remove_credential(const std::string& name) = 0;

    /// Adds or replaces them, all or none. Throws `invalid` for what a file of targets could not say.
    virtual void put_targets(const std::vector<KnownTarget>& targets) = 0;
    virtual std::vector<KnownTarget> targets() const = 0; ///< by name
    virtual void remove_targets(const std::vector<std::string>& names) = 0;

    /// Keeps a copy of a file. The same content under the same name again changes nothing; throws `conflict`
    /// for other content, `invalid` for a bad name and for what is no component.
    virtual KeptComponent add_component(const std::string& name, const std::filesystem::path& file) = 0;
    /// Where somebody's upload of a component is to go until it is complete. Throws `invalid` for a bad name.
    virtual std::filesystem::path incoming(const std::string& name, const std::string& token) = 0;
    /// Takes a complete upload away from there. Throws as add_component().
    virtual KeptComponent take_in(const std::string& name, const std::filesystem::path& file) = 0;
    virtual std::vector<KeptComponent> components() const = 0; ///< by name
    virtual void remove_component(const std::string& name) = 0;
};

} // namespace manager::serve

#pragma once

#include "manager/serve/keeper.hpp"
#include "manager/trust/strongbox.hpp"
#include "manager/trust/user_key.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>

namespace manager::cli {

/// Credentials in `folder`/credentials.json, sealed by a strongbox. Any thread.
class KeptCredentials {
public:
    /// `box` null: nothing can be put or taken, only told and removed.
    KeptCredentials(const std::filesystem::path& folder, std::shared_ptr<const trust::Strongbox> box)
        : file_(folder / "credentials.json"), box_(std::move(box))
    {
    }

    // As serve::Keeper.
    void put(const serve::Credential& credential);
    std::vector<serve::CredentialInfo> all() const;
    void remove(const std::string& name);

    /// Throws `not_found`, or `rejected` when there is no key to unseal it with.
    serve::Credential find(const std::string& name) const;

private:
    struct Entry {
        serve::CredentialInfo info;
        std::string sealed;
    };

    const trust::Strongbox& box() const;
    std::map<std::string, Entry> read() const;
    void write(const std::map<std::string, Entry>& entries) const;

    const std::filesystem::path file_;
    const std::shared_ptr<const trust::Strongbox> box_;
    mutable std::mutex mutex_; ///< around the file
};

/// The private key of a credential that has one, opened. Throws `invalid` when it cannot be, or cannot log in
/// by SSH.
trust::UserKeyHandle key_of(const serve::Credential& credential);

} // namespace manager::cli

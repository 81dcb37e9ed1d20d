#pragma once

#include "manager/serve/authority.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace manager::serve {

/// The tokens by which programs call the API: a file (0600) of their hashes. Several processes may use it at
/// once; each call sees what is there now. Throws `rejected` when the file is damaged. Any thread.
class Tokens {
public:
    struct Entry {
        std::string id; ///< 8 hexadecimal digits
        std::string name;
        Role role = Role::viewer;
        std::int64_t made = 0;    ///< ms since 1970
        std::int64_t expires = 0; ///< ms since 1970
        bool revoked = false;
        std::string sha256; ///< of the token

        bool is_good(std::int64_t when) const { return !revoked && when < expires; }
    };

    explicit Tokens(std::filesystem::path folder) : folder_(std::move(folder)) {}

    struct Made {
        Entry entry;
        std::string token; ///< told this once
    };
    Made add(const std::string& name, Role role, std::int64_t now, std::int64_t expires);
    std::vector<Entry> all() const;
    /// Throws `not_found` when there is no token with this id.
    void revoke(const std::string& id);

    /// The entry of `token`, whether it is still good or not; nothing when it was made up.
    std::optional<Entry> find(std::string_view token) const;

private:
    /// What tells one state of the file from another.
    struct Stamp {
        std::uint64_t file = 0;
        std::int64_t size = -1;
        std::int64_t changed = 0; ///< ns since 1970
        bool operator==(const Stamp&) const = default;
    };

    Stamp stamp() const;
    std::shared_ptr<const std::vector<Entry>> current() const;
    std::vector<Entry> read() const;
    void write(const std::vector<Entry>& entries) const;

    std::filesystem::path folder_;
    mutable std::mutex mutex_; ///< around what was read last, which most calls can do with
    mutable Stamp stamp_;
    mutable std::shared_ptr<const std::vector<Entry>> entries_;
};

} // namespace manager::serve

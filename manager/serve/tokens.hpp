#pragma once

#include "manager/serve/authority.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace manager::serve {

/// The tokens by which programs call the API: a file (0600) of their hashes. Several processes may use it at
/// once; each call reads what is there now. Throws `rejected` when the file is damaged. Any thread.
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

    /// Whom `token` stands for now; nothing when it is unknown, over or revoked.
    std::optional<Caller> find(std::string_view token, std::int64_t now) const;

private:
    void write(const std::vector<Entry>& entries) const;

    std::filesystem::path folder_;
};

} // namespace manager::serve

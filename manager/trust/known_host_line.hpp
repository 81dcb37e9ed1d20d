#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace manager::trust {

/// One entry of a known_hosts file.
class KnownHostLine {
public:
    enum class Kind { key, revoked, authority };

    /// Nothing when `line` (without its newline) is empty, a comment or no entry that OpenSSH would take.
    static std::optional<KnownHostLine> parse(std::string_view line);

    /// True when the entry is about `name`, which is as known_host_name() makes it.
    bool matches(std::string_view name) const;

    Kind kind() const { return kind_; }
    const std::string& blob() const { return blob_; } ///< the raw public key
    const std::string& type() const { return type_; } ///< "ssh-ed25519"

private:
    Kind kind_ = Kind::key;
    std::vector<std::string> patterns_; ///< lower case; with * ? and a leading !
    std::string salt_;                  ///< of a hashed name; then there are no patterns
    std::string hash_;
    std::string type_;
    std::string blob_;
};

} // namespace manager::trust

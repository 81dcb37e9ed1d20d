#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace manager::trust {

/// The key by which a BMC is known, and how it came to be trusted.
struct BmcPin {
    std::string host; ///< as it is connected to
    std::uint16_t port = 443;
    std::string key;         ///< base64 of the SHA-256 of its public key (SubjectPublicKeyInfo)
    std::string certificate; ///< SHA-256 of the certificate that was seen then, hexadecimal; only to be shown
    std::string not_after;   ///< of that certificate, `2031-05-04`; only to be shown
    std::string since;       ///< when it was first trusted, UTC
    std::string by;          ///< who did so, "alice@ws1"
    std::string comment;     ///< one line; may be empty
};

/// The keys of BMCs that we trust, in a text file of this user, one a line:
///
///     HOST sha256//KEY CERTIFICATE NOT-AFTER SINCE BY COMMENT...
///
/// where HOST is `10.0.0.7` or `[10.0.0.7]:8443`. Several lines for one host are several keys, any of which
/// will do: so a key can be replaced without a gap. Empty lines and those with # are skipped.
///
/// Any thread may call; other processes may change the file at any time.
class BmcPins {
public:
    explicit BmcPins(std::filesystem::path file) : file_(std::move(file)) {}

    /// In the order of the file. Throws `invalid`, with the line, for what is no entry: a key that is
    /// overlooked would be trusted anew.
    std::vector<BmcPin> all() const;
    /// The keys trusted for one host; empty: it is not known.
    std::vector<std::string> keys_of(std::string_view host, std::uint16_t port) const;
    /// Adds one, durably. That it is there already is no error.
    void add(const BmcPin& pin);
    /// Takes out those of a host; with a `key` only that one. Returns how many.
    std::size_t remove(std::string_view host, std::uint16_t port, std::string_view key = {});

    const std::filesystem::path& file() const { return file_; }

private:
    std::filesystem::path file_;
};

/// `10.0.0.7`, `[10.0.0.7]:8443`: in lower case.
std::string bmc_name(std::string_view host, std::uint16_t port);

} // namespace manager::trust

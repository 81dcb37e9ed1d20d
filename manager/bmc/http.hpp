#pragma once

#include "common/error.hpp"
#include "common/owned.hpp"
#include "common/secret.hpp"

#include <chrono>
#include <cstdint>
#include <curl/curl.h>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace manager::bmc {

/// Where a BMC answers.
struct Place {
    std::string host; ///< name or numeric address, also IPv6
    std::uint16_t port = 443;
    /// Talk TLS 1.0 and take keys that nobody should use any more: what the oldest BMCs can do.
    bool legacy_tls = false;
};

/// `https://10.0.0.7:8443`, the port only where it is not the usual one.
std::string origin(const Place& place);
/// The same without https://, as targets are named.
std::string place_text(const Place& place);

/// Part of a form (multipart/form-data).
struct Part {
    std::string name;
    std::string text;           ///< its content, where it is no file
    std::string type;           ///< Content-Type; empty: none
    std::filesystem::path file; ///< sent as it is on the disk, without being loaded
    std::string file_name;      ///< told to the BMC
};

/// One request. It may hold a password, so it wipes its text.
struct Ask {
    std::string method = "GET";
    std::string path;                 ///< begins with "/"; with the query
    std::vector<std::string> headers; ///< "If-Match: 12"
    std::string body;
    std::string type;             ///< of `body`
    std::vector<Part> form;       ///< in place of `body`
    std::filesystem::path upload; ///< a file in place of `body`

    std::chrono::milliseconds limit{60'000}; ///< for the whole of it
    /// Bytes of files sent so far, or 0 for a sign of life; throwing ends the request.
    std::function<void(std::uint64_t sent)> progress{};
    /// Called once, before the last bytes of a file are handed to the network: up to there the BMC cannot
    /// have the whole image.
    std::function<void()> last_bytes{};
    /// The answer's body so far, each time that there is more of it; throwing ends the request.
    std::function<void(std::string_view body)> heard{};

    ~Ask();
    Ask() = default;
    Ask(Ask&&) = default;
    Ask& operator=(Ask&&) = default;
};

Ask get(std::string path);
Ask post(std::string path, std::string json);

struct Reply {
    long status = 0;
    std::map<std::string, std::string> headers; ///< names in lower case; of several the last
    std::vector<std::string> cookies;           ///< values of Set-Cookie
    std::string body;                           ///< at most 16 MiB

    bool ok() const { return status >= 200 && status < 300; }
    /// Empty where there is none. `name` in lower case.
    std::string header(const std::string& name) const;
};

/// HTTPS to one BMC. Its key must be one of the pinned ones, checked before anything is sent, so that no
/// password gets to somebody else; certificate authorities and names in certificates do not matter. Follows
/// no redirect, uses no proxy and reads nothing from the environment.
///
/// Used by one thread at a time.
class Http {
public:
    /// `pins`: base64 of the SHA-256 of public keys, at least one.
    Http(Place place, const std::vector<std::string>& pins);
    ~Http();
    Http(Http&&) noexcept;
    Http& operator=(Http&&) noexcept;

    /// Throws `unreachable` when there is no answer in time, `denied` when another key is shown, `rejected`
    /// when the answer is too long or no HTTP. Every status is an answer.
    Reply ask(const Ask& what);

    /// Our own numeric address, as the BMC saw it last; empty before.
    const std::string& own_address() const { return own_address_; }
    /// The BMC's numeric address; empty before the first answer.
    const std::string& peer_address() const { return peer_address_; }
    const Place& place() const { return place_; }
    /// The pinned keys, as libcurl wants them.
    const std::string& pins() const { return pins_; }

private:
    Place place_;
    std::string pins_;
    common::Owned<CURL, curl_easy_cleanup> curl_;
    std::string own_address_;
    std::string peer_address_;
};

/// A new handle of libcurl.
common::Owned<CURL, curl_easy_cleanup> new_handle();

/// Sets what holds for every connection to a BMC, and nothing else.
void prepare(CURL* curl, const Place& place);

/// Numeric address of one end of the newest connection; empty before.
std::string address_of(CURL* curl, CURLINFO which);

/// Sets one option. Throws `defect` when libcurl does not take it.
template <typename Value>
void set(CURL* curl, CURLoption option, Value value)
{
    if (curl_easy_setopt(curl, option, value) != CURLE_OK)
        throw common::Error(common::Trouble::defect,
                            "libcurl does not take its option " + std::to_string(option));
}

/// The BMC shows another key than the one that is trusted. Nothing was sent to it.
class KeyChanged final : public common::Error {
public:
    explicit KeyChanged(const Place& place);
};

/// The error that a result of libcurl's stands for. `text`: what it had to say besides.
[[noreturn]] void fail(CURLcode code, const char* text, const Place& place);

} // namespace manager::bmc

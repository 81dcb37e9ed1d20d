#include "manager/bmc/http.hpp"

#include "common/text.hpp"
#include "manager/bmc/http_request.hpp"

#include <openssl/ssl.h>

namespace manager::bmc {

namespace {

using common::Error;
using common::Trouble;

constexpr long connect_limit = 15'000; ///< ms

/// libcurl wants to be told once for the whole program, by one thread.
class Library {
public:
    Library() { curl_global_init(CURL_GLOBAL_DEFAULT); }
    ~Library() { curl_global_cleanup(); }
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;
};

/// Also those that cannot renegotiate safely (RFC 5746). Nothing is renegotiated here in any case.
CURLcode take_old_handshakes(CURL*, void* context, void*)
{
    SSL_CTX_set_options(static_cast<SSL_CTX*>(context), SSL_OP_LEGACY_SERVER_CONNECT);
    return CURLE_OK;
}

} // namespace

std::string origin(const Place& place)
{
    const bool colons = place.host.find(':') != std::string::npos;
    return "https://" + (colons ? '[' + place.host + ']' : place.host) +
           (place.port == 443 ? "" : ':' + std::to_string(place.port));
}

std::string place_text(const Place& place)
{
    return origin(place).substr(std::string_view("https://").size());
}

Ask::~Ask()
{
    common::wipe(body);
    for (std::string& header : headers)
        common::wipe(header);
    for (Part& part : form)
        common::wipe(part.text);
}

Ask get(std::string path)
{
    Ask ask;
    ask.path = std::move(path);
    return ask;
}

Ask post(std::string path, std::string json)
{
    Ask ask;
    ask.method = "POST";
    ask.path = std::move(path);
    ask.body = std::move(json);
    ask.type = "application/json";
    return ask;
}

std::string Reply::header(const std::string& name) const
{
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
}

common::Owned<CURL, curl_easy_cleanup> new_handle()
{
    static const Library library;
    common::Owned<CURL, curl_easy_cleanup> curl(curl_easy_init());
    if (!curl)
        throw Error(Trouble::defect, "libcurl does not work");
    return curl;
}

std::string address_of(CURL* curl, CURLINFO which)
{
    char* text = nullptr;
    curl_easy_getinfo(curl, which, &text);
    return text == nullptr ? std::string() : std::string(text);
}

void prepare(CURL* curl, const Place& place)
{
    curl_easy_reset(curl); // keeps the connection
    set(curl, CURLOPT_PROTOCOLS_STR, "https");
    set(curl, CURLOPT_NOPROXY, "*");
    set(curl, CURLOPT_PROXY, "");
    set(curl, CURLOPT_FOLLOWLOCATION, 0L);
    set(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(curl, CURLOPT_NOSIGNAL, 1L);
    set(curl, CURLOPT_CONNECTTIMEOUT_MS, connect_limit);
    set(curl, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    set(curl, CURLOPT_SSL_VERIFYPEER, 0L); // the key is checked instead, by CURLOPT_PINNEDPUBLICKEY
    set(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    set(curl, CURLOPT_SSLVERSION,
        static_cast<long>(place.legacy_tls ? CURL_SSLVERSION_TLSv1_0 : CURL_SSLVERSION_TLSv1_2));
    if (place.legacy_tls) {
        set(curl, CURLOPT_SSL_CIPHER_LIST, "DEFAULT@SECLEVEL=0");
        set(curl, CURLOPT_SSL_CTX_FUNCTION, &take_old_handshakes);
    }
    set(curl, CURLOPT_URL, origin(place).c_str());
}

KeyChanged::KeyChanged(const Place& place)
    : Error(Trouble::denied,
            origin(place) + " shows another key than the one that is trusted; nothing was sent to it",
            "if the BMC was reset, replaced or updated: look at 'soapstone trust show " + place_text(place) +
                "', compare at its console, then 'soapstone trust add " + place_text(place) + "'")
{
}

void fail(CURLcode code, const char* text, const Place& place)
{
    const std::string why = common::one_line(*text != '\0' ? text : curl_easy_strerror(code), 300);
    switch (code) {
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        throw KeyChanged(place);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
        throw Error(place.legacy_tls ? Trouble::unreachable : Trouble::denied,
                    origin(place) + ": no TLS connection: " + why,
                    place.legacy_tls
                        ? ""
                        : "is this the port of its HTTPS? Then, a very old BMC may need --legacy-tls, or "
                          "'legacy_tls: true' in the targets file");
    case CURLE_COULDNT_RESOLVE_HOST:
        throw Error(Trouble::unreachable, origin(place) + ": " + why, "is its name spelt right?");
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_URL_MALFORMAT:
        throw Error(Trouble::rejected, origin(place) + ": " + why);
    default:
        throw Error(Trouble::unreachable, origin(place) + ": " + why);
    }
}

Http::Http(Place place, const std::vector<std::string>& pins) : place_(std::move(place))
{
    for (const std::string& pin : pins)
        pins_ += (pins_.empty() ? "" : ";") + ("sha256//" + pin);
    if (pins_.empty())
        throw Error(Trouble::defect, "a BMC without a pinned key");
    curl_ = new_handle();
}

Http::~Http() = default;
Http::Http(Http&&) noexcept = default;
Http& Http::operator=(Http&&) noexcept = default;

Reply Http::ask(const Ask& what)
{
    if (what.path.empty() || what.path.front() != '/' ||
        what.path.find_first_of(" \r\n\t") != std::string::npos)
        throw Error(Trouble::rejected, '"' + common::one_line(what.path, 100) + "\" is no path");
    prepare(curl_.get(), place_);
    set(curl_.get(), CURLOPT_PINNEDPUBLICKEY, pins_.c_str());
    set(curl_.get(), CURLOPT_URL, (origin(place_) + what.path).c_str());
    Reply reply = HttpRequest(curl_.get(), what).run(place_);
    own_address_ = address_of(curl_.get(), CURLINFO_LOCAL_IP);
    peer_address_ = address_of(curl_.get(), CURLINFO_PRIMARY_IP);
    return reply;
}

} // namespace manager::bmc

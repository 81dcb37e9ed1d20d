#include "manager/trust/user_key.hpp"

#include "common/text.hpp"
#include "manager/trust/wire.hpp"

#include <algorithm>

namespace manager::trust {

namespace {

constexpr std::string_view rsa = "ssh-rsa";
constexpr std::string_view rsa_sha512 = "rsa-sha2-512";

/// True for an OpenSSH of at least 7.2, and for a server that does not say what it is.
bool knows_sha512_in_blobs(std::string_view ident)
{
    constexpr std::string_view word = "OpenSSH_";
    const std::size_t at = ident.find(word);
    if (at == std::string_view::npos)
        return ident.empty();
    ident.remove_prefix(at + word.size());
    constexpr std::string_view digits = "0123456789";
    const auto take_number = [&] {
        const std::size_t end = std::min(ident.find_first_not_of(digits), ident.size());
        const std::uint64_t number = common::to_number(ident.substr(0, end)).value_or(0);
        ident.remove_prefix(std::min(end + 1, ident.size())); // and the dot behind it
        return number;
    };
    const std::uint64_t major = take_number();
    return major > 7 || (major == 7 && take_number() >= 2);
}

} // namespace

std::string_view UserKey::type() const
{
    return wire::key_type(blob_);
}

std::vector<Offer> offers_for(const UserKey& key, std::string_view ident)
{
    if (key.type() != rsa)
        return {{std::string(key.type()), key.blob()}};
    const std::string rest = key.blob().substr(wire::string(rsa).size());
    std::vector<Offer> offers{{std::string(rsa_sha512), wire::string(rsa_sha512) + rest},
                              {std::string(rsa), key.blob()}};
    if (!knows_sha512_in_blobs(ident))
        std::swap(offers[0], offers[1]);
    return offers;
}

} // namespace manager::trust

#include "manager/trust/known_host_line.hpp"

#include "common/lower_case.hpp"
#include "common/text.hpp"
#include "manager/trust/base64.hpp"
#include "manager/trust/wire.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace manager::trust {

namespace {

constexpr std::size_t sha1_size = 20;

/// The next word of `line`, which is shortened by it.
std::string_view take_word(std::string_view& line)
{
    constexpr std::string_view blank = " \t";
    line.remove_prefix(std::min(line.find_first_not_of(blank), line.size()));
    const std::string_view word = line.substr(0, line.find_first_of(blank));
    line.remove_prefix(word.size());
    return word;
}

/// Compares with a pattern of * (any text) and ? (any character).
bool matches_pattern(std::string_view pattern, std::string_view text)
{
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos; // the last * seen, and the text that it stands for
    std::size_t star_end = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            star_end = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++star_end;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

std::string hmac_sha1(std::string_view key, std::string_view text)
{
    std::string digest(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(digest.data()), &size);
    digest.resize(size);
    return digest;
}

} // namespace

std::optional<KnownHostLine> KnownHostLine::parse(std::string_view line)
{
    line = common::trim(line);
    if (line.empty() || line[0] == '#')
        return std::nullopt;
    KnownHostLine entry;
    std::string_view names = take_word(line);
    if (names[0] == '@') {
        if (names == "@revoked")
            entry.kind_ = Kind::revoked;
        else if (names == "@cert-authority")
            entry.kind_ = Kind::authority;
        else
            return std::nullopt;
        names = take_word(line);
    }
    entry.type_ = take_word(line);
    const std::optional<std::string> blob = from_base64(take_word(line));
    if (names.empty() || entry.type_.empty() || !blob || wire::key_type(*blob) != entry.type_)
        return std::nullopt;
    entry.blob_ = *blob;

    constexpr std::string_view hashed = "|1|";
    if (names.substr(0, hashed.size()) != hashed) {
        entry.patterns_ = common::split(common::lower_case(names), ',');
        return entry;
    }
    names.remove_prefix(hashed.size());
    const std::size_t bar = std::min(names.find('|'), names.size());
    const std::optional<std::string> salt = from_base64(names.substr(0, bar));
    const std::optional<std::string> hash = from_base64(names.substr(std::min(bar + 1, names.size())));
    if (!salt || !hash || salt->size() != sha1_size || hash->size() != sha1_size)
        return std::nullopt;
    entry.salt_ = *salt;
    entry.hash_ = *hash;
    return entry;
}

bool KnownHostLine::matches(std::string_view name) const
{
    if (!hash_.empty())
        return hmac_sha1(salt_, name) == hash_;
    bool found = false;
    for (const std::string& pattern : patterns_) {
        if (pattern.empty())
            continue;
        if (pattern[0] == '!' && matches_pattern(std::string_view(pattern).substr(1), name))
            return false; // one "not this one" outweighs all others
        found = found || matches_pattern(pattern, name);
    }
    return found;
}

} // namespace manager::trust

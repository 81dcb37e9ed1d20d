#include "manager/baseline/guid.hpp"

#include "common/error.hpp"
#include "common/lower_case.hpp"
#include "common/text.hpp"

#include <openssl/evp.h>

namespace manager::baseline {

std::string guid_text(std::string_view bytes)
{
    std::string text = common::to_hex(bytes.substr(0, 16));
    for (const std::size_t at : {20U, 16U, 12U, 8U})
        text.insert(at, 1, '-');
    return text;
}

std::optional<std::string> guid_of(std::string_view text)
{
    text = common::trim(text);
    if (text.size() == 38 && text.front() == '{' && text.back() == '}')
        text = text.substr(1, 36);
    if (text.size() != 36)
        return std::nullopt;
    std::string digits = common::lower_case(text);
    for (const std::size_t at : {23U, 18U, 13U, 8U}) {
        if (digits[at] != '-')
            return std::nullopt;
        digits.erase(at, 1);
    }
    if (!common::is_hex(digits, 32) || digits.find_first_not_of('0') == std::string::npos)
        return std::nullopt;
    return common::lower_case(text);
}

std::string guid_of_instance(std::string_view id)
{
    const std::string space = common::from_hex("6ba7b8109dad11d180b400c04fd430c8").value();
    const std::string name = space + std::string(id);
    std::string digest(EVP_MAX_MD_SIZE, '\0');
    unsigned int size = 0;
    if (EVP_Digest(name.data(), name.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
                   EVP_sha1(), nullptr) != 1)
        throw common::Error(common::Trouble::defect, "SHA-1 could not be calculated");
    digest.resize(16);
    digest[6] = static_cast<char>((digest[6] & 0x0f) | 0x50); // version 5
    digest[8] = static_cast<char>((digest[8] & 0x3f) | 0x80); // variant of RFC 4122
    return guid_text(digest);
}

} // namespace manager::baseline

#include "manager/serve/url.hpp"

#include "common/text.hpp"

#include <arpa/inet.h>

namespace manager::serve {

std::string url_escaped(std::string_view text)
{
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string escaped;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (plain.find(c) != std::string_view::npos)
            escaped += c;
        else
            escaped += {'%', digits[byte >> 4], digits[byte & 15]};
    }
    return escaped;
}

std::optional<std::string> url_unescaped(std::string_view text)
{
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            plain += text[i];
            continue;
        }
        const std::optional<std::string> byte = common::from_hex(text.substr(i + 1, 2));
        if (!byte || byte->size() != 1)
            return std::nullopt;
        plain += *byte;
        i += 2;
    }
    return plain;
}

std::optional<std::vector<std::string>> path_segments(std::string_view path)
{
    std::vector<std::string> segments;
    if (path.starts_with('/'))
        path.remove_prefix(1);
    for (const std::string& part : common::split(path, '/')) {
        std::optional<std::string> segment = url_unescaped(part);
        if (!segment)
            return std::nullopt;
        segments.push_back(std::move(*segment));
    }
    return segments;
}

std::optional<std::string> query_value(std::string_view query, std::string_view name)
{
    for (const std::string& part : common::split(query, '&')) {
        const std::size_t equals = part.find('=');
        if (equals != std::string::npos && std::string_view(part).substr(0, equals) == name)
            return url_unescaped(std::string_view(part).substr(equals + 1));
    }
    return std::nullopt;
}

std::string plain_address(const std::string& address)
{
    const std::string text = address.substr(0, address.find('%'));
    char written[INET6_ADDRSTRLEN];
    in_addr four;
    if (::inet_pton(AF_INET, text.c_str(), &four) == 1)
        return text;
    in6_addr six;
    if (::inet_pton(AF_INET6, text.c_str(), &six) != 1)
        return {};
    if (IN6_IS_ADDR_V4MAPPED(&six))
        return ::inet_ntop(AF_INET, &six.s6_addr[12], written, sizeof written);
    return ::inet_ntop(AF_INET6, &six, written, sizeof written);
}

std::string url_host(const std::string& address)
{
    if (address.find(':') == std::string::npos)
        return address;
    const std::size_t scope = address.find('%'); // RFC 6874: the sign itself is escaped
    if (scope == std::string::npos)
        return "[" + address + "]";
    return "[" + address.substr(0, scope) + "%25" + address.substr(scope + 1) + "]";
}

} // namespace manager::serve

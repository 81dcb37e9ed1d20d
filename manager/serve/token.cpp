#include "manager/serve/token.hpp"

#include "common/os/file.hpp"

#include <string_view>

namespace manager::serve {

std::string new_token()
{
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    constexpr std::size_t bytes = 24; // a multiple of three, so that there is no padding
    const std::string random = common::os::random_bytes(bytes);
    std::string token;
    for (std::size_t i = 0; i < bytes; i += 3) {
        unsigned group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group = group << 8 | static_cast<unsigned char>(random[i + k]);
        for (int shift = 18; shift >= 0; shift -= 6)
            token += digits[group >> shift & 63];
    }
    return token;
}

} // namespace manager::serve

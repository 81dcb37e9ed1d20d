#pragma once

#include "common/error.hpp"

#include <openssl/err.h>

#include <string_view>

namespace common::tls {

/// Throws a `defect` with OpenSSL's own words when `result` is not success (a null pointer, or less than 1):
/// for calls that only fail when the program is wrong or memory is out. Hands `result` through otherwise.
template <typename Result>
Result checked(Result result, std::string_view doing)
{
    if (result > Result{})
        return result;
    char text[256] = "no reason given";
    if (const unsigned long code = ERR_get_error(); code != 0)
        ERR_error_string_n(code, text, sizeof text);
    ERR_clear_error();
    throw Error(Trouble::defect, std::string(doing) + ": " + text);
}

} // namespace common::tls

#pragma once

#include "common/owned.hpp"

#include <openssl/evp.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace common::tls {

/// SHA-256 of data that comes in pieces. One thread at a time.
class Sha256 {
public:
    Sha256();
    void add(std::string_view bytes);
    std::string hex(); ///< ends the calculation; call once

private:
    Owned<EVP_MD_CTX, EVP_MD_CTX_free> context_;
};

/// 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

/// Hash of all that can be read from `descriptor`, from its start, by pread: what is checked is what is open,
/// not what a path points to by now.
std::string sha256_of_file(int descriptor);

} // namespace common::tls

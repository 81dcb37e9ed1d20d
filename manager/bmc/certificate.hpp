#pragma once

#include "manager/bmc/http.hpp"

#include <string>

namespace manager::bmc {

/// What a BMC shows of itself before anybody logs in. All texts are harmless.
struct ShownKey {
    std::string pin;         ///< base64 of the SHA-256 of its public key
    std::string certificate; ///< SHA-256 of the certificate, 64 hexadecimal digits
    std::string subject;
    std::string issuer;
    std::string serial;    ///< of the certificate, hexadecimal
    std::string not_after; ///< `2031-05-04`
};

/// Connects and looks, sends no request. Throws `unreachable`, and `denied` when no TLS comes about.
ShownKey look_at_key(const Place& place);

} // namespace manager::bmc

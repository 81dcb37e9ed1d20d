#pragma once

#include "common/tls/identity.hpp"

/// Steps of making certificates.
namespace common::tls {

/// A certificate over `key` that is valid until `end`, as ASN.1 writes times, and not signed yet.
Certificate unsigned_certificate(EVP_PKEY* key, std::string_view name, const char* end);

/// Signs it with its own key.
void sign(X509* certificate, EVP_PKEY* key);

} // namespace common::tls

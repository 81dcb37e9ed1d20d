#pragma once

#include "common/owned.hpp"
#include "common/secret.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <string>
#include <string_view>
#include <vector>

namespace common::tls {

using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using Certificate = Owned<X509, X509_free>;

/// A P-256 key and a self-signed certificate over it, made in memory and never written anywhere. Whoever
/// talks to its owner has been told the fingerprint over an authenticated channel; names, dates and issuers
/// mean nothing.
class Identity {
public:
    /// Makes a fresh one; `name` becomes the common name, for people who look at a capture.
    static Identity make(std::string_view name);

    /// One for clients that are not ours, BMCs and browsers, which read certificates the usual way: it names
    /// `hosts` (DNS names and numeric addresses; what is neither is left out) and is good for a server until
    /// 2049. With `rsa` the key is RSA-2048, for those who know nothing else; it takes some 0.2 s of CPU.
    static Identity make_for_strangers(std::string_view name, const std::vector<std::string>& hosts,
                                       bool rsa);

    /// The one that pem() made. Throws `rejected` when the text is damaged.
    static Identity from_pem(std::string_view text);

    /// With the same key, and a fresh certificate that names `hosts`, as make_for_strangers().
    Identity renamed(std::string_view name, const std::vector<std::string>& hosts) const;

    /// Key and certificate, to be kept where nobody else reads.
    Secret pem() const;
    /// The certificate alone, for clients.
    std::string certificate_pem() const;
    /// True when the certificate names all of `hosts`; what is neither a DNS name nor an address is left out.
    bool names(const std::vector<std::string>& hosts) const;

    EVP_PKEY* key() const { return key_.get(); }
    X509* certificate() const { return certificate_.get(); }

    /// SHA-256 over the public key (SubjectPublicKeyInfo), 64 hexadecimal digits: the pin.
    const std::string& fingerprint() const { return fingerprint_; }

private:
    Identity(Key key, Certificate certificate);

    Key key_;
    Certificate certificate_;
    std::string fingerprint_;
};

/// The pin of `certificate`, as Identity::fingerprint().
std::string fingerprint_of(X509* certificate);

} // namespace common::tls

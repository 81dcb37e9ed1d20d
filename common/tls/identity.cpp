#include "common/tls/identity.hpp"

#include "common/text.hpp"
#include "common/tls/check.hpp"
#include "common/tls/context.hpp"
#include "common/tls/hash.hpp"
#include "common/tls/make_certificate.hpp"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/x509.h>

namespace common::tls {

namespace {

using Number = Owned<BIGNUM, BN_free>;

void set_serial(X509* certificate)
{
    constexpr int bits =
        64; // random, so that tools which keep certificates by issuer and serial do not mix them up
    const Number serial(checked(BN_new(), "making a serial number"));
    checked(BN_rand(serial.get(), bits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY), "making a serial number");
    checked(BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)), "making a serial number");
}

void set_names(X509* certificate, std::string_view name)
{
    constexpr std::size_t most =
        60; // characters; RFC 5280, ub-common-name, allows 64, and "..." may be added
    const std::string text = name.empty() ? "unnamed" : one_line(name, most);
    X509_NAME* subject = X509_get_subject_name(certificate);
    checked(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                       reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1, 0),
            "naming a certificate");
    checked(X509_set_issuer_name(certificate, subject), "naming a certificate");
}

/// Valid for ever: clocks of targets are wrong, and the key lives only as long as its run.
constexpr const char* for_ever = "99991231235959Z";

void set_dates(X509* certificate, const char* end)
{
    checked(ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate), "20000101000000Z"),
            "dating a certificate");
    checked(ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate), end), "dating a certificate");
}

} // namespace

Certificate unsigned_certificate(EVP_PKEY* key, std::string_view name, const char* end)
{
    Certificate certificate(checked(X509_new(), "making a certificate"));
    checked(X509_set_version(certificate.get(), X509_VERSION_3), "making a certificate");
    set_serial(certificate.get());
    set_names(certificate.get(), name);
    set_dates(certificate.get(), end);
    checked(X509_set_pubkey(certificate.get(), key), "making a certificate");
    return certificate;
}

void sign(X509* certificate, EVP_PKEY* key)
{
    checked(X509_sign(certificate, key, EVP_sha256()), "signing a certificate");
}

std::string fingerprint_of(X509* certificate)
{
    unsigned char* bytes = nullptr;
    const int size =
        checked(i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &bytes), "encoding a public key");
    struct Free {
        void operator()(unsigned char* memory) const { OPENSSL_free(memory); }
    };
    const std::unique_ptr<unsigned char, Free> owner(bytes);
    return sha256_hex({reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)});
}

Identity::Identity(Key key, Certificate certificate)
    : key_(std::move(key)), certificate_(std::move(certificate)),
      fingerprint_(fingerprint_of(certificate_.get()))
{
}

Identity Identity::make(std::string_view name)
{
    initialise_openssl();
    Key key(checked(EVP_EC_gen("P-256"), "making a key"));
    Certificate certificate = unsigned_certificate(key.get(), name, for_ever);
    sign(certificate.get(), key.get());
    return Identity(std::move(key), std::move(certificate));
}

} // namespace common::tls

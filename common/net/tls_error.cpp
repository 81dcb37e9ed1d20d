#include "common/net/tls_error.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <string>

namespace common::net {

namespace {

/// The alert that the peer sent, as numbered in RFC 8446, section 6; -1 when the failure is of our own
/// finding.
int alert_of(unsigned long code)
{
    const int reason = ERR_GET_REASON(code);
    return ERR_GET_LIB(code) == ERR_LIB_SSL && reason > SSL_AD_REASON_OFFSET ? reason - SSL_AD_REASON_OFFSET
                                                                             : -1;
}

bool is_about_our_key(int alert)
{
    switch (alert) {
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_ACCESS_DENIED:
    case SSL_AD_CERTIFICATE_REQUIRED:
        return true;
    default:
        return false;
    }
}

} // namespace

Error tls_error(std::string_view doing)
{
    const unsigned long code = ERR_peek_error();
    ERR_clear_error();
    const int alert = alert_of(code);
    if (is_about_our_key(alert))
        return {Trouble::denied, std::string("the other side refused our key (TLS alert: ") +
                                     SSL_alert_desc_string_long(alert) + ")"};
    if (ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED)
        return {Trouble::denied, "the other side's key is not the expected one"};
    if (ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
        return {Trouble::denied, "the other side showed no certificate"};
    if (alert == SSL_AD_PROTOCOL_VERSION)
        return {Trouble::rejected, "the other side does not speak TLS 1.3"};
    const char* reason = ERR_reason_error_string(code);
    return {Trouble::rejected, std::string(doing) + ": " + (reason != nullptr ? reason : "unknown failure")};
}

} // namespace common::net

#include "manager/bmc/certificate.hpp"

#include "common/text.hpp"
#include "common/tls/hash.hpp"
#include "common/tls/identity.hpp"
#include "manager/trust/base64.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <cstring>
#include <ctime>

namespace manager::bmc {

namespace {

using common::Error;
using common::Trouble;
using common::tls::Certificate;
using Bio = common::Owned<BIO, BIO_free>;

std::string name_text(const X509_NAME* name)
{
    const Bio bio(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &bytes);
    return common::one_line({bytes, static_cast<std::size_t>(size)}, 200);
}

std::string serial_text(const X509* certificate)
{
    const common::Owned<BIGNUM, BN_free> number(
        ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
    char* text = number ? BN_bn2hex(number.get()) : nullptr;
    const std::string serial = text == nullptr ? "?" : text;
    OPENSSL_free(text);
    return common::one_line(serial, 80);
}

std::string day_text(const ASN1_TIME* time)
{
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1)
        return "?";
    std::array<char, 16> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts)};
}

std::string der_of(X509* certificate)
{
    unsigned char* bytes = nullptr;
    const int size = i2d_X509(certificate, &bytes);
    const std::string der = size > 0
                                ? std::string(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size))
                                : std::string();
    OPENSSL_free(bytes);
    return der;
}

/// The first certificate of the chain that libcurl has seen, as PEM; empty when it saw none.
std::string first_certificate(CURL* curl)
{
    curl_certinfo* chain = nullptr;
    curl_easy_getinfo(curl, CURLINFO_CERTINFO, &chain);
    if (chain == nullptr || chain->num_of_certs < 1)
        return {};
    constexpr std::string_view field = "Cert:";
    for (const curl_slist* line = chain->certinfo[0]; line != nullptr; line = line->next)
        if (std::string_view(line->data).starts_with(field))
            return line->data + field.size();
    return {};
}

} // namespace

ShownKey look_at_key(const Place& place)
{
    const auto curl = new_handle();
    prepare(curl.get(), place);
    std::array<char, CURL_ERROR_SIZE> words{};
    set(curl.get(), CURLOPT_ERRORBUFFER, words.data());
    set(curl.get(), CURLOPT_CONNECT_ONLY, 1L);
    set(curl.get(), CURLOPT_CERTINFO, 1L);
    set(curl.get(), CURLOPT_TIMEOUT_MS, 20'000L);
    if (const CURLcode code = curl_easy_perform(curl.get()); code != CURLE_OK)
        fail(code, words.data(), place);
    const std::string pem = first_certificate(curl.get());
    const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    const Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!certificate)
        throw Error(Trouble::rejected, origin(place) + " shows no certificate that can be read");
    ShownKey key;
    key.pin = trust::to_base64(common::from_hex(common::tls::fingerprint_of(certificate.get())).value_or(""));
    key.certificate = common::tls::sha256_hex(der_of(certificate.get()));
    key.subject = name_text(X509_get_subject_name(certificate.get()));
    key.issuer = name_text(X509_get_issuer_name(certificate.get()));
    key.serial = serial_text(certificate.get());
    key.not_after = day_text(X509_get0_notAfter(certificate.get()));
    return key;
}

} // namespace manager::bmc

#include "common/error.hpp"
#include "common/tls/check.hpp"
#include "common/tls/context.hpp"
#include "common/tls/make_certificate.hpp"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <algorithm>

/// What only managers need is apart, so that agents stay small.
namespace common::tls {

namespace {

/// The last day that old programs can read (RFC 5280, section 4.1.2.5).
constexpr const char* nearly_for_ever = "20491231235959Z";

bool is_dns_name(std::string_view host)
{
    constexpr std::string_view characters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    return !host.empty() && host.size() <= 253 &&
           host.find_first_not_of(characters) == std::string_view::npos;
}

using GeneralName = Owned<GENERAL_NAME, GENERAL_NAME_free>;

/// Nothing when `host` is neither a name nor an address. An address of one link, "fe80::1%eth0", is none.
GeneralName general_name(const std::string& host)
{
    using Octets = Owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free>;
    GeneralName name;
    if (Octets address(a2i_IPADDRESS(host.c_str())); address) {
        name.reset(checked(GENERAL_NAME_new(), "naming a certificate"));
        GENERAL_NAME_set0_value(name.get(), GEN_IPADD, address.release());
    } else if (is_dns_name(host)) {
        Owned<ASN1_IA5STRING, ASN1_IA5STRING_free> text(
            checked(ASN1_IA5STRING_new(), "naming a certificate"));
        checked(ASN1_STRING_set(text.get(), host.data(), static_cast<int>(host.size())),
                "naming a certificate");
        name.reset(checked(GENERAL_NAME_new(), "naming a certificate"));
        GENERAL_NAME_set0_value(name.get(), GEN_DNS, text.release());
    }
    ERR_clear_error(); // a2i_IPADDRESS() leaves one when it is no address
    return name;
}

void set_hosts(X509* certificate, const std::vector<std::string>& hosts)
{
    using Names = Owned<GENERAL_NAMES, GENERAL_NAMES_free>;
    const Names names(checked(GENERAL_NAMES_new(), "naming a certificate"));
    for (const std::string& host : hosts) {
        GeneralName name = general_name(host);
        if (name)
            checked(sk_GENERAL_NAME_push(names.get(), name.release()), "naming a certificate");
    }
    if (sk_GENERAL_NAME_num(names.get()) > 0)
        checked(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, 0),
                "naming a certificate");
}

void add_extension(X509* certificate, int number, const char* value)
{
    const Owned<X509_EXTENSION, X509_EXTENSION_free> extension(
        checked(X509V3_EXT_conf_nid(nullptr, nullptr, number, value), "extending a certificate"));
    checked(X509_add_ext(certificate, extension.get(), -1), "extending a certificate");
}

Certificate certificate_for_strangers(EVP_PKEY* key, std::string_view name,
                                      const std::vector<std::string>& hosts)
{
    const bool rsa = EVP_PKEY_is_a(key, "RSA") == 1;
    Certificate certificate = unsigned_certificate(key, name, nearly_for_ever);
    set_hosts(certificate.get(), hosts);
    add_extension(certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
    add_extension(certificate.get(), NID_key_usage,
                  rsa ? "critical,digitalSignature,keyEncipherment" : "critical,digitalSignature");
    add_extension(certificate.get(), NID_ext_key_usage, "serverAuth");
    sign(certificate.get(), key);
    return certificate;
}

using Memory = Owned<BIO, BIO_free>;

std::string text_in(const Memory& memory)
{
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

} // namespace

Identity Identity::make_for_strangers(std::string_view name, const std::vector<std::string>& hosts, bool rsa)
{
    constexpr unsigned rsa_bits = 2048;
    initialise_openssl();
    Key key(checked(rsa ? EVP_RSA_gen(rsa_bits) : EVP_EC_gen("P-256"), "making a key"));
    Certificate certificate = certificate_for_strangers(key.get(), name, hosts);
    return Identity(std::move(key), std::move(certificate));
}

Identity Identity::renamed(std::string_view name, const std::vector<std::string>& hosts) const
{
    checked(EVP_PKEY_up_ref(key_.get()), "sharing a key");
    Key key(key_.get());
    Certificate certificate = certificate_for_strangers(key.get(), name, hosts);
    return Identity(std::move(key), std::move(certificate));
}

Identity Identity::from_pem(std::string_view text)
{
    initialise_openssl();
    const auto read = [&] {
        return Memory(checked(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), "reading a key"));
    };
    const auto no_passphrase = [](char*, int, int, void*) { return -1; }; // OpenSSL would ask on the terminal
    Key key(PEM_read_bio_PrivateKey(read().get(), nullptr, no_passphrase, nullptr));
    Certificate certificate(PEM_read_bio_X509(read().get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    if (!key || !certificate || X509_check_private_key(certificate.get(), key.get()) != 1)
        throw Error(Trouble::rejected, "the text holds no key with its certificate");
    return Identity(std::move(key), std::move(certificate));
}

Secret Identity::pem() const
{
    const Memory memory(checked(BIO_new(BIO_s_secmem()), "writing a key"));
    checked(PEM_write_bio_PrivateKey(memory.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr),
            "writing a key");
    checked(PEM_write_bio_X509(memory.get(), certificate_.get()), "writing a certificate");
    return Secret(text_in(memory));
}

std::string Identity::certificate_pem() const
{
    const Memory memory(checked(BIO_new(BIO_s_mem()), "writing a certificate"));
    checked(PEM_write_bio_X509(memory.get(), certificate_.get()), "writing a certificate");
    return text_in(memory);
}

bool Identity::names(const std::vector<std::string>& hosts) const
{
    return std::all_of(hosts.begin(), hosts.end(), [this](const std::string& host) {
        const GeneralName name = general_name(host);
        const bool is_address = name && name->type == GEN_IPADD;
        return !name ||
               (is_address ? X509_check_ip_asc(certificate_.get(), host.c_str(), 0)
                           : X509_check_host(certificate_.get(), host.c_str(), host.size(), 0, nullptr)) == 1;
    });
}

} // namespace common::tls

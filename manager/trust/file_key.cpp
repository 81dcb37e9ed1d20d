#include "manager/trust/file_key.hpp"

#include "common/error.hpp"
#include "manager/trust/wire.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>

namespace manager::trust {

using common::Error;
using common::Trouble;

namespace {

using Number = common::Owned<BIGNUM, BN_free>;
using DigestContext = common::Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using EcdsaSignature = common::Owned<ECDSA_SIG, ECDSA_SIG_free>;

[[noreturn]] void fail(const std::string& name)
{
    throw Error(Trouble::invalid, name + " is not a key that SSH can log in with",
                "use an Ed25519, ECDSA or RSA key, as ssh-keygen makes them");
}

std::string mpint(const BIGNUM* number)
{
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
    BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
    return wire::mpint(bytes);
}

std::string mpint_of(const EVP_PKEY* key, const char* part)
{
    BIGNUM* number = nullptr;
    if (EVP_PKEY_get_bn_param(key, part, &number) != 1)
        throw Error(Trouble::defect, "an RSA key without its numbers");
    return mpint(Number(number).get());
}

std::string ed25519_blob(const EVP_PKEY* key)
{
    std::string raw(32, '\0');
    std::size_t size = raw.size();
    EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(raw.data()), &size);
    return wire::string("ssh-ed25519") + wire::string(raw);
}

/// "nistp256" for what OpenSSL calls "prime256v1"; empty for a curve that SSH does not have.
std::string_view ssh_curve(std::string_view openssl_name)
{
    if (openssl_name == "prime256v1" || openssl_name == "P-256")
        return "nistp256";
    if (openssl_name == "secp384r1" || openssl_name == "P-384")
        return "nistp384";
    if (openssl_name == "secp521r1" || openssl_name == "P-521")
        return "nistp521";
    return {};
}

std::string ecdsa_blob(const EVP_PKEY* key)
{
    char group[64] = "";
    std::size_t size = 0;
    std::string point(256, '\0');
    if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, &size) != 1 ||
        EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY,
                                        reinterpret_cast<unsigned char*>(point.data()), point.size(),
                                        &size) != 1)
        return {};
    point.resize(size);
    const std::string curve(ssh_curve(group));
    if (curve.empty())
        return {};
    return wire::string("ecdsa-sha2-" + curve) + wire::string(curve) + wire::string(point);
}

std::string blob_of(const EVP_PKEY* key, const std::string& name)
{
    std::string blob;
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_ED25519:
        blob = ed25519_blob(key);
        break;
    case EVP_PKEY_EC:
        blob = ecdsa_blob(key);
        break;
    case EVP_PKEY_RSA:
        blob = wire::string("ssh-rsa") + mpint_of(key, OSSL_PKEY_PARAM_RSA_E) +
               mpint_of(key, OSSL_PKEY_PARAM_RSA_N);
        break;
    default:
        break;
    }
    if (blob.empty())
        fail(name);
    return blob;
}

const EVP_MD* digest_of(std::string_view algorithm)
{
    if (algorithm == "ssh-ed25519")
        return nullptr; // hashes by itself
    if (algorithm == "rsa-sha2-512" || algorithm == "ecdsa-sha2-nistp521")
        return EVP_sha512();
    if (algorithm == "ecdsa-sha2-nistp384")
        return EVP_sha384();
    if (algorithm == "ssh-rsa")
        return EVP_sha1();
    return EVP_sha256();
}

/// OpenSSL has the two numbers in DER, SSH as two mpints.
std::string ecdsa_to_ssh(const std::string& der)
{
    const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
    const EcdsaSignature signature(d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size())));
    if (!signature)
        throw Error(Trouble::defect, "OpenSSL made an ECDSA signature that it cannot read");
    return mpint(ECDSA_SIG_get0_r(signature.get())) + mpint(ECDSA_SIG_get0_s(signature.get()));
}

} // namespace

FileKey::FileKey(PrivateKey key, std::string name)
    : UserKey(blob_of(key.get(), name), name), key_(std::move(key))
{
}

std::string FileKey::sign(std::string_view data, std::string_view algorithm) const
{
    const auto* bytes = reinterpret_cast<const unsigned char*>(data.data());
    const DigestContext context(EVP_MD_CTX_new());
    std::size_t size = 0;
    std::string signature;
    bool good = context &&
                EVP_DigestSignInit(context.get(), nullptr, digest_of(algorithm), nullptr, key_.get()) == 1 &&
                EVP_DigestSign(context.get(), nullptr, &size, bytes, data.size()) == 1;
    if (good) {
        signature.resize(size);
        good = EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes,
                              data.size()) == 1;
    }
    if (!good)
        throw Error(Trouble::denied, "the key " + name() + " cannot sign with " + std::string(algorithm));
    signature.resize(size);
    return algorithm.substr(0, 6) == "ecdsa-" ? ecdsa_to_ssh(signature) : signature;
}

} // namespace manager::trust

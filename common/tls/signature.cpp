#include "common/tls/signature.hpp"

#include "common/tls/check.hpp"
#include "common/tls/context.hpp"
#include "common/tls/hash.hpp"

namespace common::tls {

namespace {

constexpr std::size_t key_size = 32;       // RFC 8032, section 5.1.5
constexpr std::size_t signature_size = 64; // RFC 8032, section 5.1.6

using Digest = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;

const unsigned char* bytes_of(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

} // namespace

SigningKey::SigningKey(Key key, std::string public_key)
    : key_(std::move(key)), public_key_(std::move(public_key))
{
}

SigningKey SigningKey::make()
{
    initialise_openssl();
    Key key(checked(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), "making a signing key"));
    std::string raw(key_size, '\0');
    std::size_t size = raw.size();
    checked(EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(raw.data()), &size),
            "reading a public key");
    return SigningKey(std::move(key), std::move(raw));
}

std::string SigningKey::sign(std::string_view message) const
{
    const Digest digest(checked(EVP_MD_CTX_new(), "signing"));
    checked(EVP_DigestSignInit(digest.get(), nullptr, nullptr, nullptr, key_.get()), "signing");
    std::string signature(signature_size, '\0');
    std::size_t size = signature.size();
    checked(EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                           bytes_of(message), message.size()),
            "signing");
    return signature;
}

bool is_signed(std::string_view message, std::string_view signature, std::string_view public_key)
{
    if (signature.size() != signature_size || public_key.size() != key_size)
        return false;
    initialise_openssl();
    const Key key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(public_key), public_key.size()));
    const Digest digest(EVP_MD_CTX_new());
    const bool good = key && digest &&
                      EVP_DigestVerifyInit(digest.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
                      EVP_DigestVerify(digest.get(), bytes_of(signature), signature.size(), bytes_of(message),
                                       message.size()) == 1;
    ERR_clear_error(); // a bad signature leaves its reason in this thread's queue
    return good;
}

std::string job_id(std::string_view run, std::string_view target, std::string_view component,
                   unsigned attempt)
{
    Sha256 hash;
    for (const std::string_view part : {run, target, component}) {
        hash.add(std::to_string(part.size()) + ':'); // so that no two lists of parts read alike
        hash.add(part);
    }
    hash.add(std::to_string(attempt));
    constexpr std::size_t digits = 32; // 128 bits
    return hash.hex().substr(0, digits);
}

} // namespace common::tls

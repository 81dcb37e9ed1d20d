#include "manager/trust/sealing_key.hpp"

#include "common/owned.hpp"
#include "common/tls/check.hpp"
#include "common/tls/context.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

namespace manager::trust {

using common::Error;
using common::Secret;
using common::Trouble;
using common::tls::checked;

namespace {

using Cipher = common::Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

constexpr std::size_t key_size = 32;   // AES-256
constexpr std::size_t nonce_size = 12; // what GCM is made for
constexpr std::size_t tag_size = 16;

// scrypt's cost for a secret that is perhaps a passphrase.
constexpr std::uint64_t cost = 1 << 15;
constexpr std::uint64_t block_size = 8;
constexpr std::uint64_t lanes = 1;
constexpr std::uint64_t most_memory = 64 << 20;

unsigned char* bytes_of(std::string& text)
{
    return reinterpret_cast<unsigned char*>(text.data());
}

const unsigned char* bytes_of(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

/// A cipher that has been told key, nonce and name.
Cipher begun(const Secret& key, std::string_view nonce, std::string_view name, bool sealing)
{
    Cipher cipher(checked(EVP_CIPHER_CTX_new(), "making a cipher"));
    checked(EVP_CipherInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key.reveal()),
                              bytes_of(nonce), sealing ? 1 : 0),
            "beginning a cipher");
    int size = 0;
    checked(EVP_CipherUpdate(cipher.get(), nullptr, &size, bytes_of(name), static_cast<int>(name.size())),
            "naming what is sealed");
    return cipher;
}

} // namespace

SealingKey SealingKey::derive(const Secret& secret, std::string_view salt)
{
    common::tls::initialise_openssl();
    const std::string_view text = secret.reveal();
    std::string key(key_size, '\0');
    checked(EVP_PBE_scrypt(text.data(), text.size(), bytes_of(salt), salt.size(), cost, block_size, lanes,
                           most_memory, bytes_of(key), key.size()),
            "making a key of a secret");
    return SealingKey(Secret(std::move(key)));
}

std::string SealingKey::seal(const Secret& text, std::string_view name) const
{
    std::string sealed(nonce_size + text.size() + tag_size, '\0');
    checked(RAND_bytes(bytes_of(sealed), nonce_size), "making a nonce");
    const Cipher cipher = begun(key_, std::string_view(sealed).substr(0, nonce_size), name, true);
    unsigned char* place = bytes_of(sealed) + nonce_size;
    int size = 0;
    checked(
        EVP_CipherUpdate(cipher.get(), place, &size, bytes_of(text.reveal()), static_cast<int>(text.size())),
        "sealing");
    checked(EVP_CipherFinal_ex(cipher.get(), place + size, &size), "sealing");
    checked(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, tag_size, place + text.size()),
            "sealing");
    return sealed;
}

Secret SealingKey::open(std::string_view sealed, std::string_view name) const
{
    const Error refusal(Trouble::denied,
                        "a sealed text does not open: it was changed, or the key is another");
    if (sealed.size() < nonce_size + tag_size)
        throw refusal;
    const Cipher cipher = begun(key_, sealed.substr(0, nonce_size), name, false);
    const std::string_view closed = sealed.substr(nonce_size, sealed.size() - nonce_size - tag_size);
    std::string tag(sealed.substr(sealed.size() - tag_size));
    std::string text(closed.size(), '\0');
    int size = 0;
    checked(EVP_CipherUpdate(cipher.get(), bytes_of(text), &size, bytes_of(closed),
                             static_cast<int>(closed.size())),
            "opening what was sealed");
    checked(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, tag_size, tag.data()),
            "opening what was sealed");
    Secret opened(std::move(text));
    if (EVP_CipherFinal_ex(cipher.get(), bytes_of(tag), &size) != 1)
        throw refusal;
    return opened;
}

} // namespace manager::trust

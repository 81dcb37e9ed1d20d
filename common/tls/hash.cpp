#include "common/tls/hash.hpp"

#include "common/error.hpp"
#include "common/os/file_calls.hpp"
#include "common/text.hpp"
#include "common/tls/check.hpp"
#include "common/tls/context.hpp"

#include <vector>

namespace common::tls {

namespace {

/// Looked up once: OpenSSL takes longer to find the algorithm than to hash a line with it.
const EVP_MD* algorithm()
{
    initialise_openssl();
    static const Owned<EVP_MD, EVP_MD_free> found(
        checked(EVP_MD_fetch(nullptr, "SHA256", nullptr), "looking up SHA-256"));
    return found.get();
}

} // namespace

Sha256::Sha256() : context_(checked(EVP_MD_CTX_new(), "making a hash"))
{
    checked(EVP_DigestInit_ex(context_.get(), algorithm(), nullptr), "starting SHA-256");
}

void Sha256::add(std::string_view bytes)
{
    checked(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()), "hashing");
}

std::string Sha256::hex()
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    checked(EVP_DigestFinal_ex(context_.get(), digest, &size), "ending SHA-256");
    return to_hex({reinterpret_cast<const char*>(digest), size});
}

std::string sha256_hex(std::string_view bytes)
{
    Sha256 hash;
    hash.add(bytes);
    return hash.hex();
}

std::string sha256_of_file(int descriptor)
{
    Sha256 hash;
    std::vector<char> buffer(128 << 10);
    std::uint64_t offset = 0;
    for (;;) {
        const std::ptrdiff_t got = os::read_at(descriptor, buffer.data(), buffer.size(), offset);
        if (got < 0)
            throw system_error("reading a file to hash it");
        if (got == 0)
            return hash.hex();
        hash.add({buffer.data(), static_cast<std::size_t>(got)});
        offset += static_cast<std::uint64_t>(got);
    }
}

} // namespace common::tls

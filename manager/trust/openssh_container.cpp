#include "manager/trust/openssh_container.hpp"

#include "common/error.hpp"
#include "manager/trust/base64.hpp"
#include "manager/trust/wire.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

namespace manager::trust {

using common::Error;
using common::Secret;
using common::Trouble;

namespace {

constexpr std::string_view begin_line = "-----BEGIN OPENSSH PRIVATE KEY-----";
constexpr std::string_view end_line = "-----END OPENSSH PRIVATE KEY-----";

using Number = common::Owned<BIGNUM, BN_clear_free>;
using NumberContext = common::Owned<BN_CTX, BN_CTX_free>;
using ParameterBuilder = common::Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Parameters = common::Owned<OSSL_PARAM, OSSL_PARAM_free>;
using KeyContext = common::Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;

[[noreturn]] void damaged()
{
    throw Error(Trouble::invalid, "the OpenSSH private key is damaged or of an unknown kind");
}

const unsigned char* bytes_of(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string_view take(wire::Reader& reader)
{
    const std::optional<std::string_view> value = reader.string();
    if (!value)
        damaged();
    return *value;
}

Number take_number(wire::Reader& reader)
{
    const std::string_view bytes = take(reader);
    return Number(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

PrivateKey build(const char* kind, OSSL_PARAM_BLD* builder)
{
    const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
    EVP_PKEY* key = nullptr;
    if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, parameters.get()) != 1)
        damaged();
    return PrivateKey(key);
}

PrivateKey ed25519(wire::Reader& reader)
{
    take(reader); // the public half, which stands behind the private one again
    const std::string_view both = take(reader);
    if (both.size() != 64)
        damaged();
    PrivateKey key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(both), 32));
    if (!key)
        damaged();
    return key;
}

PrivateKey ecdsa(wire::Reader& reader)
{
    const std::string curve(take(reader)); // "nistp256"; OpenSSL says "P-256"
    if (curve.substr(0, 5) != "nistp")
        damaged();
    const std::string group = "P-" + curve.substr(5);
    const std::string_view point = take(reader);
    const Number secret = take_number(reader);
    const ParameterBuilder builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, group.c_str(), 0);
    OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret.get());
    return build("EC", builder.get());
}

/// d modulo (prime - 1), which the container leaves out.
Number exponent(const BIGNUM* d, const BIGNUM* prime)
{
    const NumberContext context(BN_CTX_new());
    const Number less(BN_dup(prime));
    Number result(BN_new());
    if (!context || !less || !result || BN_sub_word(less.get(), 1) != 1 ||
        BN_mod(result.get(), d, less.get(), context.get()) != 1)
        damaged();
    return result;
}

PrivateKey rsa(wire::Reader& reader)
{
    const Number n = take_number(reader);
    const Number e = take_number(reader);
    const Number d = take_number(reader);
    const Number coefficient = take_number(reader);
    const Number p = take_number(reader);
    const Number q = take_number(reader);
    const Number dp = exponent(d.get(), p.get());
    const Number dq = exponent(d.get(), q.get());
    const ParameterBuilder builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_D, d.get());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_FACTOR1, p.get());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_FACTOR2, q.get());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_EXPONENT1, dp.get());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_EXPONENT2, dq.get());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_COEFFICIENT1, coefficient.get());
    return build("RSA", builder.get());
}

/// What stands between the two lines, decoded.
Secret body_of(std::string_view text)
{
    const std::size_t from = text.find(begin_line) + begin_line.size();
    const std::size_t to = text.find(end_line, from);
    if (to == std::string_view::npos)
        damaged();
    std::string letters;
    letters.reserve(to - from);
    for (const char c : text.substr(from, to - from))
        if (c != '\n' && c != '\r')
            letters += c;
    std::optional<std::string> bytes = from_base64(letters);
    common::wipe(letters);
    if (!bytes)
        damaged();
    return Secret(std::move(*bytes));
}

} // namespace

std::optional<OpensshContainer> OpensshContainer::parse(std::string_view text)
{
    if (text.find(begin_line) == std::string_view::npos)
        return std::nullopt;
    const Secret body = body_of(text);
    constexpr std::string_view magic("openssh-key-v1\0", 15);
    if (body.reveal().substr(0, magic.size()) != magic)
        damaged();
    wire::Reader reader(body.reveal().substr(magic.size()));
    OpensshContainer container;
    container.cipher_ = take(reader);
    take(reader); // how the passphrase becomes a key,
    take(reader); // with which parameters
    if (reader.number() != 1u)
        damaged();
    container.public_blob_ = take(reader);
    container.privates_ = Secret(std::string(take(reader)));
    return container;
}

PrivateKey OpensshContainer::key() const
{
    wire::Reader reader(privates_.reveal());
    const std::optional<std::uint32_t> check = reader.number();
    if (encrypted() || !check || reader.number() != check)
        damaged();
    return take_private_key(reader);
}

PrivateKey take_private_key(wire::Reader& reader)
{
    const std::string_view type = take(reader);
    if (type == "ssh-ed25519")
        return ed25519(reader);
    if (type.substr(0, 11) == "ecdsa-sha2-")
        return ecdsa(reader);
    if (type == "ssh-rsa")
        return rsa(reader);
    damaged();
}

} // namespace manager::trust

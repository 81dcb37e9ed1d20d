#include "common/error.hpp"
#include "manager/trust/file_key.hpp"
#include "manager/trust/ssh_agent.hpp"
#include "manager/trust/wire.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/toy_ssh_agent.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

using namespace manager::trust;

namespace {

constexpr std::string_view data = "what the server wants to see signed";

/// Keys of each kind, made once.
EVP_PKEY* rsa_key()
{
    static const PrivateKey key(EVP_RSA_gen(2048));
    return key.get();
}

PrivateKey one_more(EVP_PKEY* key)
{
    EVP_PKEY_up_ref(key);
    return PrivateKey(key);
}

bool verifies(EVP_PKEY* key, const EVP_MD* digest, const std::string& signature)
{
    const common::Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    return EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
           EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                            signature.size(), reinterpret_cast<const unsigned char*>(data.data()),
                            data.size()) == 1;
}

std::string first_algorithm(std::string_view ident)
{
    return offers_for(FileKey(one_more(rsa_key()), "a key"), ident).front().algorithm;
}

/// Two mpints as OpenSSL's DER.
std::string der(std::string_view signature)
{
    wire::Reader reader(signature);
    const auto number = [&] {
        const std::string_view bytes = reader.string().value();
        return BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()),
                         nullptr);
    };
    const common::Owned<ECDSA_SIG, ECDSA_SIG_free> both(ECDSA_SIG_new());
    BIGNUM* r = number();
    ECDSA_SIG_set0(both.get(), r, number());
    unsigned char* bytes = nullptr;
    const int size = i2d_ECDSA_SIG(both.get(), &bytes);
    const std::string out(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(rsa_signer)

BOOST_AUTO_TEST_CASE(an_rsa_key_is_shown_by_the_name_of_its_sha_512_signature)
{
    const FileKey key(one_more(rsa_key()), "a key");
    const std::vector<Offer> offers = offers_for(key, "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3");
    BOOST_REQUIRE(offers.size() == 2u);
    BOOST_TEST(offers[0].algorithm == "rsa-sha2-512");
    BOOST_TEST(wire::key_type(offers[0].blob) == "rsa-sha2-512");
    BOOST_TEST((offers[0].blob.substr(4 + 12) == key.blob().substr(4 + 7))); // the numbers are the same
    BOOST_TEST(offers[1].algorithm == "ssh-rsa");
    BOOST_TEST((offers[1].blob == key.blob()));
}

BOOST_AUTO_TEST_CASE(the_trick_is_tried_first_only_on_servers_that_know_it)
{
    BOOST_TEST(first_algorithm("SSH-2.0-OpenSSH_7.2") == "rsa-sha2-512");
    BOOST_TEST(first_algorithm("SSH-2.0-OpenSSH_7.4") == "rsa-sha2-512");
    BOOST_TEST(first_algorithm("SSH-2.0-OpenSSH_8.4p1 Debian-5") == "rsa-sha2-512");
    BOOST_TEST(first_algorithm("SSH-2.0-OpenSSH_10.0p2 Debian-7") == "rsa-sha2-512");
    BOOST_TEST(first_algorithm("SSH-2.0-OpenSSH_7.1p2") == "ssh-rsa");
    BOOST_TEST(first_algorithm("SSH-2.0-OpenSSH_6.6.1p1") == "ssh-rsa");
    BOOST_TEST(first_algorithm("SSH-2.0-dropbear_2022.83") == "ssh-rsa");
    BOOST_TEST(first_algorithm("") == "rsa-sha2-512");
}

BOOST_AUTO_TEST_CASE(rsa_signatures_are_what_their_name_says)
{
    const FileKey key(one_more(rsa_key()), "a key");
    BOOST_TEST(verifies(rsa_key(), EVP_sha512(), key.sign(data, "rsa-sha2-512")));
    BOOST_TEST(verifies(rsa_key(), EVP_sha256(), key.sign(data, "rsa-sha2-256")));
    BOOST_TEST(verifies(rsa_key(), EVP_sha1(), key.sign(data, "ssh-rsa")));
}

BOOST_AUTO_TEST_CASE(ed25519_signs_and_has_one_way_to_be_shown)
{
    const PrivateKey pair(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    const FileKey key(one_more(pair.get()), "a key");
    BOOST_TEST(key.type() == "ssh-ed25519");
    BOOST_TEST(offers_for(key, "SSH-2.0-OpenSSH_9.2p1").size() == 1u);
    BOOST_TEST(verifies(pair.get(), nullptr, key.sign(data, "ssh-ed25519")));
}

BOOST_AUTO_TEST_CASE(ecdsa_signatures_are_two_numbers_on_every_curve)
{
    for (const auto& [curve, digest] : {std::pair{"P-256", EVP_sha256()}, std::pair{"P-384", EVP_sha384()},
                                        std::pair{"P-521", EVP_sha512()}}) {
        const PrivateKey pair(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve));
        const FileKey key(one_more(pair.get()), "a key");
        BOOST_TEST(key.type() == "ecdsa-sha2-nistp" + std::string(curve).substr(2));
        for (int i = 0; i < 20; ++i) // leading zeros and leading high bits come by chance
            BOOST_TEST(verifies(pair.get(), digest, der(key.sign(data, key.type()))));
    }
}

BOOST_AUTO_TEST_CASE(keys_that_ssh_does_not_have_are_refused)
{
    BOOST_CHECK_THROW(FileKey(PrivateKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519")), "k"), common::Error);
    BOOST_CHECK_THROW(FileKey(PrivateKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "secp256k1")), "k"),
                      common::Error);
}

BOOST_AUTO_TEST_CASE(an_agent_is_asked_for_sha_512_under_the_plain_name_of_the_key)
{
    const FileKey key(one_more(rsa_key()), "a key");
    tests::ToySshAgent agent({&key});

    const std::vector<UserKeyHandle> keys = SshAgent(agent.socket()).keys();
    BOOST_REQUIRE(keys.size() == 1u);
    BOOST_TEST((keys[0]->blob() == key.blob()));
    BOOST_TEST(keys[0]->name() == "a key (ssh-agent)");
    const Offer offer = offers_for(*keys[0], "SSH-2.0-OpenSSH_9.2p1").front();
    BOOST_TEST(offer.algorithm == "rsa-sha2-512");
    BOOST_TEST(verifies(rsa_key(), EVP_sha512(), keys[0]->sign(data, offer.algorithm)));
    BOOST_TEST(agent.last_flags() == 4u);
}

BOOST_AUTO_TEST_CASE(an_agent_that_refuses_or_is_gone_is_named)
{
    const FileKey key(one_more(rsa_key()), "a key");
    tests::ToySshAgent agent({&key});
    const std::vector<UserKeyHandle> keys = SshAgent(agent.socket()).keys();
    agent.refuse();
    const auto names_the_agent = [](const common::Error& error) {
        return error.text().find("ssh-agent") == 0 && error.trouble() == common::Trouble::denied;
    };
    BOOST_CHECK_EXCEPTION(keys[0]->sign(data, "rsa-sha2-512"), common::Error, names_the_agent);
    BOOST_CHECK_EXCEPTION(SshAgent("/nowhere/agent").keys(), common::Error, names_the_agent);
}

BOOST_AUTO_TEST_SUITE_END()

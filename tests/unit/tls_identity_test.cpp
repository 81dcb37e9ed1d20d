#include "common/os/file.hpp"
#include "common/tls/hash.hpp"
#include "common/tls/identity.hpp"
#include "common/tls/signature.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <memory>

using namespace common::tls;

BOOST_AUTO_TEST_SUITE(tls_identity)

BOOST_AUTO_TEST_CASE(two_identities_never_have_the_same_pin)
{
    const Identity one = Identity::make("agent");
    const Identity two = Identity::make("agent");

    BOOST_TEST(one.fingerprint().size() == 64u);
    BOOST_TEST(one.fingerprint() != two.fingerprint());
}

BOOST_AUTO_TEST_CASE(the_pin_is_that_of_the_key_whatever_certificate_carries_it)
{
    const Identity identity = Identity::make("agent");
    const Certificate other(X509_dup(identity.certificate()));
    ASN1_INTEGER_set(X509_get_serialNumber(other.get()), 7);
    X509_sign(other.get(), identity.key(), EVP_sha256());

    BOOST_TEST(fingerprint_of(identity.certificate()) == identity.fingerprint());
    BOOST_TEST(fingerprint_of(other.get()) == identity.fingerprint());
}

BOOST_AUTO_TEST_CASE(an_identity_takes_any_name)
{
    for (const char* name : {"", "a name with \n control \x01 characters", "über", "\xff\xfe"})
        BOOST_CHECK_NO_THROW(Identity::make(name));
    BOOST_CHECK_NO_THROW(Identity::make(std::string(1000, 'x')));
    std::string umlauts;
    for (int i = 0; i < 100; ++i)
        umlauts += "ü";
    BOOST_CHECK_NO_THROW(Identity::make("x" + umlauts));
}

BOOST_AUTO_TEST_CASE(a_signature_holds_for_its_message_and_key_only)
{
    const SigningKey key = SigningKey::make();
    const std::string message = "job 7: install bios 2.80";
    const std::string signature = key.sign(message);

    BOOST_TEST(is_signed(message, signature, key.public_key()));
    BOOST_TEST(!is_signed(message + " ", signature, key.public_key()));
    BOOST_TEST(!is_signed(message, signature, SigningKey::make().public_key()));
}

BOOST_AUTO_TEST_CASE(no_flipped_bit_of_a_signature_or_message_passes)
{
    const SigningKey key = SigningKey::make();
    const std::string message = "job 7";
    const std::string signature = key.sign(message);
    const auto flipped = [](std::string text, std::size_t bit) {
        text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
        return text;
    };
    int passed = 0;
    for (std::size_t bit = 0; bit < signature.size() * 8; ++bit)
        passed += is_signed(message, flipped(signature, bit), key.public_key()) ? 1 : 0;
    for (std::size_t bit = 0; bit < message.size() * 8; ++bit)
        passed += is_signed(flipped(message, bit), signature, key.public_key()) ? 1 : 0;
    BOOST_TEST(passed == 0);
}

BOOST_AUTO_TEST_CASE(malformed_signatures_and_keys_are_refused_without_an_exception)
{
    const SigningKey key = SigningKey::make();
    const std::string signature = key.sign("x");

    for (const std::size_t size : {0u, 1u, 31u, 33u, 64u})
        BOOST_TEST(!is_signed("x", signature, std::string(size, 'k')));
    for (const std::size_t size : {0u, 1u, 63u, 65u, 128u})
        BOOST_TEST(!is_signed("x", std::string(size, 's'), key.public_key()));
    BOOST_TEST(is_signed("", key.sign(""), key.public_key()));
}

BOOST_AUTO_TEST_CASE(hashes_are_those_of_the_standard)
{
    // NIST FIPS 180-4 examples
    BOOST_TEST(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    BOOST_TEST(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    Sha256 pieces;
    pieces.add("a");
    pieces.add("");
    pieces.add("bc");
    BOOST_TEST(pieces.hex() == sha256_hex("abc"));
}

BOOST_AUTO_TEST_CASE(a_file_is_hashed_from_its_start_wherever_its_descriptor_stands)
{
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
    const int descriptor = ::fileno(file.get());
    const std::string text(300'000, 'x');
    common::os::write_all(descriptor, text, "the test's file");

    BOOST_TEST(sha256_of_file(descriptor) == sha256_hex(text));
}

BOOST_AUTO_TEST_SUITE_END()

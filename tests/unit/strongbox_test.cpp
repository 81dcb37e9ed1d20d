#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/trust/kept_identity.hpp"
#include "manager/trust/sealing_key.hpp"
#include "manager/trust/strongbox.hpp"
#include "tests/support/scratch.hpp"

#include <boost/test/unit_test.hpp>

using common::Error;
using common::Secret;
using common::Trouble;
using manager::trust::kept_identity;
using manager::trust::SealingKey;
using manager::trust::Strongbox;

namespace {

const Secret& the_key()
{
    static const Secret key("a key of at least 16 bytes");
    return key;
}

bool is_denied(const Error& error)
{
    return error.trouble() == Trouble::denied;
}

bool is_invalid(const Error& error)
{
    return error.trouble() == Trouble::invalid;
}

} // namespace

BOOST_AUTO_TEST_SUITE(strongbox)

BOOST_AUTO_TEST_CASE(what_is_sealed_opens_under_its_name_and_key_only)
{
    const SealingKey key = SealingKey::derive(the_key(), std::string(16, 's'));
    const SealingKey same = SealingKey::derive(the_key(), std::string(16, 's'));
    const SealingKey other = SealingKey::derive(the_key(), std::string(16, 't'));
    for (const std::string& text : {std::string(), std::string("x"), std::string(100'000, 'y')}) {
        const std::string sealed = key.seal(Secret(text), "name");
        BOOST_TEST(same.open(sealed, "name").reveal() == text);
        BOOST_CHECK_EXCEPTION(key.open(sealed, "another"), Error, is_denied);
        BOOST_CHECK_EXCEPTION(other.open(sealed, "name"), Error, is_denied);
    }
    BOOST_TEST(key.seal(Secret("x"), "name") != key.seal(Secret("x"), "name"));
}

BOOST_AUTO_TEST_CASE(no_flipped_bit_and_no_cut_passes)
{
    const SealingKey key = SealingKey::derive(the_key(), std::string(16, 's'));
    const std::string sealed = key.seal(Secret("sesame"), "name");
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
        std::string changed = sealed;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
        BOOST_CHECK_EXCEPTION(key.open(changed, "name"), Error, is_denied);
    }
    for (std::size_t size = 0; size < sealed.size(); ++size)
        BOOST_CHECK_EXCEPTION(key.open(std::string_view(sealed).substr(0, size), "name"), Error, is_denied);
}

BOOST_AUTO_TEST_CASE(a_folder_knows_its_key)
{
    const tests::Scratch scratch;
    const auto folder = scratch.path() / "serve";
    const std::string sealed = Strongbox::open(folder, the_key()).seal(Secret("sesame"), "door");

    BOOST_TEST(Strongbox::open(folder, the_key()).unseal(sealed, "door").reveal() == "sesame");
    BOOST_CHECK_EXCEPTION(Strongbox::open(folder, Secret("another key of 16 bytes")), Error, is_denied);
    BOOST_CHECK_EXCEPTION(Strongbox::open(folder, Secret("too short")), Error, is_invalid);
    BOOST_TEST(common::os::read_file(folder / "strongbox.json").find("16 bytes") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_server_keeps_its_key_where_a_strongbox_seals_it)
{
    const tests::Scratch scratch;
    const auto folder = scratch.path() / "serve";
    const Strongbox box = Strongbox::open(folder, the_key());
    const auto first = kept_identity(folder, {"localhost"}, &box);
    const std::string certificate = common::os::read_file(folder / "certificate.pem");

    BOOST_TEST(kept_identity(folder, {"localhost"}, &box).fingerprint() == first.fingerprint());
    BOOST_TEST(common::os::read_file(folder / "certificate.pem") == certificate);
    const auto moved = kept_identity(folder, {"localhost", "10.0.0.7"}, &box);
    BOOST_TEST(moved.fingerprint() == first.fingerprint());
    BOOST_TEST(moved.names({"10.0.0.7"}));
    BOOST_TEST(!first.names({"10.0.0.7"}));
    BOOST_CHECK_EXCEPTION(kept_identity(folder, {"localhost"}, nullptr), Error, is_invalid);
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        BOOST_TEST(common::os::read_file(entry.path()).find("PRIVATE KEY") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_a_strongbox_a_server_has_a_new_key_each_time_and_keeps_none)
{
    const tests::Scratch scratch;
    const auto folder = scratch.path() / "serve";
    const auto first = kept_identity(folder, {"localhost"}, nullptr);

    BOOST_TEST(kept_identity(folder, {"localhost"}, nullptr).fingerprint() != first.fingerprint());
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        files += entry.path().filename() == "certificate.pem" ? 0 : 1;
    BOOST_TEST(files == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/cli/kept_credentials.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/toy_keys.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using common::Error;
using common::Secret;
using common::Trouble;
using manager::cli::KeptCredentials;
using manager::cli::key_of;
using manager::serve::Credential;
using manager::trust::Strongbox;
using tests::Scratch;

namespace {

Credential with_key(std::string_view key, const std::string& passphrase = {})
{
    Credential credential;
    credential.name = "site";
    credential.private_key = Secret(std::string(key));
    credential.private_key_passphrase = Secret(passphrase);
    return credential;
}

std::shared_ptr<const Strongbox> box(const Scratch& scratch)
{
    return std::make_shared<const Strongbox>(
        Strongbox::open(scratch.path(), Secret("a key of at least 16 bytes")));
}

bool is_invalid(const Error& error)
{
    return error.trouble() == Trouble::invalid;
}

} // namespace

BOOST_AUTO_TEST_SUITE(kept_credentials)

BOOST_AUTO_TEST_CASE(a_private_key_comes_back_and_logs_in)
{
    const Scratch scratch;
    KeptCredentials kept(scratch.path(), box(scratch));
    kept.put(with_key(tests::plain));
    BOOST_TEST(kept.all().at(0).has_private_key);
    BOOST_TEST(!kept.all().at(0).has_password);
    BOOST_TEST(key_of(kept.find("site"))->type() == "ssh-ed25519");
    const std::string file = common::os::read_file_if_there(scratch.path() / "credentials.json").value();
    BOOST_TEST(file.find(tests::plain.substr(100, 40)) == std::string::npos);
    BOOST_TEST(file.find("PRIVATE") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_encrypted_one_is_opened_by_its_passphrase_wherever_it_stands_in_the_text)
{
    const Scratch scratch;
    KeptCredentials kept(scratch.path(), box(scratch));
    kept.put(with_key("\n  " + std::string(tests::locked) + "\n", "sesame"));
    BOOST_TEST(key_of(kept.find("site"))->sign("x", "ssh-ed25519").size() == 64u);
}

BOOST_AUTO_TEST_CASE(what_cannot_log_in_is_not_kept)
{
    const Scratch scratch;
    KeptCredentials kept(scratch.path(), box(scratch));
    const std::string damaged(tests::plain.substr(0, 200));
    for (const std::string& key : {std::string("no key"), damaged, std::string(16'385, 'x')})
        BOOST_CHECK_EXCEPTION(kept.put(with_key(key)), Error, is_invalid);
    for (const char* passphrase : {"", "simsalabim"})
        BOOST_CHECK_EXCEPTION(kept.put(with_key(tests::locked, passphrase)), Error, is_invalid);
    BOOST_CHECK_EXCEPTION(kept.put(with_key("", "sesame")), Error, is_invalid);
    BOOST_TEST(kept.all().empty());
}

BOOST_AUTO_TEST_CASE(one_from_before_there_were_keys_is_read)
{
    const Scratch scratch;
    const auto sealing = box(scratch);
    const nlohmann::json entry{
        {"name", "site"},       {"changed", 1},
        {"password", true},     {"sudo_password", false},
        {"bmc_password", true}, {"sealed", sealing->seal(Secret("3 abc0 1 b"), "credential site")}};
    scratch.file("credentials.json",
                 nlohmann::json{{"format", "soapstone-credentials/1"}, {"credentials", {entry}}}.dump());
    const KeptCredentials kept(scratch.path(), sealing);
    BOOST_TEST(!kept.all().at(0).has_private_key);
    const Credential credential = kept.find("site");
    BOOST_TEST(credential.password.reveal() == "abc");
    BOOST_TEST(credential.bmc_password.reveal() == "b");
    BOOST_TEST(credential.private_key.empty());
}

BOOST_AUTO_TEST_SUITE_END()

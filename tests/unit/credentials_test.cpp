#include "common/error.hpp"
#include "manager/trust/credentials.hpp"
#include "manager/trust/private_file.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/toy_keys.hpp"
#include "tests/support/toy_ssh_agent.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/pem.h>

using namespace manager::trust;
using common::Error;
using common::Secret;
using common::Trouble;
using tests::locked;
using tests::plain;
using tests::Scratch;

namespace {

/// A fresh ECDSA key in PEM, with a passphrase if one is given.
std::string pem(const char* passphrase)
{
    const PrivateKey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    const common::Owned<BIO, BIO_free_all> memory(BIO_new(BIO_s_mem()));
    PEM_write_bio_PKCS8PrivateKey(
        memory.get(), key.get(), passphrase != nullptr ? EVP_aes_256_cbc() : nullptr, passphrase,
        passphrase != nullptr ? static_cast<int>(std::strlen(passphrase)) : 0, nullptr, nullptr);
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

/// Sets an environment variable for one test.
class Environment {
public:
    Environment(const char* name, const std::string& value) : name_(name)
    {
        if (const char* old = std::getenv(name))
            old_ = old;
        ::setenv(name, value.c_str(), 1);
    }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;
    ~Environment() { old_ ? ::setenv(name_, old_->c_str(), 1) : ::unsetenv(name_); }

private:
    const char* name_;
    std::optional<std::string> old_;
};

LoginOptions options(std::vector<std::filesystem::path> identities, Ask ask = nullptr)
{
    LoginOptions options;
    options.identities = std::move(identities);
    options.ask = std::move(ask);
    return options;
}

/// Expects an error that says so.
template <typename Step>
void check_error(Step step, Trouble trouble, std::string_view text, std::string_view hint = "")
{
    try {
        step();
        BOOST_ERROR("no error");
    } catch (const Error& error) {
        BOOST_TEST(name_of(error.trouble()) == name_of(trouble));
        BOOST_TEST(error.text().find(text) != std::string::npos, error.text() << " does not say: " << text);
        BOOST_TEST(error.hint().find(hint) != std::string::npos, error.hint() << " does not say: " << hint);
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(credentials)

BOOST_AUTO_TEST_CASE(keys_are_read_in_openssh_and_pem_format)
{
    const Scratch scratch;
    const Credentials credentials(options({scratch.file("a", plain), scratch.file("b", pem(nullptr))}));
    const Keys keys = credentials.keys_for({});
    BOOST_REQUIRE(keys.keys.size() == 2u);
    BOOST_TEST(keys.keys[0]->type() == "ssh-ed25519");
    BOOST_TEST(keys.keys[1]->type() == "ecdsa-sha2-nistp256");
    BOOST_TEST(keys.keys[0]->sign("x", "ssh-ed25519").size() == 64u);
}

BOOST_AUTO_TEST_CASE(the_keys_of_a_target_go_before_those_of_the_run)
{
    const Scratch scratch;
    const Credentials credentials(options({scratch.file("run", plain)}));
    const Keys keys = credentials.keys_for({scratch.file("target", pem(nullptr))});
    BOOST_REQUIRE(keys.keys.size() == 1u);
    BOOST_TEST(keys.keys[0]->name() == (scratch.path() / "target").string());
}

BOOST_AUTO_TEST_CASE(keys_in_memory_go_before_files_and_after_those_of_the_target)
{
    const Scratch scratch;
    LoginOptions login = options({scratch.file("run", pem(nullptr))});
    login.keys.push_back(
        std::make_shared<FileKey>(KeyText("kept", Secret(std::string(plain))).open(nullptr), "kept"));
    const Credentials credentials(std::move(login));
    const Keys keys = credentials.keys_for({}, {{scratch.file("configured", pem(nullptr))}, false});
    BOOST_REQUIRE(keys.keys.size() == 2u);
    BOOST_TEST(keys.named);
    BOOST_TEST(keys.keys[0]->name() == "kept");
    BOOST_TEST(keys.keys[1]->name() == (scratch.path() / "run").string());
    const Keys own = credentials.keys_for({scratch.file("target", pem(nullptr))});
    BOOST_REQUIRE(own.keys.size() == 1u);
    BOOST_TEST(own.keys[0]->name() == (scratch.path() / "target").string());
}

BOOST_AUTO_TEST_CASE(a_passphrase_is_asked_for_once_per_run)
{
    const Scratch scratch;
    int asked = 0;
    const Credentials credentials(
        options({scratch.file("key", pem("sesame"))}, [&](const std::string& question) {
            ++asked;
            BOOST_TEST(question == "Passphrase of " + (scratch.path() / "key").string() + ": ");
            return Secret("sesame");
        }));
    BOOST_TEST(credentials.keys_for({}).keys.size() == 1u);
    BOOST_TEST(credentials.keys_for({}).keys.size() == 1u);
    BOOST_TEST(asked == 1);
}

BOOST_AUTO_TEST_CASE(a_wrong_or_missing_passphrase_is_named)
{
    const Scratch scratch;
    const auto key = scratch.file("key", pem("sesame"));
    const Credentials wrong(options({key}, [](const std::string&) { return Secret("simsalabim"); }));
    check_error([&] { wrong.keys_for({}); }, Trouble::denied, "wrong passphrase");
    const Credentials nobody(options({key}));
    check_error([&] { nobody.keys_for({}); }, Trouble::denied, "needs a passphrase",
                "ssh-add " + key.string());
}

BOOST_AUTO_TEST_CASE(a_locked_key_in_openssh_format_is_opened_by_the_agent_alone)
{
    const Scratch scratch;
    const auto key = scratch.file("key", locked);
    const Environment nobody("SSH_AUTH_SOCK", "");
    const Credentials without(options({key}, [](const std::string&) { return Secret("sesame"); }));
    check_error([&] { without.keys_for({}); }, Trouble::denied, "needs a passphrase",
                "ssh-add " + key.string());

    // The public half stands in the file, so an agent that holds the key is found without the passphrase.
    class Held final : public UserKey {
    public:
        explicit Held(std::string blob) : UserKey(std::move(blob), "held") {}
        std::string sign(std::string_view, std::string_view) const override { return "signed"; }
    };
    const Held held(KeyFile(key).public_blob().value());
    tests::ToySshAgent agent({&held});
    const Environment there("SSH_AUTH_SOCK", agent.socket().string());
    const Credentials with(options({key}));
    const Keys keys = with.keys_for({});
    BOOST_REQUIRE(keys.keys.size() == 1u);
    BOOST_TEST(keys.keys[0]->sign("x", "ssh-ed25519") == "signed");
}

BOOST_AUTO_TEST_CASE(files_that_are_no_private_keys_are_named)
{
    const Scratch scratch;
    const auto failing = [](const std::filesystem::path& file) {
        return [file] { Credentials(options({file})).keys_for({}); };
    };
    check_error(failing("/nowhere/key"), Trouble::invalid, "/nowhere/key");
    check_error(failing(scratch.file("pub", "ssh-ed25519 AAAA")), Trouble::invalid, "is no private key");
    check_error(failing(scratch.file("cut", plain.substr(0, 200))), Trouble::invalid, "damaged");
    check_error(
        failing(scratch.file("bad", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")),
        Trouble::invalid, "damaged");
    check_error(failing(scratch.file("open", plain, 0644)), Trouble::invalid, "others can read", "chmod 600");
}

BOOST_AUTO_TEST_CASE(an_openssh_key_cut_or_bent_anywhere_is_refused_or_read_but_never_a_crash)
{
    const Scratch scratch;
    for (std::size_t at = 36; at < plain.size() - 36; at += 3) {
        std::string bent(plain);
        bent[at] = bent[at] == 'A' ? '/' : 'A';
        for (const std::string& text :
             {bent, std::string(plain.substr(0, at)) + std::string(plain.substr(at + 4))}) {
            try {
                Credentials(options({scratch.file("key", text)})).keys_for({});
            } catch (const Error&) {
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(without_named_keys_the_agent_and_the_usual_files_are_tried)
{
    const Scratch scratch;
    std::filesystem::create_directory(scratch.path() / ".ssh");
    scratch.file(".ssh/id_ed25519", plain);
    scratch.file(".ssh/id_ecdsa", locked);
    const Environment home("HOME", scratch.path().string());
    const Environment stale("SSH_AUTH_SOCK", "/nowhere/agent");
    const Keys keys = Credentials(options({})).keys_for({});
    BOOST_REQUIRE(keys.keys.size() == 1u);
    BOOST_TEST(keys.keys[0]->name() == (scratch.path() / ".ssh/id_ed25519").string());
    BOOST_REQUIRE(keys.skipped.size() == 2u);
    BOOST_TEST(keys.skipped[0].find("ssh-agent cannot be reached") == 0u);
    BOOST_TEST(keys.skipped[1].find("needs a passphrase") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_server_is_not_shown_more_keys_than_it_suffers)
{
    const Scratch scratch;
    std::vector<std::filesystem::path> files;
    for (const char* name : {"1", "2", "3", "4", "5", "6"})
        files.push_back(scratch.file(name, pem(nullptr)));
    const Keys keys = Credentials(options(files)).keys_for({});
    BOOST_TEST(keys.keys.size() == 4u);
    BOOST_TEST(keys.skipped.at(0) == "only the first 4 of 6 keys were tried");
}

BOOST_AUTO_TEST_CASE(a_password_file_gives_its_first_line)
{
    const Scratch scratch;
    BOOST_TEST(read_password_file(scratch.file("a", "open sesame\nnotes\n")).reveal() == "open sesame");
    BOOST_TEST(read_password_file(scratch.file("b", " blanks count ")).reveal() == " blanks count ");
    BOOST_TEST(read_password_file(scratch.file("c", "from elsewhere\r\n", 0400)).reveal() ==
               "from elsewhere");
}

BOOST_AUTO_TEST_CASE(a_password_file_that_others_can_read_is_refused)
{
    const Scratch scratch;
    for (const mode_t mode : {0640u, 0604u, 0660u, 0610u})
        check_error([&] { read_password_file(scratch.file("a", "open sesame\n", mode)); }, Trouble::invalid,
                    "others can read the password file", "chmod 600 ");
    check_error([&] { read_password_file(scratch.file("b", "\nsecond\n")); }, Trouble::invalid, "is empty");
    check_error([&] { read_password_file("/nowhere/password"); }, Trouble::invalid, "/nowhere/password");
}

BOOST_AUTO_TEST_CASE(sudo_takes_the_password_of_the_login_unless_it_has_its_own)
{
    LoginOptions one;
    one.password = Secret("login");
    BOOST_TEST(Credentials(std::move(one)).sudo_password().reveal() == "login");
    LoginOptions two;
    two.password = Secret("login");
    two.sudo_password = Secret("sudo");
    BOOST_TEST(Credentials(std::move(two)).sudo_password().reveal() == "sudo");
}

BOOST_AUTO_TEST_SUITE_END()

#include "common/text.hpp"
#include "manager/transport/ssh/control/line.hpp"
#include "manager/transport/ssh/login_answers.hpp"
#include "manager/transport/ssh/sign_request.hpp"
#include "manager/trust/wire.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/socket.h>

using namespace manager;
using namespace manager::transport::ssh;
using namespace std::chrono_literals;
using common::Deadline;
using common::Error;
using common::Trouble;
using trust::wire::number;
using trust::wire::string;

namespace {

const trust::Offer offer{"ssh-ed25519", string("ssh-ed25519") + string("the public key")};

/// What is signed to log in, each part of which can be changed.
struct Request {
    std::string session = std::string(32, 's');
    char message = 50;
    std::string user = "admin";
    std::string service = "ssh-connection";
    std::string method = "publickey";
    char signs = 1;
    std::string algorithm = offer.algorithm;
    std::string blob = offer.blob;

    std::string text() const
    {
        return string(session) + message + string(user) + string(service) + string(method) + signs +
               string(algorithm) + string(blob);
    }
    bool good() const { return is_login_request(text(), "admin", offer); }
};

/// A key that signs everything.
class EagerKey final : public trust::UserKey {
public:
    EagerKey() : UserKey(offer.blob, "eager") {}
    std::string sign(std::string_view, std::string_view) const override { return "signed"; }
};

const common::Secret no_password;

LoginMeans means_of(const common::Secret& password = no_password)
{
    trust::Keys keys;
    keys.keys.push_back(std::make_shared<EagerKey>());
    return {"admin", std::move(keys), password};
}

template <typename Step>
void check_refused(Step step, std::string_view text)
{
    BOOST_CHECK_EXCEPTION(step(), Error, [&](const Error& error) {
        return error.trouble() == Trouble::defect && error.text().find(text) != std::string::npos;
    });
}

} // namespace

BOOST_AUTO_TEST_SUITE(what_a_child_may_have_signed)

BOOST_AUTO_TEST_CASE(a_login_of_this_user_with_this_key)
{
    BOOST_TEST(Request{}.good());
}

BOOST_AUTO_TEST_CASE(and_nothing_else)
{
    const auto refused = [](auto change) {
        Request request;
        change(request);
        return !request.good();
    };
    BOOST_TEST(refused([](Request& request) { request.user = "root"; }));
    BOOST_TEST(refused([](Request& request) { request.user = "admit"; }));
    BOOST_TEST(refused([](Request& request) { request.service = "ssh-userauth"; }));
    BOOST_TEST(refused([](Request& request) { request.method = "hostbased"; }));
    BOOST_TEST(refused([](Request& request) { request.message = 51; }));
    BOOST_TEST(refused([](Request& request) { request.signs = 0; }));
    BOOST_TEST(refused([](Request& request) { request.algorithm = "rsa-sha2-512"; }));
    BOOST_TEST(refused([](Request& request) { request.blob += 'x'; }));
    BOOST_TEST(refused([](Request& request) { request.session = "short"; }));
    BOOST_TEST(refused([](Request& request) { request.session = ""; }));
}

BOOST_AUTO_TEST_CASE(not_a_byte_more_or_less)
{
    const std::string good = Request{}.text();
    BOOST_TEST(!is_login_request(good + '\0', "admin", offer));
    for (std::size_t size = 0; size < good.size(); ++size)
        BOOST_TEST(!is_login_request(good.substr(0, size), "admin", offer));
    BOOST_TEST(!is_login_request("SSHSIG" + good, "admin", offer)); // a signed file, a signed commit
}

BOOST_AUTO_TEST_CASE(each_key_once)
{
    const LoginMeans means = means_of();
    LoginAnswers answers(means, "");
    BOOST_TEST(answers.sign({0, 0, Request{}.text()}) == "signed");
    check_refused([&] { answers.sign({0, 0, Request{}.text()}); }, "second signature");
}

BOOST_AUTO_TEST_CASE(only_keys_that_are_there)
{
    const LoginMeans means = means_of();
    LoginAnswers answers(means, "");
    check_refused([&] { answers.sign({1, 0, Request{}.text()}); }, "not there");
    check_refused([&] { answers.sign({0, 1, Request{}.text()}); }, "not there");
    check_refused([&] { answers.sign({UINT32_MAX, UINT32_MAX, Request{}.text()}); }, "not there");
    check_refused([&] { answers.sign({0, 0, "anything"}); }, "something else than this login");
}

BOOST_AUTO_TEST_CASE(a_password_is_given_once_if_there_is_one)
{
    const LoginMeans none = means_of();
    check_refused([&] { LoginAnswers(none, "").password(); }, "not to be had");
    const common::Secret password("open sesame");
    const LoginMeans means = means_of(password);
    LoginAnswers answers(means, "");
    BOOST_TEST(answers.password() == "open sesame");
    check_refused([&] { answers.password(); }, "not to be had");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(control_line)

namespace {

/// A line whose other end says raw bytes.
struct Raw {
    Raw() : Raw(control::Line::make_pair()) {}

    void say(std::string_view bytes) const
    {
        BOOST_REQUIRE(::send(other.get(), bytes.data(), bytes.size(), 0) ==
                      static_cast<ssize_t>(bytes.size()));
    }

    control::Line line;
    common::os::Descriptor other;

private:
    explicit Raw(std::pair<common::os::Descriptor, common::os::Descriptor> ends)
        : line(std::move(ends.first)), other(std::move(ends.second))
    {
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(a_task_arrives_as_it_was_sent)
{
    auto ends = control::Line::make_pair();
    control::Line here(std::move(ends.first));
    control::Line there(std::move(ends.second));
    const control::Task sent{
        "admin", {{"a key", {offer, {"x", ""}}}, {"", {}}}, {"why"}, true, std::string("a\0b", 3), 1500ms,
        90s};
    here.send(control::Word::log_in, encode(sent), Deadline::in(5s));
    const std::optional<control::Message> message = there.receive(Deadline::in(5s));
    BOOST_REQUIRE(message.has_value());
    BOOST_TEST((message->word == control::Word::log_in));
    const control::Task got = control::read_task(message->body);
    BOOST_TEST(got.user == "admin");
    BOOST_REQUIRE(got.keys.size() == 2u);
    BOOST_TEST(got.keys[0].offers[0].blob == offer.blob);
    BOOST_TEST(got.skipped[0] == "why");
    BOOST_TEST(got.has_password);
    BOOST_TEST(got.command == sent.command);
    BOOST_TEST((got.login_limit == 1500ms && got.command_limit == 90s));
}

BOOST_AUTO_TEST_CASE(a_frame_that_is_too_long_or_empty_is_refused_before_it_is_read)
{
    for (const std::uint32_t size : {0u, 65537u, UINT32_MAX}) {
        Raw raw;
        raw.say(number(size));
        check_refused([&] { raw.line.receive(Deadline::in(5s)); }, "too long, or empty");
    }
    Raw raw;
    const std::string body(64 << 10, 'x');
    check_refused([&] { raw.line.send(control::Word::greet, body, Deadline::in(5s)); }, "too long");
}

BOOST_AUTO_TEST_CASE(half_a_frame_is_waited_for_until_the_deadline)
{
    Raw raw;
    raw.say(number(10) + "abc");
    BOOST_CHECK_EXCEPTION(raw.line.receive(Deadline::in(50ms)), Error,
                          [](const Error& error) { return error.trouble() == Trouble::unreachable; });
}

BOOST_AUTO_TEST_CASE(the_end_is_no_message)
{
    Raw raw;
    raw.say(number(10) + "abc");
    raw.other.close();
    BOOST_TEST(!raw.line.receive(Deadline::in(5s)).has_value());
}

BOOST_AUTO_TEST_CASE(a_child_that_reads_nothing_does_not_hold_up_the_manager)
{
    Raw raw;
    const std::string body(60'000, 'x');
    const auto before = std::chrono::steady_clock::now();
    const auto send_much = [&] {
        for (int i = 0; i < 100; ++i)
            raw.line.send(control::Word::signature, body, Deadline::in(50ms));
    };
    BOOST_CHECK_EXCEPTION(send_much(), Error,
                          [](const Error& error) { return error.trouble() == Trouble::unreachable; });
    BOOST_TEST((std::chrono::steady_clock::now() - before < 10s));
}

BOOST_AUTO_TEST_CASE(bodies_that_make_no_sense_are_refused)
{
    check_refused([] { control::read_task(string("admin") + number(UINT32_MAX)); }, "too short");
    check_refused([] { control::read_shown_key(string("a") + string("b") + 'x'); }, "too long");
    check_refused([] { control::read_status(number(256)); }, "a status that no command has");
    check_refused([] { control::read_failure(string("hunger") + number(0)); }, "unknown kind");
    check_refused([] { control::read_failure(string("denied") + number(2)); }, "neither yes nor no");
    check_refused([] { control::read_greeting(number(control::version + 1)); }, "different versions");
}

BOOST_AUTO_TEST_SUITE_END()

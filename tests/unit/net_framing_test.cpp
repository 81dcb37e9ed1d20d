#include "tests/support/usage.hpp"
#include "tests/unit/net_rig.hpp"

#include <boost/test/unit_test.hpp>

using namespace rig;

namespace {

/// What a stranger may send and what has to come of it.
struct Case {
    const char* name;
    std::string bytes;
    int status; ///< of the answer, after which the connection is closed; 0: closed without an answer
};

constexpr std::size_t limit = 1000; // bytes of the route's body

std::string call(const std::string& fields, const std::string& body = "")
{
    return "POST /echo HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n" + body;
}

std::string chunked(const std::string& body)
{
    return call("Transfer-Encoding: chunked\r\n", body);
}

std::string many_fields(std::size_t count)
{
    std::string fields;
    for (std::size_t i = 0; i < count; ++i)
        fields += "a: b\r\n";
    return fields + "Content-Length: 0\r\n";
}

std::vector<Case> framing_cases()
{
    return {
        {"length and chunks", call("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {"chunks and length", call("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), 400},
        {"the same length twice", call("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), 400},
        {"two lengths", call("Content-Length: 5\r\nContent-Length: 0\r\n", "hello"), 400},
        {"a list of lengths", call("Content-Length: 5, 5\r\n", "hello"), 400},
        {"a negative length", call("Content-Length: -5\r\n", "hello"), 400},
        {"a signed length", call("Content-Length: +5\r\n", "hello"), 400},
        {"a hexadecimal length", call("Content-Length: 0x5\r\n", "hello"), 400},
        {"a length of words", call("Content-Length: 5 5\r\n", "hello"), 400},
        {"an empty length", call("Content-Length:\r\n", "hello"), 400},
        {"a length beyond 64 bits", call("Content-Length: 18446744073709551616\r\n", "hello"), 400},
        {"a chunk size beyond 64 bits", chunked("10000000000000005\r\nhello\r\n0\r\n\r\n"), 400},
        {"a negative chunk", chunked("-5\r\nhello\r\n0\r\n\r\n"), 400},
        {"a chunk that is no number", chunked("five\r\nhello\r\n0\r\n\r\n"), 400},
        {"a chunk longer than announced", chunked("4\r\nhello\r\n0\r\n\r\n"), 400},
        {"a chunk extension of 100 KB", chunked("5;" + std::string(100'000, 'x') + "\r\nhello\r\n0\r\n\r\n"),
         400},
        {"many chunk extensions",
         chunked("1;" + std::string(600, 'x') + "\r\nh\r\n1;" + std::string(600, 'x') + "\r\nh\r\n0\r\n\r\n"),
         400},
        {"a trailer field", chunked("5\r\nhello\r\n0\r\nContent-Length: 7\r\n\r\n"), 400},
        {"an innocent trailer field", chunked("5\r\nhello\r\n0\r\nX: y\r\n\r\n"), 400},
        {"chunked twice", call("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
         400},
        {"chunks in HTTP/1.0",
         "POST /echo HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"identity beside a length", call("Content-Length: 5\r\nTransfer-Encoding: identity\r\n", "hello"),
         400},
        {"identity", call("Transfer-Encoding: identity\r\nContent-Length: 5\r\n", "hello"), 501},
        {"xchunked", call("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 501},
        {"gzip, chunked", call("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501},
        {"chunked, chunked", call("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), 501},
        {"chunked with a vertical tab", call("Transfer-Encoding: \vchunked\r\n", "0\r\n\r\n"), 400},
        {"a space before the colon", call("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"), 400},
        {"a folded line", call("X: a\r\n b\r\nContent-Length: 0\r\n"), 400},
        {"a line folded with a tab", call("X: a\r\n\tb\r\nContent-Length: 0\r\n"), 400},
        {"a space before the first field", "POST /echo HTTP/1.1\r\n Host: x\r\nContent-Length: 0\r\n\r\n",
         400},
        {"lines without CR", "POST /echo HTTP/1.1\nHost: x\nContent-Length: 0\n\n", 400},
        {"one line without CR", call("X: y\nContent-Length: 0\r\n"), 400},
        {"CR alone", call("X: y\rContent-Length: 0\r\n"), 400},
        {"a NUL in a value", call(std::string("X: a\0b\r\n", 8) + "Content-Length: 0\r\n"), 400},
        {"a NUL in the path", std::string("GET /ec\0ho HTTP/1.1\r\nHost: x\r\n\r\n", 32), 400},
        {"DEL in a value", call("X: a\x7F\r\nContent-Length: 0\r\n"), 400},
        {"a field without a name", call(": y\r\nContent-Length: 0\r\n"), 400},
        {"a field without a colon", call("nonsense\r\nContent-Length: 0\r\n"), 400},
        {"no Host", "POST /echo HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 400},
        {"two Hosts", call("Host: y\r\nContent-Length: 0\r\n"), 400},
        {"HTTP/2.0", "POST /echo HTTP/2.0\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 400},
        {"HTTP/1.2", "POST /echo HTTP/1.2\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 400},
        {"HTTP/0.9", "GET /echo\r\n\r\n", 400},
        {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
        {"TLS within TLS", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), 400},
        {"garbage", "garbage\r\n\r\n", 400},
        {"an empty line first", "\r\n" + call("Content-Length: 0\r\n"), 400},
        {"a small method", "post /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 400},
        {"a path that goes up", "GET /files/../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"an escaped path", "GET /files/%2e%2e/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"a backslash", "GET /files\\..\\passwd HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"a whole URL", "GET http://x/echo HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"CONNECT", "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"OPTIONS for all", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET with a body", "GET /files/x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", 400},
        {"GET with chunks", "GET /files/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         400},
        {"no length", call(""), 411},
        {"a body declared too large", call("Content-Length: 1001\r\n", std::string(1001, 'x')), 413},
        {"a huge declared body", call("Content-Length: 18446744073709551615\r\n"), 413},
        {"a chunk declared too large", chunked("ffffffffffffffff\r\nhello"), 413},
        {"chunks too large together", chunked("258\r\n" + std::string(600, 'x') + "\r\n258\r\n"), 413},
        {"multipart", call("Content-Type: multipart/related\r\nContent-Length: 5\r\n", "hello"), 415},
        {"another expectation", call("Expect: miracles\r\nContent-Length: 5\r\n", "hello"), 417},
        {"a field of 1 MB", call("X: " + std::string(1'000'000, 'x') + "\r\nContent-Length: 0\r\n"), 431},
        {"200,000 fields", call(many_fields(200'000)), 431},
        {"101 fields", call(many_fields(99)), 431}, // with Host and Content-Length
        {"a target of 100 KB", "GET /" + std::string(100'000, 'x') + " HTTP/1.1\r\nHost: x\r\n\r\n", 431},
        {"an unknown path", "POST /other HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", 404},
        {"a longer path than the route's", "POST /echo/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nh",
         404},
        {"PUT where POST belongs", "PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", 405},
        {"an unknown method", "BREW /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", 405},
        {"a head that never ends", "POST /echo HTTP/1.1\r\nHost: x\r\n", 0},
        {"a body that never ends", call("Content-Length: 10\r\n", "hello"), 0},
        {"chunks without CR", chunked("5\nhello\n0\n\n"), 0},
    };
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr double slower = 20; // instrumented code
#else
constexpr double slower = 1;
#endif

Router limited_router()
{
    Router router;
    router.call("/echo", limit, echo);
    router.get("/files/", [](const Request&) { return Reply(200, "a file"); });
    return router;
}

} // namespace

BOOST_AUTO_TEST_SUITE(net_framing)

BOOST_AUTO_TEST_CASE(hostile_requests_are_refused_cheaply_and_harm_nobody_else)
{
    Host host(limited_router(), short_limits());
    Client neighbour(host.loop, pair().client_context(), "127.0.0.1", host.port);
    neighbour.exchange(post("/echo", "warm"), Deadline::in(5s));
    const std::vector<Case> cases = framing_cases();
    BOOST_REQUIRE(cases.size() >= 44u);
    for (const Case& hostile : cases) {
        const double cpu_before = tests::cpu_time();
        const double memory_before = tests::memory();
        Raw raw(host.port);
        raw.send(hostile.bytes);
        const std::string answer = raw.receive_all();
        const double cpu = tests::cpu_time() - cpu_before;
        const double grown = tests::memory() - memory_before;

        BOOST_TEST_CONTEXT(hostile.name)
        {
            BOOST_TEST(status_of(answer) == hostile.status);
            BOOST_TEST(answer.find("HTTP/1.1", 1) == std::string::npos); // one answer, not a smuggled second
            BOOST_TEST(cpu <= 50 * slower);
            BOOST_TEST(grown <= 16 * slower);
            BOOST_TEST(neighbour.exchange(post("/echo", "good"), Deadline::in(5s)).body == "good");
        }
    }
}

BOOST_AUTO_TEST_CASE(unusual_but_right_requests_are_served)
{
    Host host(limited_router());
    const std::vector<std::pair<std::string, std::string>> cases{
        {chunked("5\r\nhello\r\n0\r\n\r\n"), "hello"},
        {chunked("1\r\nh\r\n004\r\nello\r\n0\r\n\r\n"), "hello"},
        {chunked("5;name=value\r\nhello\r\n0\r\n\r\n"), "hello"},
        {call("transfer-encoding: Chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"), "hello"},
        {call("CONTENT-LENGTH:5\r\n", "hello"), "hello"},
        {call("Content-Length:   5   \r\n", "hello"), "hello"},
        {call("Content-Length: 0\r\n"), ""},
        {call(many_fields(98)), ""}, // 100 fields in all
        {call("X: caf\xc3\xa9\r\nContent-Length: 5\r\n", "hello"), "hello"},
        {"POST /echo?a=%20b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", "hello"},
        {"POST /echo HTTP/1.0\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", "hello"},
        {call("Content-Length: 1000\r\n", std::string(1000, 'x')), std::string(1000, 'x')},
    };
    for (const auto& [bytes, body] : cases) {
        Raw raw(host.port);
        raw.send(bytes);
        const std::string answer = raw.receive_answer();
        BOOST_TEST(status_of(answer) == 200);
        BOOST_TEST(answer.ends_with("\r\n\r\n" + body));
    }
}

BOOST_AUTO_TEST_CASE(a_request_that_comes_byte_by_byte_is_served)
{
    Host host(limited_router());
    Raw raw(host.port);
    for (const char c : call("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"))
        raw.send(std::string_view(&c, 1));
    const std::string chunks = raw.receive_answer();
    for (const char c : call("Content-Length: 5\r\n", "world"))
        raw.send(std::string_view(&c, 1));
    const std::string length = raw.receive_answer();

    BOOST_TEST(chunks.ends_with("\r\n\r\nhello"));
    BOOST_TEST(length.ends_with("\r\n\r\nworld"));
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order)
{
    Host host(limited_router());
    Raw raw(host.port);
    std::string burst;
    std::string expected;
    for (int i = 0; i < 50; ++i) {
        const std::string body = std::to_string(1000 + i);
        burst += call("Content-Length: 4\r\n", body);
        expected += body;
    }
    raw.send(burst + "GET /files/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

    std::string bodies;
    const std::string answers = raw.receive_all();
    for (std::size_t at = answers.find("\r\n\r\n"); at != std::string::npos;
         at = answers.find("\r\n\r\n", at + 4))
        bodies += answers.substr(at + 4, 4);
    BOOST_TEST(bodies == expected + "a fi");
}

BOOST_AUTO_TEST_CASE(an_unknown_path_or_method_without_body_keeps_the_connection)
{
    Host host(limited_router());
    Raw raw(host.port);
    raw.send("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string unknown = raw.receive_answer();
    raw.send("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string wrong = raw.receive_answer();
    raw.send(call("Content-Length: 5\r\n", "hello"));
    const std::string good = raw.receive_answer();

    BOOST_TEST(status_of(unknown) == 404);
    BOOST_TEST(status_of(wrong) == 405);
    BOOST_TEST(wrong.find("\r\nAllow: POST\r\n") != std::string::npos);
    BOOST_TEST(status_of(good) == 200);
}

BOOST_AUTO_TEST_CASE(a_client_that_asks_first_is_told_to_go_on)
{
    Host host(limited_router());
    Raw raw(host.port);
    raw.send(call("Expect: 100-continue\r\nContent-Length: 5\r\n"));
    BOOST_TEST(raw.receive() == "HTTP/1.1 100 Continue\r\n\r\n");
    raw.send("hello");
    BOOST_TEST(raw.receive_answer().ends_with("\r\n\r\nhello"));
}

BOOST_AUTO_TEST_CASE(the_reason_of_an_early_refusal_reaches_a_client_that_is_still_sending)
{
    Host host(limited_router());
    for (const std::size_t size : {60'000u, 4'000'000u}) {
        Client client(host.loop, pair().client_context(), "127.0.0.1", host.port);
        const Reply reply = client.exchange(post("/echo", std::string(size, 'x')), Deadline::in(5s));
        BOOST_TEST(reply.status == 413);
        BOOST_TEST(reply.body == "the body is too large\n");
    }
}

BOOST_AUTO_TEST_SUITE_END()

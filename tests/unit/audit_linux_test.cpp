#include "agent/refusals.hpp"
#include "common/os/audit.hpp"
#include "common/os/descriptor.hpp"
#include "tests/support/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using common::os::Audit;

namespace {

/// What journald and rsyslog have at /dev/log: a real socket.
class Daemon {
public:
    explicit Daemon(const std::filesystem::path& path)
        : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.string().copy(address.sun_path, sizeof address.sun_path - 1);
        BOOST_REQUIRE(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    }

    /// The next message; empty: there is none.
    std::string next() const
    {
        char buffer[8'192];
        const ssize_t size = ::recv(socket_.get(), buffer, sizeof buffer, 0);
        return size > 0 ? std::string(buffer, static_cast<std::size_t>(size)) : "";
    }

private:
    common::os::Descriptor socket_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(audit)

BOOST_AUTO_TEST_CASE(a_line_reaches_the_log_daemon_in_the_form_of_syslog)
{
    const tests::Scratch scratch;
    const Daemon daemon(scratch.path() / "log");
    const Audit audit("soapstone-agent", {{"run", "41ab"}}, scratch.path() / "log");
    audit.tell("job_over", {{"state", "failed"}, {"exit_code", "1"}});
    audit.warn("refused");
    const std::string name = "soapstone-agent[" + std::to_string(::getpid()) + "]: ";
    const std::string first = daemon.next();
    BOOST_TEST(first.starts_with("<85>")); // authpriv, notice
    BOOST_TEST(first.substr(4 + 15) == " " + name + "event=job_over run=41ab state=failed exit_code=1");
    const std::string second = daemon.next();
    BOOST_TEST(second.starts_with("<84>")); // authpriv, warning
    BOOST_TEST(second.ends_with(name + "event=refused run=41ab"));
}

BOOST_AUTO_TEST_CASE(nothing_in_a_value_begins_a_line_or_a_key_of_its_own)
{
    const Audit audit("x", {});
    const auto line = [&](const std::string& value) { return audit.line("e", {{"k", value}}); };
    BOOST_TEST(line("web-1.example:22") == "event=e k=web-1.example:22");
    BOOST_TEST(line("") == "event=e k=\"\"");
    BOOST_TEST(line("a b") == "event=e k=\"a b\"");
    BOOST_TEST(line("a=b") == "event=e k=\"a=b\"");
    BOOST_TEST(line("x\" event=start_run") == "event=e k=\"x\\\" event=start_run\"");
    BOOST_TEST(line("x\\") == "event=e k=\"x\\\\\"");
    BOOST_TEST(line("x\n<80>y\r\x1b[2J\x7f") == "event=e k=x?<80>y??[2J?");
    BOOST_TEST(line("gr\xC3\xBC\xC3\x9F") == "event=e k=\"gr\xC3\xBC\xC3\x9F\"");
    BOOST_TEST(line(std::string(10'000, 'a')).size() < 300U);
}

BOOST_AUTO_TEST_CASE(without_a_log_daemon_or_with_one_that_hangs_nobody_waits)
{
    const tests::Scratch scratch;
    const auto begin = std::chrono::steady_clock::now();
    const Audit nobody("x", {}, scratch.path() / "none");
    nobody.tell("e");
    Audit("x", {}, "/" + std::string(300, 'a')).tell("e");
    const Daemon deaf(scratch.path() / "log");
    const Audit audit("x", {}, scratch.path() / "log");
    for (int i = 0; i < 10'000; ++i)
        audit.tell("e", {{"number", std::to_string(i)}});
    BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds(5)));
    BOOST_TEST(deaf.next().ends_with("event=e number=0"));
}

BOOST_AUTO_TEST_CASE(clients_with_a_wrong_key_cannot_flood_the_log)
{
    const tests::Scratch scratch;
    const Daemon daemon(scratch.path() / "log");
    const Audit audit("x", {}, scratch.path() / "log");
    agent::Refusals refusals(audit);
    for (int i = 0; i < 1'000; ++i)
        refusals.see("10.0.0.9", "the other side's key is not the expected one");
    BOOST_TEST(daemon.next().ends_with(
        "event=refused from=10.0.0.9 why=\"the other side's key is not the expected one\" others=0"));
    BOOST_TEST(daemon.next() == "");
}

BOOST_AUTO_TEST_SUITE_END()

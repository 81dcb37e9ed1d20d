#include "manager/transport/openssh/desk.hpp"
#include "tests/support/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using manager::transport::openssh::Desk;
using tests::Scratch;

namespace {

/// What a desk for the processes of `session` answers to this process.
std::string answer_for(pid_t session)
{
    const Scratch scratch;
    const auto path = scratch.path() / "desk";
    Desk desk(path,
              [](const auto& words) -> std::optional<std::string> { return "+" + words.at(0) + words.at(1); },
              {});
    BOOST_TEST((std::filesystem::status(path).permissions() ==
                (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)));
    desk.open(session);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    const common::os::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    BOOST_REQUIRE(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    constexpr std::string_view question("a\0b\0", 4);
    ::send(socket.get(), question.data(), question.size(), MSG_NOSIGNAL);
    ::shutdown(socket.get(), SHUT_WR);
    char buffer[100];
    const ssize_t got = ::recv(socket.get(), buffer, sizeof buffer, 0);
    return got > 0 ? std::string(buffer, static_cast<std::size_t>(got)) : std::string();
}

} // namespace

BOOST_AUTO_TEST_SUITE(openssh_desk)

BOOST_AUTO_TEST_CASE(only_processes_of_its_session_are_answered)
{
    BOOST_TEST(answer_for(::getsid(0)) == "+ab");
    BOOST_TEST(answer_for(::getsid(0) + 1) == "");
}

BOOST_AUTO_TEST_SUITE_END()

#include "common/error.hpp"
#include "manager/transport/ssh/child/confinement.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/rand.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <functional>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

/// Sanitizers and gcov need what a confined process has not.
boost::test_tools::assertion_result built_confined(boost::unit_test::test_unit_id)
{
#ifdef SOAPSTONE_CONFINED
    return true;
#else
    return false;
#endif
}

/// The wait status of a confined process that does `step` and ends with what it returns.
int confined(const std::function<int()>& step)
{
    const pid_t pid = ::fork();
    if (pid == 0) {
        try {
            manager::transport::ssh::child::confine();
        } catch (const common::Error& error) {
            std::fprintf(stderr, "%s\n", error.what());
            ::_exit(99);
        }
        ::_exit(step());
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return status;
}

bool is_killed(const std::function<int()>& step)
{
    const int status = confined(step);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

/// The exit code; -1 when it was killed.
int result(const std::function<int()>& step)
{
    const int status = confined(step);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace

BOOST_AUTO_TEST_SUITE(a_confined_process, *boost::unit_test::precondition(built_confined))

BOOST_AUTO_TEST_CASE(opens_no_file)
{
    BOOST_TEST(result([] { return ::open("/etc/passwd", O_RDONLY) < 0 ? errno : 0; }) == EACCES);
    BOOST_TEST(result([] { return ::open("/tmp/x", O_WRONLY | O_CREAT, 0600) < 0 ? errno : 0; }) == EACCES);
    BOOST_TEST(is_killed([] { return ::unlink("/tmp/nothing"); }));
    BOOST_TEST(is_killed([] { return ::chdir("/"); }));
}

BOOST_AUTO_TEST_CASE(makes_no_socket_and_goes_nowhere)
{
    BOOST_TEST(is_killed([] { return ::socket(AF_INET, SOCK_STREAM, 0); }));
    BOOST_TEST(is_killed([] { return ::socket(AF_UNIX, SOCK_STREAM, 0); }));
    BOOST_TEST(is_killed([] {
        const sockaddr_in address{};
        return ::connect(0, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }));
    BOOST_TEST(is_killed([] {
        msghdr message{};
        return static_cast<int>(::sendmsg(0, &message, 0)); // could hand on descriptors
    }));
}

BOOST_AUTO_TEST_CASE(starts_and_touches_no_other_process)
{
    BOOST_TEST(is_killed([] { return ::execl("/bin/true", "true", nullptr); }));
    BOOST_TEST(is_killed([] { return static_cast<int>(::fork()); }));
    BOOST_TEST(is_killed([] { return ::kill(1, 0); }));
    BOOST_TEST(is_killed([] { return static_cast<int>(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }));
}

BOOST_AUTO_TEST_CASE(makes_no_memory_executable)
{
    const auto map = [](int rights) {
        return ::mmap(nullptr, 4096, rights, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? 1 : 0;
    };
    BOOST_TEST(result([&] { return map(PROT_READ | PROT_WRITE); }) == 0);
    BOOST_TEST(is_killed([&] { return map(PROT_READ | PROT_WRITE | PROT_EXEC); }));
    BOOST_TEST(is_killed([] {
        alignas(4096) static char page[4096];
        return ::mprotect(page, sizeof page, PROT_READ | PROT_EXEC);
    }));
}

BOOST_AUTO_TEST_CASE(has_little_memory_and_no_way_to_more)
{
    BOOST_TEST(result([] { return std::malloc(500 << 20) == nullptr ? 0 : 1; }) == 0);
    BOOST_TEST(is_killed([] {
        const rlimit more{RLIM_INFINITY, RLIM_INFINITY};
        return ::setrlimit(RLIMIT_AS, &more);
    }));
}

BOOST_AUTO_TEST_CASE(still_carries_bytes_throws_and_makes_random_numbers)
{
    int ends[2];
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    BOOST_TEST(result([&] {
                   unsigned char bytes[1000];
                   if (RAND_bytes(bytes, sizeof bytes) != 1)
                       return 1;
                   try {
                       throw std::runtime_error(std::string(100'000, 'x'));
                   } catch (const std::runtime_error&) {
                       return ::send(ends[0], bytes, sizeof bytes, 0) == sizeof bytes ? 0 : 2;
                   }
               }) == 0);
    ::close(ends[0]);
    ::close(ends[1]);
}

BOOST_AUTO_TEST_SUITE_END()

#include "common/error.hpp"
#include "common/os/file.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

BOOST_AUTO_TEST_SUITE(files)

BOOST_AUTO_TEST_CASE(a_process_that_ends_while_it_is_looked_at_is_not_there)
{
    const pid_t child = ::fork();
    if (child == 0) {
        ::pause();
        ::_exit(0);
    }
    const common::os::Descriptor stat =
        common::os::open_file("/proc/" + std::to_string(child) + "/stat", common::os::Open::read);
    const std::string again = "/proc/self/fd/" + std::to_string(stat.get()); // can be opened, but not read
    BOOST_TEST(common::os::read_file_if_there(again).has_value());
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    BOOST_TEST(!common::os::read_file_if_there(again).has_value());
    BOOST_CHECK_THROW(common::os::read_file(again), common::Error);
}

BOOST_AUTO_TEST_SUITE_END()

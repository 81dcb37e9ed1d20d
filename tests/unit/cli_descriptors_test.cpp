#include "manager/cli/descriptors.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <sys/resource.h>

namespace {

/// The process's limit of open files, as it was before when this goes.
class Limit {
public:
    Limit() { ::getrlimit(RLIMIT_NOFILE, &before_); }
    ~Limit() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    Limit(const Limit&) = delete;
    Limit& operator=(const Limit&) = delete;

    void set(rlim_t files) const
    {
        rlimit limit = before_;
        limit.rlim_cur = files;
        BOOST_REQUIRE_EQUAL(::setrlimit(RLIMIT_NOFILE, &limit), 0);
    }
    rlim_t most() const { return before_.rlim_max; }

private:
    rlimit before_{};
};

} // namespace

BOOST_AUTO_TEST_CASE(the_usual_limit_is_raised_as_far_as_it_is_allowed_and_of_use)
{
    const Limit limit;
    limit.set(1'024);
    BOOST_TEST(manager::cli::most_descriptors() == 1'024u);
    manager::cli::raise_most_descriptors();
    BOOST_TEST(manager::cli::most_descriptors() == std::min<rlim_t>(limit.most(), 65'536));
}

BOOST_AUTO_TEST_CASE(connections_of_strangers_leave_descriptors_for_runs)
{
    const Limit limit;
    limit.set(1'024);
    BOOST_TEST(manager::cli::most_connections() == 512u);
    if (limit.most() < 16'000)
        return; // a machine that allows no more
    limit.set(16'000);
    BOOST_TEST(manager::cli::most_connections() == 16'000u - 4'096u);
}

#include "manager/rollout/workers.hpp"

#include <boost/test/unit_test.hpp>

#include <latch>
#include <string>

using manager::rollout::Urgency;
using manager::rollout::Workers;

BOOST_AUTO_TEST_SUITE(workers)

BOOST_AUTO_TEST_CASE(the_most_urgent_goes_first_and_of_one_urgency_what_came_first)
{
    std::latch begun{1}, go{1}, done{6};
    std::string order; // of one thread
    Workers one(1);
    one.add(
        [&] {
            begun.count_down();
            go.wait();
        },
        Urgency::fresh);
    begun.wait();
    const auto task = [&](char name) {
        return [&, name] {
            order += name;
            done.count_down();
        };
    };
    one.add(task('e'), Urgency::fresh);
    one.add(task('f'), Urgency::fresh);
    one.add(task('c'), Urgency::begun);
    one.add(task('a'), Urgency::now);
    one.add(task('d'), Urgency::begun);
    one.add(task('b'), Urgency::now);
    go.count_down();
    done.wait();
    BOOST_TEST(order == "abcdef");
}

BOOST_AUTO_TEST_SUITE_END()

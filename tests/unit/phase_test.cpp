#include "manager/rollout/driver.hpp"
#include "manager/rollout/phase.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace manager::rollout;

namespace {

constexpr std::array every_phase{
    Phase::waiting,   Phase::scouting,   Phase::copying,    Phase::starting,  Phase::inventory,
    Phase::planned,   Phase::staging,    Phase::installing, Phase::rebooting, Phase::reconnecting,
    Phase::verifying, Phase::collecting, Phase::removing,   Phase::done,
};

/// Whether the way from `phase` by `event` (where that makes no sense: by a failure) passes `removing`.
bool passes_removing(Phase phase, Event event)
{
    for (std::size_t steps = 0; phase != Phase::done; ++steps) {
        BOOST_REQUIRE(steps < every_phase.size());
        if (phase == Phase::removing)
            return true;
        const std::optional<Phase> following = next(phase, event);
        phase = following ? *following : next(phase, Event::failed).value();
    }
    return false;
}

} // namespace

BOOST_AUTO_TEST_SUITE(phase)

BOOST_AUTO_TEST_CASE(every_name_leads_back_to_its_value)
{
    for (const Phase value : every_phase)
        BOOST_TEST((phase_named(name_of(value)) == value));
    for (const Outcome value : every_outcome)
        BOOST_TEST((outcome_named(name_of(value)) == value));
    for (const JobState value :
         {JobState::accepted, JobState::running, JobState::succeeded, JobState::succeeded_pending_reboot,
          JobState::failed, JobState::cancelled, JobState::interrupted, JobState::interrupted_by_reboot})
        BOOST_TEST((job_state_named(name_of(value)) == value));
    BOOST_TEST(!phase_named("sleeping").has_value());
    BOOST_TEST(!outcome_named("").has_value());
    BOOST_TEST(!job_state_named("Succeeded").has_value());
}

BOOST_AUTO_TEST_CASE(every_outcome_is_listed_once)
{
    BOOST_TEST(std::set(every_outcome.begin(), every_outcome.end()).size() == every_outcome.size());
    BOOST_TEST(every_outcome.size() == 11U);
}

BOOST_AUTO_TEST_CASE(an_event_in_a_phase_leads_to_one_place_only)
{
    std::set<std::pair<Phase, Event>> seen;
    for (const Rule& rule : rules)
        BOOST_TEST(seen.insert({rule.from, rule.event}).second);
}

BOOST_AUTO_TEST_CASE(nothing_leads_out_of_done_and_everything_else_leads_on)
{
    std::set<Phase> left;
    for (const Rule& rule : rules) {
        BOOST_TEST((rule.from != Phase::done));
        left.insert(rule.from);
    }
    BOOST_TEST(left.size() == every_phase.size() - 1);
}

BOOST_AUTO_TEST_CASE(once_something_may_lie_on_the_target_every_way_out_passes_removing)
{
    for (const Phase from : every_phase) {
        const bool untouched = from == Phase::waiting || from == Phase::scouting || from == Phase::done;
        for (const Event event : {Event::failed, Event::cancelled}) {
            if (from == Phase::waiting && event == Event::failed)
                continue; // a waiting target has nothing that could fail
            BOOST_TEST_CONTEXT(name_of(from))
            BOOST_TEST(passes_removing(from, event) == !untouched);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_target_that_went_down_is_looked_at_again_or_left_without_being_asked_for_logs)
{
    BOOST_TEST((next(Phase::reconnecting, Event::succeeded) == Phase::verifying));
    BOOST_TEST((next(Phase::reconnecting, Event::failed) == Phase::removing));
    BOOST_TEST((next(Phase::verifying, Event::nothing_left) == Phase::collecting));
}

BOOST_AUTO_TEST_CASE(a_job_that_may_have_been_sent_is_watched_to_its_end_before_a_cancel_goes_on)
{
    BOOST_TEST((next(Phase::staging, Event::cancelled) == Phase::installing));
}

BOOST_AUTO_TEST_SUITE_END()

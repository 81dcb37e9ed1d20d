#include "agent/journal.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "tests/support/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <thread>

using namespace agent;
using namespace std::chrono_literals;
using common::Deadline;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t plenty = 1 << 20;

Event output(std::string text)
{
    Event event;
    event.kind = EventKind::output;
    event.job_id = std::string(32, 'b');
    event.text = std::move(text);
    return event;
}

/// A journal of two notices; where the second begins.
struct Two {
    Two()
    {
        Journal journal(file);
        journal.append(notice("first"));
        first = fs::file_size(file);
        journal.append(notice("second"));
        whole = common::os::read_file(file);
    }

    tests::Scratch scratch;
    fs::path file = scratch.path() / "journal";
    std::size_t first = 0;
    std::string whole;
};

} // namespace

BOOST_AUTO_TEST_SUITE(agent_journal)

BOOST_AUTO_TEST_CASE(events_come_back_in_order_and_survive_the_process)
{
    const tests::Scratch scratch;
    {
        Journal journal(scratch.path() / "journal");
        BOOST_TEST(journal.append(notice("one")) == 1U);
        BOOST_TEST(journal.append(notice("two\nlines")) == 2U);
    }
    std::vector<std::string> seen;
    Journal journal(scratch.path() / "journal", [&](const Event& event) { seen.push_back(event.text); });
    BOOST_TEST(seen.size() == 2U);
    BOOST_TEST(journal.append(notice("three")) == 3U);
    const std::vector<Event> events = journal.read(1, 10, plenty);
    BOOST_REQUIRE(events.size() == 2U);
    BOOST_TEST(events[0].text == "two\nlines");
    BOOST_TEST(events[1].seq == 3U);
}

BOOST_AUTO_TEST_CASE(a_job_event_keeps_all_of_its_job)
{
    const tests::Scratch scratch;
    Journal journal(scratch.path() / "journal");
    Event event;
    event.kind = EventKind::job;
    event.job_id = "j";
    event.order_hash = "cafe";
    event.job = JobStatus{
        "j",     "curl", JobState::failed, installer::Result::killed, {}, 9, "deb", "50 % done", {}, {},
        "x.log", 77};
    journal.append(event);
    const Event back = journal.read(0, 1, plenty).at(0);
    BOOST_REQUIRE(back.job.has_value());
    BOOST_TEST((back.job->result == installer::Result::killed));
    BOOST_TEST(back.job->signal.value_or(0) == 9);
    BOOST_TEST(!back.job->exit_code.has_value());
    BOOST_TEST(back.job->text == "50 % done");
    BOOST_TEST(back.job->output_bytes == 77U);
    BOOST_TEST(back.order_hash == "cafe");
}

BOOST_AUTO_TEST_CASE(acknowledgements_survive_and_old_events_can_still_be_read)
{
    const tests::Scratch scratch;
    {
        Journal journal(scratch.path() / "journal");
        journal.append(notice("one"));
        journal.append(notice("two"));
        journal.acknowledge(1);
    }
    Journal journal(scratch.path() / "journal");
    BOOST_TEST(journal.acknowledged() == 1U);
    BOOST_TEST(journal.read(journal.acknowledged(), 10, plenty).size() == 1U);
    BOOST_TEST(journal.read(0, 10, plenty).size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_tail_torn_at_any_byte_is_cut_and_writing_goes_on)
{
    const Two two;
    for (std::size_t size = 0; size < two.whole.size(); ++size) {
        common::os::write_file_durably(two.file, two.whole.substr(0, size));
        Journal journal(two.file);
        const std::uint64_t kept = size >= two.first ? 1 : 0;
        BOOST_TEST_REQUIRE(journal.last_seq() == kept);
        BOOST_TEST_REQUIRE(journal.problem() == "");
        BOOST_TEST_REQUIRE(journal.append(notice("next")) == kept + 1);
        BOOST_TEST_REQUIRE(journal.read(kept, 5, plenty).at(0).text == "next");
    }
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_anywhere_is_put_aside_and_what_is_sound_is_kept)
{
    const Two two;
    for (std::size_t at = 0; at < two.whole.size(); ++at) {
        const tests::Scratch scratch;
        const fs::path file = scratch.path() / "journal";
        std::string bad = two.whole;
        bad[at] = static_cast<char>(bad[at] ^ 1);
        common::os::write_file_durably(file, bad);
        Journal journal(file);
        BOOST_TEST_REQUIRE(common::os::read_file(scratch.path() / "journal.damaged-1") == bad);
        BOOST_TEST_REQUIRE(journal.problem().find("damaged") != std::string::npos);
        const std::vector<Event> events = journal.read(0, 10, plenty);
        bool kept = false;
        for (std::size_t i = 0; i < events.size(); ++i) {
            kept = kept || events[i].text == "first" || events[i].text == "second";
            BOOST_TEST_REQUIRE((i == 0 || events[i].seq == events[i - 1].seq + 1)); // no gap to wait for
        }
        BOOST_TEST_REQUIRE(kept);
    }
}

BOOST_AUTO_TEST_CASE(output_is_on_the_disk_before_anybody_reads_it)
{
    static int syncs; // a plain function cannot count elsewhere
    const tests::Scratch scratch;
    Journal journal(scratch.path() / "journal", {}, [](int) { return ++syncs, true; });
    syncs = 0;
    journal.append_output(output("a\n"));
    journal.append_output(output("b\n"));
    BOOST_TEST(syncs == 0);
    BOOST_TEST(journal.read(0, 10, plenty).size() == 2U);
    BOOST_TEST(syncs == 1);
    journal.read(0, 10, plenty);
    BOOST_TEST(syncs == 1);
}

BOOST_AUTO_TEST_CASE(a_failed_sync_closes_the_journal_for_good)
{
    static bool broken;
    broken = false;
    const tests::Scratch scratch;
    Journal journal(scratch.path() / "journal", {}, [](int) { return broken ? (errno = EIO, false) : true; });
    journal.append(notice("fine"));
    broken = true;
    BOOST_CHECK_THROW(journal.append(notice("lost")), common::Error);
    broken = false;
    BOOST_CHECK_THROW(journal.append(notice("not tried again")), common::Error);
    BOOST_TEST(journal.is_closed());
    BOOST_TEST(journal.read(0, 10, plenty).size() == 1U);
}

BOOST_AUTO_TEST_CASE(callers_from_outside_take_turns_in_waiting)
{
    const tests::Scratch scratch;
    Journal journal(scratch.path() / "journal");
    std::atomic<bool> ended = false;
    std::thread first([&] {
        journal.wait_in_turn(0, Deadline::in(30s));
        ended = true;
    });
    std::this_thread::sleep_for(50ms);
    BOOST_TEST(!ended);
    journal.wait_in_turn(0, Deadline::in(50ms));
    first.join(); // at once
    BOOST_TEST(ended);
}

BOOST_AUTO_TEST_CASE(a_newer_format_is_left_alone)
{
    const tests::Scratch scratch;
    scratch.file("journal", "soapstone-journal 2 00000000\n");
    Journal damaged(scratch.path() / "journal"); // a wrong CRC: damage, not another version
    BOOST_TEST(damaged.problem().find("damaged") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

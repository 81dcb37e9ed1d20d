#include "agent/journal.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <stdlib.h>

using namespace agent;
namespace fs = std::filesystem;

namespace {

struct Folder {
    Folder()
    {
        std::string name = (fs::temp_directory_path() / "journal-test-XXXXXX").string();
        path = ::mkdtemp(name.data());
    }
    ~Folder() { fs::remove_all(path); }
    fs::path path;
};

Event notice(std::string text)
{
    Event event;
    event.kind = "notice";
    event.text = std::move(text);
    return event;
}

void put(const fs::path& file, const std::string& bytes)
{
    std::ofstream(file, std::ios::binary) << bytes;
}

} // namespace

BOOST_AUTO_TEST_SUITE(agent_journal)

BOOST_AUTO_TEST_CASE(events_come_back_in_order_and_survive_the_process)
{
    const Folder folder;
    {
        Journal journal(folder.path / "journal");
        BOOST_TEST(journal.append(notice("one")) == 1U);
        BOOST_TEST(journal.append(notice("two\nlines")) == 2U);
    }
    Journal journal(folder.path / "journal");
    BOOST_TEST(journal.append(notice("three")) == 3U);
    const std::vector<Event> events = journal.events(1, 10);
    BOOST_REQUIRE(events.size() == 2U);
    BOOST_TEST(events[0].text == "two\nlines");
    BOOST_TEST(events[1].seq == 3U);
}

BOOST_AUTO_TEST_CASE(a_job_event_keeps_all_of_its_job)
{
    const Folder folder;
    Journal journal(folder.path / "journal");
    Event event;
    event.kind = "job";
    event.job = JobView{"j", "curl", "failed", "killed", {}, 9, "deb", "50 % done", 1, 2, "x.log", 77};
    journal.append(event);
    const Event back = journal.events(0, 1).at(0);
    BOOST_REQUIRE(back.job.has_value());
    BOOST_TEST(back.job->signal.value_or(0) == 9);
    BOOST_TEST(!back.job->exit_code.has_value());
    BOOST_TEST(back.job->text == "50 % done");
    BOOST_TEST(back.job->output_bytes == 77U);
}

BOOST_AUTO_TEST_CASE(a_tail_torn_at_any_byte_is_cut_and_writing_goes_on)
{
    const Folder folder;
    const fs::path file = folder.path / "journal";
    std::size_t first = 0;
    {
        Journal journal(file);
        journal.append(notice("first"));
        first = fs::file_size(file);
        journal.append(notice("second"));
    }
    const std::string whole = common::os::read_file(file);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        put(file, whole.substr(0, size));
        Journal journal(file);
        const std::uint64_t kept = size >= first ? 1 : 0;
        BOOST_TEST_REQUIRE(journal.last() == kept);
        BOOST_TEST_REQUIRE(journal.append(notice("next")) == kept + 1);
        BOOST_TEST_REQUIRE(journal.events(kept, 5).at(0).text == "next");
    }
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_ends_the_journal_there)
{
    const Folder folder;
    const fs::path file = folder.path / "journal";
    std::size_t first = 0;
    {
        Journal journal(file);
        journal.append(notice("first"));
        first = fs::file_size(file);
        journal.append(notice("second"));
    }
    const std::string whole = common::os::read_file(file);
    for (std::size_t at = first; at < whole.size(); ++at) {
        std::string bad = whole;
        bad[at] = static_cast<char>(bad[at] ^ 1);
        put(file, bad);
        BOOST_TEST_REQUIRE(Journal(file).last() == 1U);
    }
}

BOOST_AUTO_TEST_CASE(a_full_disk_closes_the_journal_for_good)
{
    // /dev/full cannot be truncated or synced, so it is refused at once; nothing half-open is left.
    BOOST_CHECK_THROW(Journal("/dev/full"), common::Error);
}

BOOST_AUTO_TEST_SUITE_END()

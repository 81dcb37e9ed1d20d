#include "manager/cli/kept_components.hpp"
#include "tests/support/scratch.hpp"

#include <boost/test/unit_test.hpp>

namespace fs = std::filesystem;
using manager::cli::KeptComponents;
using tests::Scratch;

namespace {

/// A part of an upload whose last byte came that long ago.
fs::path part(KeptComponents& kept, const std::string& token, const std::string& name, std::chrono::hours age)
{
    const fs::path file = kept.incoming(name, token);
    common::os::write_file_durably(file, "a part");
    fs::last_write_time(file, fs::file_time_type::clock::now() - age);
    return file;
}

constexpr std::chrono::hours old = KeptComponents::patience + std::chrono::hours(1);
constexpr std::chrono::hours young = KeptComponents::patience - std::chrono::hours(1);

} // namespace

BOOST_AUTO_TEST_SUITE(kept_components)

BOOST_AUTO_TEST_CASE(abandoned_uploads_are_forgotten_and_no_others)
{
    const Scratch scratch;
    KeptComponents kept(scratch.path());
    const fs::path recent = part(kept, "one", "recent", young);
    const fs::path other = part(kept, "two", "other", young);
    const fs::path left = part(kept, "one", "left", old);
    kept.forget_abandoned();
    BOOST_TEST(!fs::exists(left));
    BOOST_TEST(fs::exists(recent));
    BOOST_TEST(fs::exists(other));
}

BOOST_AUTO_TEST_CASE(each_new_upload_is_an_occasion_for_that)
{
    const Scratch scratch;
    KeptComponents kept(scratch.path());
    const fs::path left = part(kept, "one", "left", old);
    const fs::path same = kept.incoming("left", "one"); // it begins anew
    BOOST_TEST(!fs::exists(left));
    BOOST_TEST(same == left);
    BOOST_TEST(fs::is_directory(same.parent_path()));
}

BOOST_AUTO_TEST_CASE(where_nothing_came_there_is_nothing_to_forget)
{
    const Scratch scratch;
    KeptComponents(scratch.path() / "nowhere").forget_abandoned();
    BOOST_TEST(!fs::exists(scratch.path() / "nowhere"));
}

BOOST_AUTO_TEST_SUITE_END()

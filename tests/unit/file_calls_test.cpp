#include "common/error.hpp"
#include "common/os/file.hpp"
#include "tests/support/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>

using namespace common::os;

namespace {

constexpr Open fresh = Open::read | Open::write | Open::create | Open::empty;

std::string all_at(const Descriptor& file, std::uint64_t offset)
{
    char text[100];
    const std::ptrdiff_t got = read_at(file.get(), text, sizeof text, offset);
    return got < 0 ? "failed" : std::string(text, static_cast<std::size_t>(got));
}

/// What errno says after a try to open that must fail.
int refusal(const std::filesystem::path& path, Open how)
{
    const Descriptor file = try_open(path, how);
    return file ? 0 : errno;
}

} // namespace

BOOST_AUTO_TEST_SUITE(file_calls)

BOOST_AUTO_TEST_CASE(bytes_are_written_and_read_at_any_place_and_stay_as_they_are)
{
    const tests::Scratch scratch;
    const Descriptor file = open_file(scratch.path() / "f", fresh);
    BOOST_TEST(write_at(file.get(), "line\nline\r\n\x1a", 0));
    BOOST_TEST(write_at(file.get(), "end", 14));
    BOOST_TEST(file_size(file.get()).value() == 17U);
    BOOST_TEST(all_at(file, 0) == std::string("line\nline\r\n\x1a\0\0end", 17));
    BOOST_TEST(all_at(file, 14) == "end");
    BOOST_TEST(all_at(file, 17) == "");
    BOOST_TEST(truncate(file.get(), 4));
    BOOST_TEST(read_file(scratch.path() / "f") == "line");
    BOOST_TEST(sync_all(file.get()));
    BOOST_TEST(sync_data(file.get()));
}

BOOST_AUTO_TEST_CASE(what_was_written_over_is_all_that_is_left)
{
    const tests::Scratch scratch;
    const Descriptor file = open_file(scratch.path() / "f", fresh);
    write_all(file.get(), "a long text", "f");
    write_over(file.get(), "short", "f");
    BOOST_TEST(read_file(scratch.path() / "f") == "short");
}

BOOST_AUTO_TEST_CASE(two_that_append_never_write_over_each_other)
{
    const tests::Scratch scratch;
    const std::filesystem::path path = scratch.path() / "log";
    const Descriptor one = open_file(path, Open::read | Open::create | Open::append);
    const Descriptor two = open_file(path, Open::append);
    for (const Descriptor* file : {&one, &two, &one, &two})
        write_all(file->get(), file == &one ? "one " : "two ", "log");
    BOOST_TEST(all_at(one, 0) == "one two one two ");
    write_all(one.get(), "end", "log"); // also after a look back
    BOOST_TEST(read_file(path) == "one two one two end");
}

BOOST_AUTO_TEST_CASE(why_a_file_cannot_be_opened_is_told)
{
    const tests::Scratch scratch;
    const std::filesystem::path there = scratch.file("there", "x");
    BOOST_TEST(refusal(scratch.path() / "none", Open::read) == ENOENT);
    BOOST_TEST(refusal(scratch.path() / "none" / "f", Open::write | Open::create) == ENOENT);
    BOOST_TEST(refusal(there, Open::write | Open::exclude) == EEXIST);
    BOOST_TEST(!try_open_regular(scratch.path(), Open::read));
    BOOST_TEST(read_file(there) == "x"); // nothing of this has emptied it
    BOOST_TEST(!read_file_if_there(scratch.path() / "none").has_value());
}

BOOST_AUTO_TEST_CASE(a_lock_keeps_others_out_and_lets_them_read)
{
    const tests::Scratch scratch;
    const std::filesystem::path path = scratch.file("f", "text");
    Descriptor holder = open_file(path, Open::read | Open::write);
    const Descriptor other = open_file(path, Open::read | Open::write);
    BOOST_TEST(try_lock(holder.get()));
    BOOST_TEST(!try_lock(other.get()));
    BOOST_TEST(errno == EWOULDBLOCK);
    BOOST_TEST(!try_lock_shared(other.get()));
    BOOST_TEST(read_file(path) == "text");
    BOOST_TEST(unlock(holder.get()));
    BOOST_TEST(try_lock_shared(other.get()));
    BOOST_TEST(try_lock_shared(holder.get()));
    BOOST_TEST(unlock(other.get()));
    BOOST_TEST(unlock(holder.get()));
    BOOST_TEST(try_lock(holder.get()));
    holder.close();
    BOOST_TEST(try_lock(other.get()));
}

BOOST_AUTO_TEST_CASE(a_second_name_is_never_one_that_is_taken)
{
    const tests::Scratch scratch;
    const std::filesystem::path file = scratch.file("f", "new");
    const std::filesystem::path taken = scratch.file("taken", "old");
    BOOST_TEST(!hard_link(file, taken));
    BOOST_TEST(errno == EEXIST);
    BOOST_TEST(hard_link(file, scratch.path() / "second"));
    BOOST_TEST(remove_file(file));
    BOOST_TEST(read_file(scratch.path() / "second") == "new");
    BOOST_TEST(read_file(taken) == "old");
}

BOOST_AUTO_TEST_CASE(a_file_is_replaced_by_another)
{
    const tests::Scratch scratch;
    const std::filesystem::path path = scratch.file("f", "old");
    BOOST_TEST(replace_file(scratch.file("new", "new"), path));
    BOOST_TEST(read_file(path) == "new");
    BOOST_TEST(!std::filesystem::exists(scratch.path() / "new"));
}

BOOST_AUTO_TEST_CASE(a_name_is_told_from_that_of_another_file)
{
    const tests::Scratch scratch;
    const std::filesystem::path path = scratch.file("f", "text");
    const Descriptor file = open_file(path, Open::read);
    BOOST_TEST(is_file_at(path, file.get()));
    BOOST_TEST(!is_file_at(scratch.file("other", "text"), file.get()));
    BOOST_TEST(!is_file_at(scratch.path() / "none", file.get()));
}

BOOST_AUTO_TEST_CASE(a_file_that_somebody_has_open_is_removed_and_its_name_gone_when_he_closes_it)
{
    const tests::Scratch scratch;
    const std::filesystem::path path = scratch.file("f", "text");
    Descriptor reader = open_file(path, Open::read);
    BOOST_TEST(remove_file(path));
    BOOST_TEST(all_at(reader, 0) == "text");
    reader.close();
    BOOST_TEST(!std::filesystem::exists(path));
    BOOST_TEST(!remove_file(path));
    BOOST_TEST(errno == ENOENT);
}

BOOST_AUTO_TEST_CASE(names_are_utf_8_and_may_hold_any_letter)
{
    const tests::Scratch scratch;
    const std::string name = "gr\xC3\xBC\xC3\x9F \xE2\x82\xAC";
    write_file_durably(scratch.path() / utf8_path(name), "text");
    BOOST_TEST(read_file(scratch.path() / utf8_path(name)) == "text");
    for (const auto& entry : std::filesystem::directory_iterator(scratch.path()))
        BOOST_TEST(entry.path().filename().string() == name);
}

BOOST_AUTO_TEST_CASE(a_folder_made_for_us_alone_is_one)
{
    const tests::Scratch scratch;
    make_private_folder(scratch.path() / "a" / "b");
    make_private_folder(scratch.path() / "a" / "b"); // again is no error
    make_folder(scratch.path() / "a" / "b");
    check_private_folder(scratch.path() / "a");
    sync_folder(scratch.path());
    BOOST_CHECK_THROW(check_private_folder(scratch.file("f", "")), common::Error);
}

BOOST_AUTO_TEST_CASE(there_is_room_where_the_test_runs)
{
    BOOST_TEST(free_space(tests::Scratch().path()).value() > 0U);
    BOOST_TEST(!free_space(tests::Scratch().path() / "none").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

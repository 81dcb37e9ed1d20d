#include "agent/agent_log.hpp"
#include "agent/chained_file.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "common/tls/hash.hpp"
#include "common/tls/line_chain.hpp"
#include "manager/link/log_check.hpp"
#include "tests/support/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

using common::os::Open;
using common::tls::LineChain;
using manager::link::check_log;
using manager::link::LogWish;
namespace fs = std::filesystem;

namespace {

const std::string header = LineChain::header("41ab", "0");

std::string read(const fs::path& file)
{
    return common::os::read_file(file);
}

void write(const fs::path& file, const std::string& text)
{
    const common::os::Descriptor open = common::os::open_file(file, Open::write | Open::create | Open::empty);
    common::os::write_all(open.get(), text, file.string());
}

/// A log as one writer leaves it, and its head.
struct Log {
    explicit Log(const std::vector<std::string>& lines = {"one", "two", "three"})
    {
        agent::ChainedFile file(path, header);
        for (const std::string& line : lines)
            file.append(line);
        wish = {header, {file.chain().head(), file.chain().broken()}};
    }

    /// Another process goes on with it.
    void go_on(const std::string& line)
    {
        agent::ChainedFile file(path, header);
        file.append(line);
        wish = {header, {file.chain().head(), file.chain().broken()}};
    }

    std::string problem() const { return check_log(path, wish).problem; }
    std::string own_problem() const { return check_log(path, std::nullopt).problem; }

    tests::Scratch scratch;
    fs::path path = scratch.path() / "agent.log";
    LogWish wish;
};

} // namespace

BOOST_AUTO_TEST_SUITE(line_chain)

BOOST_AUTO_TEST_CASE(a_log_reads_as_before_and_each_line_carries_its_value_by_the_rule_that_is_documented)
{
    const Log log;
    const std::vector<std::string> lines = common::split(read(log.path), '\n');
    BOOST_REQUIRE(lines.size() == 5U);
    std::string value;
    const std::vector<std::string> texts{"soapstone-log 1 run=41ab target=0", "one", "two", "three"};
    for (std::size_t i = 0; i < texts.size(); ++i) {
        value = common::tls::sha256_hex(value + texts[i]).substr(0, 32);
        BOOST_TEST(lines[i] == texts[i] + " " + value);
    }
    BOOST_TEST(log.wish.head.chain.value == value);
    BOOST_TEST(log.wish.head.chain.lines == 4U);
    BOOST_TEST(log.problem() == "");
}

BOOST_AUTO_TEST_CASE(a_change_of_any_byte_is_found_without_the_head)
{
    const Log log;
    const std::string whole = read(log.path);
    for (std::size_t i = 0; i + 1 < whole.size(); ++i) { // but for the very last newline, see below
        for (const char change : {'\x01', '\x20', '\x80'}) {
            std::string changed = whole;
            changed[i] = static_cast<char>(changed[i] ^ change);
            write(log.path, changed);
            BOOST_TEST_INFO("byte " << i << " xor " << int(change));
            BOOST_TEST(log.own_problem() != "");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_change_of_any_byte_a_byte_less_and_a_byte_more_are_found_with_the_head)
{
    const Log log;
    const std::string whole = read(log.path);
    for (std::size_t i = 0; i < whole.size(); ++i) {
        BOOST_TEST_CONTEXT("byte " << i)
        {
            std::string other = whole;
            other[i] = static_cast<char>(other[i] ^ 1);
            write(log.path, other);
            BOOST_TEST(log.problem() != "");
            write(log.path, whole.substr(0, i) + whole.substr(i + 1));
            BOOST_TEST(log.problem() != "");
            write(log.path, whole.substr(0, i) + "x" + whole.substr(i));
            BOOST_TEST(log.problem() != "");
            write(log.path, whole.substr(0, i));
            BOOST_TEST(log.problem() != "");
        }
    }
}

BOOST_AUTO_TEST_CASE(the_line_up_to_which_it_is_whole_is_named)
{
    const Log log({"one", "two", "three", "four", "five"});
    std::string text = read(log.path);
    text[text.find("three")] = 'T';
    write(log.path, text);
    BOOST_TEST(log.problem() == "was changed after line 3"); // the header is the first
    text = read(log.path);
    text[text.find("soapstone")] = 'S';
    write(log.path, text);
    BOOST_TEST(log.problem() == "was changed from its first line on");
}

BOOST_AUTO_TEST_CASE(a_forged_log_that_fits_in_itself_is_not_the_one_that_the_agent_wrote)
{
    const Log log;
    const fs::path other = log.scratch.path() / "other.log";
    agent::ChainedFile forged(other, header);
    for (const char* line : {"one", "nothing", "three", "four"})
        forged.append(line);
    fs::rename(other, log.path);
    BOOST_TEST(log.own_problem() == "");
    BOOST_TEST(log.problem() == "is not the one that its agent wrote: its chain differs at line 4");
}

BOOST_AUTO_TEST_CASE(lines_that_are_cut_off_or_a_log_that_is_gone_are_missed)
{
    const Log log;
    const std::string text = read(log.path);
    write(log.path, text.substr(0, text.find("two")));
    BOOST_TEST(log.own_problem() == "");
    BOOST_TEST(log.problem() == "ends after line 2 of 4");
    fs::remove(log.path);
    BOOST_TEST(log.problem() == "is gone");
    BOOST_TEST(check_log(log.path, LogWish{header, {}}).problem == ""); // the agent had none either
}

BOOST_AUTO_TEST_CASE(lines_that_come_after_the_head_are_no_harm)
{
    Log log;
    const LogWish before = log.wish;
    log.go_on("four");
    BOOST_TEST(check_log(log.path, before).problem == "");
}

BOOST_AUTO_TEST_CASE(a_log_of_another_run_or_of_no_chain_is_named_so)
{
    const Log log;
    LogWish other = log.wish;
    other.header = LineChain::header("41ab", "1");
    BOOST_TEST(check_log(log.path, other).problem == "belongs to another run or target");
    write(log.path, "some\nother\nfile\n");
    BOOST_TEST(log.own_problem() == "carries no chain of lines");
}

BOOST_AUTO_TEST_CASE(a_torn_line_stays_and_is_marked_wherever_it_was_torn)
{
    const Log whole({"one", "two"});
    const std::string text = read(whole.path);
    const std::size_t last = text.find("two");
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
        Log log({"one", "two"});
        write(log.path, text.substr(0, cut));
        log.go_on("three");
        log.go_on("four");
        BOOST_TEST_CONTEXT("cut to " << cut << " bytes:\n" << read(log.path))
        {
            BOOST_TEST(read(log.path).starts_with(text.substr(0, cut)));
            BOOST_TEST(log.problem() == "");
            const bool between_lines = text[cut - 1] == '\n' || text[cut] == '\n';
            BOOST_TEST(check_log(log.path, log.wish).torn == (between_lines ? 0U : 1U));
            const bool marked = read(log.path).find("the line before is torn ") != std::string::npos;
            BOOST_TEST(marked == !between_lines);
            if (cut > last)
                BOOST_TEST(log.wish.head.chain.lines == (between_lines ? 5U : 6U));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_mark_that_is_torn_itself_is_marked_again_and_nothing_looks_changed)
{
    Log log({"one"});
    write(log.path, read(log.path) + "torn");
    log.go_on("two");
    const std::string text = read(log.path);
    const std::size_t mark = text.find("the line before");
    for (std::size_t cut = mark + 1; cut < text.find(" two") && text[cut] != '\n'; ++cut) {
        write(log.path, text.substr(0, cut));
        BOOST_TEST(log.own_problem() == "");
        log.go_on("three");
        BOOST_TEST_CONTEXT(read(log.path))
        {
            BOOST_TEST(log.problem() == "");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_torn_line_is_part_of_the_chain_too)
{
    Log log({"one"});
    write(log.path, read(log.path) + "torn");
    log.go_on("two");
    std::string text = read(log.path);
    text[text.find("torn")] = 'T';
    write(log.path, text);
    BOOST_TEST(log.problem() == "was changed after line 2");
}

BOOST_AUTO_TEST_CASE(a_fresh_agent_says_that_what_it_found_was_changed_and_goes_on)
{
    Log log({"one", "two", "three"});
    std::string text = read(log.path);
    text[text.find("two")] = 'T';
    write(log.path, text);
    log.go_on("four");
    BOOST_TEST(read(log.path).find("warning this log was changed at line 3") != std::string::npos);
    BOOST_TEST(log.wish.head.broken_at.value_or(0) == 3U);
    BOOST_TEST(log.problem() == "was changed after line 2");
}

BOOST_AUTO_TEST_CASE(a_last_line_that_was_changed_is_not_taken_for_a_torn_one)
{
    Log log({"one", "two", "three"});
    std::string text = read(log.path);
    text[text.find("three")] = 'T';
    write(log.path, text);
    log.go_on("four");
    BOOST_TEST(log.own_problem() == "was changed after line 3");
    BOOST_TEST(check_log(log.path, log.wish).torn == 0U);
}

BOOST_AUTO_TEST_CASE(an_agent_notices_that_its_past_is_rewritten_while_it_lives)
{
    const tests::Scratch scratch;
    const fs::path path = scratch.path() / "agent.log";
    agent::ChainedFile ours(path, header);
    ours.append("one");
    ours.append("two");
    const auto forge = [&](const std::vector<std::string>& lines) {
        const fs::path other = scratch.path() / "other.log";
        agent::ChainedFile forged(other, header);
        for (const std::string& line : lines)
            forged.append(line);
        const std::string text = read(other);
        fs::remove(other);
        write(path, text);
    };
    const auto problem = [&] {
        const LogWish wish{header, {ours.chain().head(), ours.chain().broken()}};
        return check_log(path, wish).problem;
    };
    forge({"one", "TWO"});
    BOOST_TEST(problem() == "is not the one that its agent wrote: its chain differs at line 3");
    ours.append("three");
    BOOST_TEST(problem() == "was changed after line 3");
    forge({"one", "two", "more"}); // and our own third line is missing
    BOOST_TEST(problem() != "");
}

BOOST_AUTO_TEST_CASE(several_processes_write_one_chain)
{
    const tests::Scratch scratch;
    const fs::path path = scratch.path() / "agent.log";
    constexpr int processes = 4;
    constexpr int lines = 200;
    for (int number = 0; number < processes; ++number)
        if (::fork() == 0) {
            const agent::AgentLog log(path, "41ab", "0");
            for (int i = 0; i < lines; ++i)
                log.info("line " + std::to_string(i) + " of process " + std::to_string(number));
            ::_exit(0);
        }
    for (int number = 0; number < processes; ++number)
        ::wait(nullptr);
    const agent::AgentLog log(path, "41ab", "0");
    const agent::AgentLog::Head head = log.head();
    BOOST_TEST(head.chain.lines == 1U + processes * lines);
    BOOST_TEST(check_log(path, LogWish{header, {head.chain, head.broken}}).problem == "");
}

BOOST_AUTO_TEST_CASE(a_huge_forged_log_costs_neither_memory_nor_time)
{
    const tests::Scratch scratch;
    const fs::path path = scratch.path() / "agent.log";
    for (const std::string& part : {std::string("\n"), std::string("x"), std::string("the line before\n")}) {
        std::string text = "x\n";
        while (text.size() < (2 << 20))
            text += part;
        write(path, text);
        const auto begin = std::chrono::steady_clock::now();
        BOOST_TEST(check_log(path, std::nullopt).problem != "");
        BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds(60)));
    }
}

BOOST_AUTO_TEST_SUITE_END()

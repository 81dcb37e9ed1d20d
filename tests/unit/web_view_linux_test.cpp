#include "manager/rollout/run_log.hpp"
#include "manager/serve/view/doorkeeper.hpp"
#include "manager/serve/view/html.hpp"
#include "manager/serve/view/log_page.hpp"
#include "manager/serve/view/pages.hpp"
#include "tests/support/scratch.hpp"

#include <boost/test/unit_test.hpp>

using namespace manager::serve::view;
using Answer = Doorkeeper::Answer;
using namespace std::chrono_literals;

namespace {

/// A clock that stands until it is told to go.
Doorkeeper::Clock::time_point now;
Doorkeeper::Clock::time_point tell_now()
{
    return now;
}

ShownRun a_run()
{
    ShownRun shown;
    shown.run.id = std::string(32, 'a');
    shown.run.started = 1'900'000'000'000;
    shown.run.ended = shown.run.started + 65'000;
    manager::target::Target target;
    target.name = "<b>db-7</b>";
    target.host = "10.0.0.7";
    shown.run.request.targets.push_back(target);
    manager::rollout::TargetState state;
    state.outcome = manager::rollout::Outcome::failed;
    state.text = "copying the agent: \"disk\" <full>";
    shown.run.targets.push_back(state);
    return shown;
}

} // namespace

BOOST_AUTO_TEST_SUITE(web_view)

BOOST_AUTO_TEST_CASE(what_others_say_stays_text)
{
    BOOST_TEST(html("<script>alert('x')</script> & \"y\"") ==
               "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;");
    BOOST_TEST(html("a\tb") == "a\tb");
    BOOST_TEST(html("grün ✓") == "grün ✓");
    BOOST_TEST(html(std::string_view("a\0b\x01\x7F\r", 6)) == "a⟨NUL⟩b⟨SOH⟩⟨DEL⟩⟨CR⟩");
    BOOST_TEST(html("\xFF\xC3(") == "\uFFFD\uFFFD(");
    BOOST_TEST(html("\xED\xA0\x80") == "\uFFFD\uFFFD\uFFFD"); // half a surrogate pair
    BOOST_TEST(html("user\u202Egnp.exe") == "user⟨U+202E⟩gnp.exe");
    BOOST_TEST(html("\u200Ba\uFEFF\u0085") == "⟨U+200B⟩a⟨U+FEFF⟩⟨U+0085⟩");
    BOOST_TEST(html("\U000E0041") == "⟨U+E0041⟩");
}

BOOST_AUTO_TEST_CASE(escape_sequences_of_terminals_are_left_out)
{
    BOOST_TEST(without_escapes("\x1B[1;31mred\x1B[0m") == "red");
    BOOST_TEST(without_escapes("\x1B[2J\x1B[H\x1B[?25lgone") == "gone");
    BOOST_TEST(without_escapes("\x1B]0;title\atext") == "text");
    BOOST_TEST(without_escapes("\x1B]8;;http://x\x1B\\link\x1B]8;;\x1B\\") == "link");
    BOOST_TEST(without_escapes("\x1BPdevice\x1B\\x\x1B(B!") == "x!");
    BOOST_TEST(html("\x1B") == "⟨ESC⟩"); // begins nothing
    BOOST_TEST(html("\x1B[12") == "⟨ESC⟩[12");
    BOOST_TEST(html("\x1B]0;no end") == "⟨ESC⟩]0;no end");
    BOOST_TEST(html("\x1B[<b>m") == "&gt;m"); // "<b" belongs to the sequence
}

BOOST_AUTO_TEST_CASE(names_and_texts_of_a_run_are_escaped_on_every_page)
{
    const ShownRun shown = a_run();
    const LogPage log{1, {"</span><img src=x onerror=alert(1)>"}, 0, 1};
    const std::vector<ShownLog> logs{{"a\"b<i>.log", 10}};
    for (const std::string& page : {run_page(shown), report_page(shown), target_page(shown, 0, logs),
                                    log_page(shown.run, 0, "a\"b<i>.log", log, false),
                                    runs_page({shown}, {"<b>"}), message_page("<b>", "<i>", false)}) {
        BOOST_TEST(page.find("<b>") == std::string::npos);
        BOOST_TEST(page.find("<i>") == std::string::npos);
        BOOST_TEST(page.find("<full>") == std::string::npos);
        BOOST_TEST(page.find("<img") == std::string::npos);
        BOOST_TEST(page.find("<script") == std::string::npos);
        BOOST_TEST(page.find(" style=") == std::string::npos); // the browser would refuse it
    }
    BOOST_TEST(run_page(shown).find("&lt;b&gt;db-7&lt;/b&gt;") != std::string::npos);
    BOOST_TEST(run_page(shown).find("1 failed") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_log_is_cut_into_pages_at_the_ends_of_lines)
{
    std::string text;
    std::uint64_t lines = 0;
    while (text.size() < 3 * log_page_size)
        text += "line " + std::to_string(++lines) + "\n";
    std::uint64_t next = 1;
    const std::uint64_t pages = log_page_of(text, 0).pages;
    BOOST_TEST(pages == 4u);
    for (std::uint64_t i = 0; i < pages; ++i) {
        const LogPage page = log_page_of(text, i);
        BOOST_TEST(page.first_line == next);
        for (const std::string& line : page.lines)
            BOOST_REQUIRE(line == "line " + std::to_string(next++));
    }
    BOOST_TEST(next == lines + 1);
    BOOST_TEST(log_page_of(text, 99).page == 3u);

    const tests::Scratch scratch;
    const common::os::Descriptor file =
        common::os::open_file(scratch.file("big.log", text), common::os::Open::read);
    BOOST_TEST(read_log_page(file.get(), 2).lines == log_page_of(text, 2).lines,
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(odd_logs_have_pages_too)
{
    BOOST_TEST(log_page_of("", 0).lines.empty());
    BOOST_TEST(log_page_of("no end", 0).lines.at(0) == "no end");
    BOOST_TEST(log_page_of("\r\n\n", 0).lines.size() == 2u);
    const std::string long_line = std::string(1'000'000, 'x') + "\nafter\n";
    const LogPage first = log_page_of(long_line, 0);
    BOOST_TEST(first.lines.size() == 1u);
    BOOST_TEST(first.lines[0].size() < 20'000u);
    BOOST_TEST(log_page_of(long_line, 1).lines.empty());
    const LogPage last = log_page_of(long_line, 3);
    BOOST_TEST(last.first_line == 2u);
    BOOST_TEST(last.lines.at(0) == "after");
}

BOOST_AUTO_TEST_CASE(a_link_signs_in_once)
{
    Doorkeeper doorkeeper;
    const std::string first = doorkeeper.new_link();
    const std::string link = doorkeeper.new_link();
    BOOST_TEST((doorkeeper.enter(first, "10.0.0.1").answer == Answer::wrong)); // a newer one is there
    const Doorkeeper::Entry entry = doorkeeper.enter(link, "10.0.0.1");
    BOOST_TEST((entry.answer == Answer::come_in));
    BOOST_TEST((doorkeeper.enter(link, "10.0.0.1").answer == Answer::wrong));
    BOOST_TEST((doorkeeper.enter("", "10.0.0.1").answer == Answer::wrong));
    BOOST_TEST(doorkeeper.knows(entry.cookie));
    BOOST_TEST(!doorkeeper.knows(link));
    BOOST_TEST(!doorkeeper.knows(""));
    doorkeeper.leave(entry.cookie);
    BOOST_TEST(!doorkeeper.knows(entry.cookie));
}

BOOST_AUTO_TEST_CASE(who_tries_links_is_slowed_down)
{
    now = Doorkeeper::Clock::now();
    Doorkeeper doorkeeper(tell_now);
    const std::string link = doorkeeper.new_link();
    for (int i = 0; i < 5; ++i)
        BOOST_TEST((doorkeeper.enter("guess", "10.0.0.1").answer == Answer::wrong));
    BOOST_TEST((doorkeeper.enter(link, "10.0.0.1").answer == Answer::wait)); // even the right one
    BOOST_TEST((doorkeeper.enter("guess", "10.0.0.2").answer == Answer::wrong));
    now += 61s;
    const std::string cookie = doorkeeper.enter(link, "10.0.0.1").cookie;
    BOOST_TEST(doorkeeper.knows(cookie));
    now += 7h;
    BOOST_TEST(doorkeeper.knows(cookie));
    now += 9h;
    BOOST_TEST(!doorkeeper.knows(cookie));
    for (int i = 0; i < 100; ++i)
        doorkeeper.enter("guess", "10.1.0." + std::to_string(i));
    BOOST_TEST((doorkeeper.enter("guess", "10.2.0.1").answer == Answer::wait)); // all together
}

BOOST_AUTO_TEST_CASE(pages_of_a_host_and_its_bmc_lead_to_each_other)
{
    ShownRun shown = a_run();
    shown.run.request.targets.push_back({});
    shown.run.targets.push_back({});
    shown.run.request.targets[0].its_bmc = shown.run.request.targets[1].name = "ilo<7>";
    shown.run.request.targets[1].bmc.host = shown.run.request.targets[0].name;
    const std::string run = "/run/" + shown.run.id + "/target/";
    const std::string host = target_page(shown, 0, {});
    const std::string bmc = target_page(shown, 1, {});

    BOOST_TEST(host.find("<dt>BMC</dt><dd><a href=\"" + run + "1\">ilo&lt;7&gt;</a></dd>") !=
               std::string::npos);
    BOOST_TEST(bmc.find("<dt>BMC of</dt><dd><a href=\"" + run + "0\">") != std::string::npos);
    BOOST_TEST(report_page(shown).find("<dt>BMC of</dt>") != std::string::npos);
    shown.run.request.targets[0].its_bmc = "elsewhere";
    BOOST_TEST(target_page(shown, 0, {}).find("<dt>BMC</dt><dd>elsewhere</dd>") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "manager/cli/deploy_options.hpp"
#include "manager/cli/order.hpp"
#include "manager/cli/order_rules.hpp"
#include "manager/serve/budget.hpp"
#include "manager/serve/call_log.hpp"
#include "manager/serve/lockout.hpp"
#include "manager/serve/tokens.hpp"
#include "manager/serve/waiting.hpp"
#include "manager/store/sqlite_store.hpp"
#include "tests/support/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <thread>

using namespace manager;
using namespace std::chrono_literals;
using common::Error;
using common::Trouble;
using serve::Role;

namespace {

serve::DeployWish wish_of(Role role, std::vector<std::string> targets = {"node1"})
{
    serve::DeployWish wish;
    wish.caller = {"somebody", "0123abcd", role, false};
    wish.key = "key";
    wish.targets = std::move(targets);
    wish.options.emplace_back("ssh-config", "none");
    return wish;
}

bool is_denied(const Error& error)
{
    return error.trouble() == Trouble::denied;
}

} // namespace

BOOST_AUTO_TEST_SUITE(api_rules)

BOOST_AUTO_TEST_CASE(each_option_of_deploy_is_for_a_role_or_for_nobody_and_that_on_purpose)
{
    const std::set<std::string> for_nobody{"target", "component", "ask-password", "ask-sudo-password",
                                           "ask-bmc-password"};
    cli::DeployOptions options;
    cli::po::options_description described;
    cli::po::positional_options_description operands;
    options.declare(described, operands);
    for (const auto& option : described.options())
        BOOST_TEST(cli::role_for(option->long_name()).has_value() !=
                       (for_nobody.count(option->long_name()) == 1),
                   option->long_name());
}

BOOST_AUTO_TEST_CASE(an_option_that_carries_another_one_in_its_name_is_refused)
{
    for (const char* name : {"identity=/root/key", "target=@/etc/passwd", "i", "-identity", "component",
                             "data", "failpoint", "listen", ""}) {
        serve::DeployWish wish = wish_of(Role::admin);
        wish.options.emplace_back(name, std::nullopt);
        BOOST_CHECK_EXCEPTION(cli::check_words(wish), Error, is_denied);
    }
    serve::DeployWish wish = wish_of(Role::admin);
    wish.options.emplace_back("identity", "/root/key");
    BOOST_CHECK_NO_THROW(cli::check_words(wish));
    wish.caller.role = Role::operator_role;
    BOOST_CHECK_EXCEPTION(cli::check_words(wish), Error, is_denied);
}

BOOST_AUTO_TEST_CASE(only_an_admin_reads_lists_of_targets_in_files)
{
    const tests::Scratch scratch;
    const std::string file = scratch.file("hosts", "db-7\n").string();
    const std::string program = scratch.file("program", "#!/bin/sh\n").string();
    const auto ask = [&](Role role, std::vector<std::string> targets, const std::string& input) {
        serve::DeployWish wish = wish_of(role, std::move(targets));
        wish.components = {program};
        wish.input = input;
        return cli::meaning_of(wish, scratch.path()).request.targets.size();
    };
    BOOST_TEST(ask(Role::admin, {"@" + file}, "") == 1u);
    BOOST_TEST(ask(Role::operator_role, {"-"}, "node[1-3]\n") == 3u);
    for (const std::string& spec : {"@" + file, " @" + file, "node1,@" + file})
        BOOST_CHECK_EXCEPTION(ask(Role::operator_role, {spec}, ""), Error, is_denied);
    BOOST_CHECK_EXCEPTION(ask(Role::operator_role, {"-"}, "@" + file + "\n"), Error, is_denied);
}

BOOST_AUTO_TEST_CASE(the_managers_own_machine_is_a_target_for_admins_only)
{
    target::Target here;
    here.connection = target::Connection::local;
    const serve::Caller caller = wish_of(Role::operator_role).caller;
    BOOST_CHECK_EXCEPTION(cli::check_targets(caller, {target::Target{}, here}), Error, is_denied);
    BOOST_CHECK_NO_THROW(cli::check_targets(caller, {target::Target{}}));
    BOOST_CHECK_NO_THROW(cli::check_targets(wish_of(Role::admin).caller, {here}));
}

BOOST_AUTO_TEST_CASE(tokens_are_seen_as_soon_as_another_process_changes_them)
{
    const tests::Scratch scratch;
    const serve::Tokens reader(scratch.path() / "serve");
    serve::Tokens writer(scratch.path() / "serve");
    BOOST_TEST(reader.all().empty());
    const auto made = writer.add("one", Role::viewer, 0, 1'000);

    BOOST_REQUIRE(reader.find(made.token).has_value());
    BOOST_TEST(reader.find(made.token)->is_good(999));
    BOOST_TEST(!reader.find(made.token)->is_good(1'000));
    BOOST_TEST(!reader.find(made.token + "x").has_value());
    writer.revoke(made.entry.id);
    BOOST_TEST(!reader.find(made.token)->is_good(999));
}

BOOST_AUTO_TEST_CASE(whoever_guesses_waits)
{
    serve::Lockout lockout;
    const serve::Lockout::TimePoint now{};
    for (unsigned i = 0; i < serve::Lockout::tries; ++i)
        lockout.failed("10.0.0.7", now);
    BOOST_TEST(!lockout.is_locked("10.0.0.7", now));
    lockout.failed("10.0.0.7", now);
    BOOST_TEST(lockout.is_locked("10.0.0.7", now));
    BOOST_TEST(!lockout.is_locked("10.0.0.8", now));
    BOOST_TEST(!lockout.is_locked("10.0.0.7", now + serve::Lockout::pause));
}

BOOST_AUTO_TEST_CASE(a_call_waits_for_a_change_or_its_time)
{
    const tests::Scratch scratch;
    const store::SqliteStore store(scratch.path());
    serve::Changes changes(store);
    serve::Budget waiters(1'000);
    const std::string caller = "one";
    common::net::Request request;
    request.arrived = std::chrono::steady_clock::now();
    std::this_thread::sleep_for(250ms); // the store is new, which is a change

    serve::Waiting nothing(request, caller, changes, waiters);
    BOOST_TEST((!nothing.begins(0) && !nothing.not_yet()));
    serve::Waiting long_ago(request, caller, changes, waiters);
    request.arrived -= 30s;
    BOOST_TEST(!long_ago.begins(30));
    serve::Waiting change(request, caller, changes, waiters), time(request, caller, changes, waiters);
    BOOST_TEST((change.begins(60) && time.begins(31)));
    BOOST_TEST((!change.not_yet()->is_due() && !time.not_yet()->is_due()));
    std::this_thread::sleep_for(1s);
    BOOST_TEST((!change.not_yet()->is_due() && time.not_yet()->is_due()));
    changes.add();
    BOOST_TEST(change.not_yet()->is_due());
    request.at_once = true;
    BOOST_TEST(!serve::Waiting(request, caller, changes, waiters).begins(60));
}

BOOST_AUTO_TEST_CASE(the_more_calls_of_a_caller_wait_the_longer_does_each)
{
    const tests::Scratch scratch;
    const store::SqliteStore store(scratch.path());
    serve::Changes changes(store);
    serve::Budget waiters(1'000);
    const std::string busy = "busy", other = "other";
    common::net::Request request;
    request.arrived = std::chrono::steady_clock::now();
    std::vector<std::shared_ptr<void>> others;
    for (int i = 0; i < 600; ++i)
        others.push_back(waiters.take(busy));
    serve::Waiting one_of_many(request, busy, changes, waiters), alone(request, other, changes, waiters);
    BOOST_TEST((one_of_many.begins(60) && alone.begins(60)));
    std::this_thread::sleep_for(20ms);
    changes.add();
    BOOST_TEST((alone.not_yet()->is_due() && !one_of_many.not_yet()->is_due()));
    std::this_thread::sleep_for(700ms);
    BOOST_TEST(one_of_many.not_yet()->is_due());
}

BOOST_AUTO_TEST_CASE(what_another_process_stores_is_a_change)
{
    const tests::Scratch scratch;
    const store::SqliteStore ours(scratch.path());
    serve::Changes changes(ours);
    std::this_thread::sleep_for(250ms);
    const std::uint64_t before = changes.number();
    std::this_thread::sleep_for(250ms);
    BOOST_TEST(changes.number() == before);
    store::SqliteStore theirs(scratch.path());
    rollout::Run run;
    run.id = std::string(32, 'a');
    theirs.add(run);
    for (int i = 0; i < 50 && changes.number() == before; ++i)
        std::this_thread::sleep_for(100ms);
    BOOST_TEST(changes.number() > before);
}

BOOST_AUTO_TEST_CASE(nobody_takes_the_places_of_others)
{
    serve::Budget budget(2);
    std::shared_ptr<void> first = budget.take("one");
    const std::shared_ptr<void> second = budget.take("one");
    BOOST_TEST((first && second));
    BOOST_TEST((!budget.has_room("one") && budget.take("one") == nullptr));
    BOOST_TEST((budget.has_room("two") && budget.take("two") != nullptr));
    first.reset();
    BOOST_TEST((budget.has_room("one") && budget.take("one") != nullptr));
}

BOOST_AUTO_TEST_CASE(strangers_do_not_fill_the_log)
{
    const tests::Scratch scratch;
    const auto file = scratch.path() / "calls.log";
    serve::CallLog log(file);
    const std::chrono::steady_clock::time_point now(std::chrono::hours(1));
    for (unsigned i = 0; i < 3 * serve::CallLog::refusals_a_minute; ++i)
        log.add_refused("10.0.0.7", "401", now);
    log.add("10.0.0.7", wish_of(Role::viewer).caller, "GetRuns", "ok");
    log.add_refused("10.0.0.7", "401", now + std::chrono::minutes(1));

    const std::string text = common::os::read_file(file);
    const auto lines = static_cast<unsigned>(std::count(text.begin(), text.end(), '\n'));
    BOOST_TEST(lines == serve::CallLog::refusals_a_minute + 3);
    BOOST_TEST(text.find("left-out=\"120\"") != std::string::npos);
    common::tls::LineChain chain;
    chain.take(text);
    BOOST_TEST(!chain.broken().has_value());
}

BOOST_AUTO_TEST_SUITE_END()

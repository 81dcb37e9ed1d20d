#include "common/error.hpp"
#include "common/os/process.hpp"
#include "common/text.hpp"
#include "manager/target/ssh_config.hpp"
#include "tests/support/scratch.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <map>

using namespace manager::target;
using tests::Scratch;

namespace {

/// `ssh -G`'s own opinion: keyword -> values, in order.
using Opinion = std::map<std::string, std::vector<std::string>>;

Opinion opinion_of_ssh(const std::filesystem::path& file, const std::string& host, const std::string& user)
{
    std::vector<std::string> command{"ssh", "-G", "-F", file.string()};
    if (!user.empty())
        command.insert(command.end(), {"-l", user});
    command.push_back(host);
    const auto finished = common::os::run(command, common::Deadline::in(std::chrono::seconds(20)));
    BOOST_TEST(finished.status == 0, finished.problems);
    Opinion opinion;
    for (const std::string& line : common::split(finished.output, '\n')) {
        const std::size_t blank = std::min(line.find(' '), line.size());
        opinion[line.substr(0, blank)].push_back(line.substr(std::min(blank + 1, line.size())));
    }
    return opinion;
}

std::string one(const Opinion& opinion, const std::string& key, const std::string& otherwise = "")
{
    const auto found = opinion.find(key);
    return found == opinion.end() ? otherwise : found->second.front();
}

Target target_of(const SshConfig& config, const std::string& host, const std::string& user = "")
{
    Target target;
    target.name = target.host = host;
    if (!user.empty()) {
        target.user = user;
        target.said.user = true;
    }
    config.complete(target);
    return target;
}

/// The ways of writing it that people use, and those that only the manual knows.
constexpr const char* text = R"(# comment
User usual
Host web1
    HostName 10.0.0.1
    Port 2222
    User = deploy
    IdentityFile ~/.ssh/web
    IdentityFile "/keys/with blank"
Host web* !web9
    HostKeyAlias=webs
    Port 2200
    IdentityFile /keys/all
    IdentitiesOnly yes
Host db-? "spare host" db-10
	hostname %h.example.com
	userknownhostsfile /k/one /k/two # the second is empty
Host !web1 *.example.org
    ProxyJump bastion,alice@second:2022
    ProxyCommand never %h
Host *.example.net
    ProxyCommand nc -X 5 -x "proxy:1080" %h %p # not a comment
    ProxyJump none
Host direct.example.net
    ProxyJump late
Host nojump.example.org
    ProxyJump none
Match originalhost web2,web3 user root
    HostName 10.0.0.23
Match host 10.0.0.1
    HostKeyAlias first-comes
Match !host 10.0.0.* user !root,*
    Port 99
Host nobody-has-this-name
    Include INCLUDED
Host *
    Include INCLUDED
Host fe80
    HostName fe80::1%%eth0
Host caps
    HoStNaMe Caps.Example.COM
Match all
    HostKeyAlias everybody
)";

constexpr const char* included = R"(Host inner*
    HostName inner.example.com
    Port 22022
Host web1 inner2
    User included
Match all
    IdentityFile /keys/included
)";

struct Files {
    Files()
    {
        const auto inner = scratch.file("inner", included);
        std::string config = text;
        for (std::size_t at = config.find("INCLUDED"); at != std::string::npos; at = config.find("INCLUDED"))
            config.replace(at, 8, inner.string());
        file = scratch.file("config", config);
    }

    Scratch scratch;
    std::filesystem::path file;
};

} // namespace

BOOST_AUTO_TEST_SUITE(ssh_config)

const std::vector<std::string> hosts{"web1",
                                     "web2",
                                     "web9",
                                     "web33",
                                     "db-1",
                                     "db-10",
                                     "db-11",
                                     "other",
                                     "inner1",
                                     "inner2",
                                     "x.example.org",
                                     "nojump.example.org",
                                     "a.example.net",
                                     "fe80",
                                     "caps",
                                     "10.0.0.1",
                                     "direct.example.net",
                                     "web3",
                                     "WEB33",
                                     "::1",
                                     "10.0.0.77",
                                     "127.0.0.1"};

BOOST_DATA_TEST_CASE(it_reads_as_ssh_does,
                     boost::unit_test::data::make(hosts) *
                         boost::unit_test::data::make(std::vector<std::string>{"root", "deploy"}),
                     host, user)
{
    const Files files;
    if (!common::os::find_program("ssh"))
        return;
    const Opinion ssh = opinion_of_ssh(files.file, host, user);
    const Target ours = target_of(SshConfig::in(files.file), host, user);
    const HostSettings found = SshConfig::in(files.file).find(host, user);

    BOOST_TEST(ours.host == one(ssh, "hostname"));
    BOOST_TEST(std::to_string(ours.port) == one(ssh, "port"));
    BOOST_TEST(ours.user == one(ssh, "user"));
    BOOST_TEST(ours.host_key_alias == one(ssh, "hostkeyalias"));
    BOOST_TEST(ours.identities_only == (one(ssh, "identitiesonly") == "yes"));
    const std::string jump = found.proxy_jump.value_or("none");
    BOOST_TEST(jump == one(ssh, "proxyjump", "none"));
    BOOST_TEST(ours.proxy_command.empty() == (one(ssh, "proxycommand", "none") == "none"));
    if (!ours.proxy_command.empty())
        BOOST_TEST(ours.proxy_command == one(ssh, "proxycommand"));
    if (!found.identity_files.empty()) // without any, ssh lists its usual ones
        BOOST_TEST(found.identity_files == ssh.at("identityfile"), boost::test_tools::per_element());
    if (found.known_hosts)
        BOOST_TEST(common::join(*found.known_hosts, " ") == one(ssh, "userknownhostsfile"));
}

BOOST_AUTO_TEST_CASE(what_the_user_says_goes_first)
{
    const Files files;
    const SshConfig config = SshConfig::in(files.file);
    Target target;
    target.name = target.host = "web1";
    target.port = 22;
    target.user = "me";
    target.said.user = target.said.port = true;
    config.complete(target);
    BOOST_TEST(target.user == "me");
    BOOST_TEST(target.port == 22);
    BOOST_TEST(target.host == "10.0.0.1");

    Target addressed;
    addressed.host = "192.0.2.7";
    addressed.said.host = "web1"; // the name that the configuration knows
    config.complete(addressed);
    BOOST_TEST(addressed.host == "192.0.2.7");
    BOOST_TEST(addressed.port == 2222);
}

BOOST_AUTO_TEST_CASE(no_command_is_run_to_find_out_what_matches)
{
    const Scratch scratch;
    const std::string trace = (scratch.path() / "trace").string();
    const SshConfig config = SshConfig::in(scratch.file(
        "config", "Match exec \"touch " + trace +
                      "\"\n Port 77\nMatch localuser *\n Port 78\nMatch !exec false\n Port 79\n"));
    BOOST_TEST(target_of(config, "h").port == 22);
    BOOST_TEST(!std::filesystem::exists(trace));
}

BOOST_AUTO_TEST_CASE(without_a_word_a_target_stays_as_it_is)
{
    const Scratch scratch;
    const Target target = target_of(SshConfig::in(scratch.file("config", "")), "h");
    BOOST_TEST(target.user == "root");
    BOOST_TEST(target.port == 22);
    BOOST_TEST(target.jumps.empty());
}

BOOST_AUTO_TEST_CASE(jump_hosts_are_looked_up_too)
{
    const Scratch scratch;
    const SshConfig config = SshConfig::in(scratch.file("config", R"(Host inside
    ProxyJump middle,last:2022
Host middle
    HostName middle.example.com
    User mid
    ProxyJump outer
    IdentityFile /keys/middle
Host outer
    Port 2200
Host last
    ProxyJump ignored
)"));
    const Target target = target_of(config, "inside");
    BOOST_REQUIRE(target.jumps.size() == 3u);
    BOOST_TEST(target.jumps[0].host == "outer");
    BOOST_TEST(target.jumps[0].port == 2200);
    BOOST_TEST(target.jumps[1].host == "middle.example.com");
    BOOST_TEST(target.jumps[1].user == "mid");
    BOOST_TEST(target.jumps[1].configured_identities.at(0) == "/keys/middle");
    BOOST_TEST(target.jumps[2].port == 2022);
    BOOST_TEST(target.jumps[2].jumps.empty());
}

BOOST_AUTO_TEST_CASE(a_circle_of_jump_hosts_is_refused)
{
    const Scratch scratch;
    const SshConfig config =
        SshConfig::in(scratch.file("config", "Host a\n ProxyJump b\nHost b\n ProxyJump a\n"));
    BOOST_CHECK_EXCEPTION(target_of(config, "a"), common::Error, [](const common::Error& error) {
        return error.text().find("circle") != std::string::npos;
    });
}

BOOST_AUTO_TEST_CASE(paths_may_hold_tokens_and_variables)
{
    const Scratch scratch;
    ::setenv("SOAPSTONE_TEST_KEYS", "/keys", 1);
    const SshConfig config = SshConfig::in(scratch.file(
        "config", "IdentityFile ${SOAPSTONE_TEST_KEYS}/%n-%r-%p\nIdentityFile %d/%%x\nIdentityFile ~/y\n"));
    const Target target = target_of(config, "h", "u");
    const std::string home = std::getenv("HOME");
    BOOST_TEST(target.configured_identities.at(0) == "/keys/h-u-22");
    BOOST_TEST(target.configured_identities.at(1) == home + "/%x");
    BOOST_TEST(target.configured_identities.at(2) == home + "/y");
}

BOOST_AUTO_TEST_CASE(a_mistake_is_named_with_its_line)
{
    const auto fails = [](const std::string& config, const std::string& text_of_error) {
        const Scratch scratch;
        try {
            target_of(SshConfig::in(scratch.file("config", config)), "h");
            BOOST_ERROR("no error");
        } catch (const common::Error& error) {
            BOOST_TEST(error.text().find(text_of_error) != std::string::npos, error.text());
            BOOST_TEST((error.trouble() == common::Trouble::invalid));
        }
    };
    fails("\nPort x\n", "config:2: \"x\" is no port");
    fails("User \"x\n", "config:1: a quote is not closed");
    fails("HostName -oProxyCommand=x\n", "is no valid name");
    BOOST_CHECK_THROW(SshConfig::in("/nowhere/config"), common::Error);
}

BOOST_AUTO_TEST_CASE(a_file_that_includes_itself_is_refused)
{
    const Scratch scratch;
    const auto file = scratch.path() / "config";
    common::os::write_file_durably(file, "Include " + file.string() + '\n');
    BOOST_CHECK_THROW(SshConfig::in(file), common::Error);
}

BOOST_AUTO_TEST_CASE(a_usual_file_that_others_can_write_is_refused)
{
    const Scratch scratch;
    std::filesystem::create_directory(scratch.path() / ".ssh");
    const auto file = scratch.file(".ssh/config", "User x\n");
    std::filesystem::permissions(file, std::filesystem::perms::all);
    const std::string home = std::getenv("HOME");
    ::setenv("HOME", scratch.path().c_str(), 1);
    BOOST_CHECK_THROW(SshConfig::named(""), common::Error);
    std::filesystem::permissions(file, std::filesystem::perms::owner_read);
    BOOST_TEST(target_of(SshConfig::named(""), "h").user == "x");
    BOOST_TEST(target_of(SshConfig::named("none"), "h").user == "root");
    ::setenv("HOME", home.c_str(), 1);
}

BOOST_AUTO_TEST_SUITE_END()

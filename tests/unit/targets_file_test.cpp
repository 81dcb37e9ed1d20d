#include "common/error.hpp"
#include "manager/target/target_set.hpp"
#include "manager/target/targets_file.hpp"
#include "tests/support/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace manager::target;
using tests::Scratch;

namespace {

constexpr auto example = R"(
defaults: {user: admin, key: keys/one}
groups:
  web:
    user: deploy
    become: sudo
    hosts: ["web[1-3]"]
  all: [web1, db-7]
hosts:
  db-7: {address: 10.0.0.7, port: 2222, key: [/k/a, ~/k/b]}
  web2: {user: root, become: none}
  lonely:
  localhost:
)";

Wishes by(const std::string& user, const std::optional<Become>& become = {})
{
    Wishes wishes;
    wishes.user = user;
    wishes.become = become;
    return wishes;
}

/// A targets file and what is selected from it.
struct Fleet {
    explicit Fleet(const std::string& text = example) : path(scratch.file("fleet.yaml", text)) {}

    std::vector<Target> targets(const std::vector<std::string>& specs = {},
                                const std::vector<std::string>& excluded = {},
                                const Wishes& wishes = {}) const
    {
        const TargetsFile file(path);
        std::istringstream nothing;
        TargetSet set(wishes, &file, nothing);
        for (const std::string& spec : specs)
            set.add(spec);
        if (specs.empty())
            set.add_file();
        set.exclude(excluded);
        return set.targets();
    }

    std::string names(const std::vector<std::string>& specs = {},
                      const std::vector<std::string>& excluded = {}) const
    {
        std::string text;
        for (const Target& target : targets(specs, excluded))
            text += (text.empty() ? "" : " ") + target.name;
        return text;
    }

    Target target(const std::string& name, const Wishes& wishes = {}) const
    {
        for (const Target& target : targets({}, {}, wishes))
            if (target.name == name)
                return target;
        throw std::runtime_error("no target " + name);
    }

    /// What is wrong, behind the file's path; and the way out.
    std::string complaint(const std::vector<std::string>& specs = {}) const
    {
        try {
            targets(specs);
        } catch (const common::Error& error) {
            BOOST_TEST((error.trouble() == common::Trouble::invalid));
            const std::string text = error.text() + (error.hint().empty() ? "" : " | " + error.hint());
            return text.starts_with(path.string()) ? text.substr(path.string().size()) : text;
        }
        return "accepted";
    }

    Scratch scratch;
    std::filesystem::path path;
};

std::string complaint(const std::string& text)
{
    return Fleet(text).complaint();
}

} // namespace

BOOST_AUTO_TEST_SUITE(targets_file)

BOOST_AUTO_TEST_CASE(all_hosts_of_the_file_are_meant_when_none_is_named)
{
    BOOST_TEST(Fleet().names() == "web1 web2 web3 db-7 lonely localhost");
    BOOST_TEST(Fleet("hosts: [a, 'b[1-2]', 'c,d']\n").names() == "a b1 b2 c d");
    BOOST_TEST(Fleet("").names() == "");
}

BOOST_AUTO_TEST_CASE(a_host_goes_before_its_groups_and_they_before_the_defaults)
{
    const Fleet fleet;
    BOOST_TEST(fleet.target("web1").user == "deploy");
    BOOST_TEST((fleet.target("web1").become == Become::sudo));
    BOOST_TEST(fleet.target("web2").user == "root");
    BOOST_TEST((fleet.target("web2").become == Become::none));
    BOOST_TEST(fleet.target("lonely").user == "admin");
    BOOST_TEST(fleet.target("db-7").host == "10.0.0.7");
    BOOST_TEST(fleet.target("db-7").port == 2222);
    BOOST_TEST(fleet.target("web1").groups.size() == 2U);
    BOOST_TEST((fleet.target("localhost").connection == Connection::local));
}

BOOST_AUTO_TEST_CASE(capital_letters_make_no_difference_in_names_of_hosts)
{
    const auto list = Fleet().targets({"DB-7", "boss@LONELY", "db-7"});
    BOOST_TEST(list.size() == 2U);
    BOOST_TEST(list[0].name == "db-7");
    BOOST_TEST(list[0].host == "10.0.0.7");
    BOOST_TEST(list[1].user == "boss");
    BOOST_TEST(complaint("hosts: {a: , A: }\n") == ":1:14: host 'a' stands twice in 'hosts'");
}

BOOST_AUTO_TEST_CASE(a_relative_key_lies_beside_the_file_and_a_tilde_is_the_home_folder)
{
    const Fleet fleet;
    BOOST_TEST(fleet.target("web1").identities.front() == fleet.scratch.path() / "keys/one");
    BOOST_TEST(fleet.target("db-7").identities.size() == 2U);
    BOOST_TEST(fleet.target("db-7").identities[0] == "/k/a");
    BOOST_TEST(fleet.target("db-7").identities[1].is_absolute());
}

BOOST_AUTO_TEST_CASE(the_command_line_beats_the_file)
{
    const Fleet fleet;
    BOOST_TEST(fleet.target("db-7", by("me", Become::sudo)).user == "me");
    BOOST_TEST((fleet.target("web2", by("me", Become::sudo)).become == Become::sudo));
    BOOST_TEST(fleet.target("db-7", by("me")).port == 2222);
    const auto list = fleet.targets({"boss@db-7", "new", "@web"}, {}, by("me"));
    BOOST_TEST(list[0].user == "boss");
    BOOST_TEST(list[0].host == "10.0.0.7");
    BOOST_TEST(list[1].user == "me");
    BOOST_TEST(list[2].user == "me");
}

BOOST_AUTO_TEST_CASE(the_file_says_by_which_way_a_host_is_reached)
{
    const Fleet fleet(R"(
defaults: {jump: "admin@bastion:2022,inner", become: su}
hosts:
  far: {ssh: openssh}
  near: {jump: none, ssh: libssh2}
)");
    const Target far = fleet.target("far");
    BOOST_REQUIRE(far.jumps.size() == 2u);
    BOOST_TEST(far.jumps[0].user == "admin");
    BOOST_TEST(far.jumps[0].port == 2022);
    BOOST_TEST(far.jumps[1].host == "inner");
    BOOST_TEST((far.ssh == SshProgram::openssh));
    BOOST_TEST((far.become == Become::su));
    BOOST_TEST(fleet.target("near").jumps.empty());
    Wishes wishes;
    wishes.jump = "other";
    wishes.ssh = SshProgram::automatic;
    BOOST_TEST(fleet.target("near", wishes).jumps.at(0).host == "other");
    BOOST_TEST((fleet.target("near", wishes).ssh == SshProgram::automatic));
}

BOOST_AUTO_TEST_CASE(a_group_is_named_with_an_at_sign)
{
    const Fleet fleet;
    BOOST_TEST(fleet.names({"@all"}) == "web1 db-7");
    BOOST_TEST(fleet.names({"@web,db-7"}) == "web1 web2 web3 db-7");
    BOOST_TEST(fleet.names({"@web"}, {"@all"}) == "web2 web3");
    BOOST_TEST(fleet.complaint({"web"}) ==
               "target 'web': this is a group of the targets file, and no host in it "
               "| the hosts of a group are named as @web");
    BOOST_TEST(fleet.names({"root@web"}) == "web");
    BOOST_TEST(fleet.complaint({"@wep"}) ==
               "reading the targets in 'wep': No such file or directory | groups: did you mean 'web'?");
}

BOOST_AUTO_TEST_CASE(a_name_without_a_group_is_a_file_with_a_list)
{
    const Fleet fleet;
    const auto list = fleet.scratch.file("list", "web1\nnew1\n");
    const auto found = fleet.targets({"@" + list.string()});
    BOOST_TEST(found[0].user == "deploy");
    BOOST_TEST(found[1].user == "root");
}

BOOST_AUTO_TEST_CASE(an_unknown_key_is_told_with_its_place_and_the_nearest_valid_one)
{
    BOOST_TEST(complaint("defaults: {usr: admin}\n") ==
               ":1:12: unknown key 'usr' in 'defaults' | did you mean 'user'?");
    BOOST_TEST(complaint("hosts:\n  a: {prot: 3}\n") ==
               ":2:7: unknown key 'prot' in host 'a' | did you mean 'port'?");
    BOOST_TEST(complaint("host:\n  a:\n") == ":1:1: unknown key 'host' in the file | did you mean 'hosts'?");
    BOOST_TEST(complaint("groups:\n  web: {hots: [a]}\n") ==
               ":2:9: unknown key 'hots' in group 'web' | did you mean 'hosts'?");
    BOOST_TEST(complaint("defaults: {zzzzzzz: 1}\n") ==
               ":1:12: unknown key 'zzzzzzz' in 'defaults' | there "
               "is: user, port, key, become, connection, ssh, jump, "
               "domain, kerberos, netbios, allow_smb2, method, pull, "
               "legacy_tls");
}

BOOST_AUTO_TEST_CASE(a_password_has_no_place_in_the_file)
{
    BOOST_TEST(complaint("defaults: {password: x}\n") ==
               ":1:12: passwords have no place in this file | use --ask-password or --password-file");
}

BOOST_AUTO_TEST_CASE(a_bad_value_is_told_with_its_place)
{
    BOOST_TEST(complaint("hosts:\n  a: {port: 70000}\n") ==
               ":2:13: '70000': a port is a number from 1 to 65535");
    BOOST_TEST(complaint("defaults: {port: many}\n") == ":1:18: 'many': a port is a number from 1 to 65535");
    BOOST_TEST(complaint("defaults:\n  become: doas\n") == ":2:11: this must be one of: none, sudo, su");
    BOOST_TEST(complaint("defaults: {connection: rdp}\n") ==
               ":1:24: this must be one of: ssh, local, smb, bmc");
    BOOST_TEST(complaint("defaults: {ssh: putty}\n") == ":1:17: this must be one of: auto, libssh2, openssh");
    BOOST_TEST(
        complaint("defaults: {jump: 'a b'}\n") ==
        ":1:18: target 'a b': host 'a b' is no valid name | a target looks like [user@]host[:port], an IPv6 "
        "address with port like [::1]:22");
    BOOST_TEST(complaint("defaults: {user: [a]}\n") == ":1:18: 'user' must be one word");
    BOOST_TEST(complaint("defaults: {user: -x}\n") == ":1:18: target '-x': user '-x' is no valid name");
    BOOST_TEST(complaint("hosts:\n  a: {address: 'b c'}\n") ==
               ":2:16: target 'b c': address 'b c' is no valid name");
    BOOST_TEST(
        complaint("hosts:\n  - a\n  - node[1\n").starts_with(":3:5: target 'node[1': '[' without ']'"));
    BOOST_TEST(complaint("hosts:\n  \"a[2-1]\":\n").starts_with(":2:3: target 'a[2-1]': the range 2-1"));
    BOOST_TEST(complaint("hosts:\n  'a[1-2]': {address: 10.0.0.1}\n") ==
               ":2:23: several hosts cannot have one address");
    BOOST_TEST(complaint("hosts: a\n") == ":1:8: 'hosts' must be a list, or have hosts as keys");
    BOOST_TEST(complaint("groups: [a]\n") == ":1:9: 'groups' must have the names of groups as keys");
    BOOST_TEST(complaint("groups:\n  web: {hosts: a}\n") == ":2:16: the hosts of a group are a list");
    BOOST_TEST(complaint("[1, 2]").starts_with(":1:1: the file must have keys with values"));
}

BOOST_AUTO_TEST_CASE(what_stands_twice_is_a_mistake)
{
    BOOST_TEST(complaint("hosts:\n  a:\n  b:\n  a:\n") == ":4:3: host 'a' stands twice in 'hosts'");
    BOOST_TEST(complaint("groups:\n  a: [x]\n  a: [y]\n") == ":3:3: group 'a' stands twice in the file");
    BOOST_TEST(complaint("defaults: {user: a, user: b}\n") == ":1:21: key 'user' stands twice in 'defaults'");
}

BOOST_AUTO_TEST_CASE(what_is_no_yaml_is_told_with_its_place)
{
    BOOST_TEST(complaint("hosts:\n  a: {\n").starts_with(":3:1: this is no YAML: "));
    const std::string tab =
        "this line is indented with a tab, which YAML does not allow | indent it with blanks";
    BOOST_TEST(complaint("hosts:\n  a:\n  \tuser: x\n") == ":3:3: " + tab);
    BOOST_TEST(complaint("defaults:\n  user: x\n\tport: 2\n") == ":3:1: " + tab);
    BOOST_TEST(complaint("hosts:\n\t- a") == ":2:1: " + tab);
    BOOST_TEST(complaint("hosts: [a,\n\tb]\n") == "accepted"); // no indentation that means anything
    BOOST_TEST(complaint("hosts:\n  - [a\n  b: }\n").starts_with(":3:"));
}

BOOST_AUTO_TEST_CASE(a_host_names_its_bmc)
{
    BOOST_TEST(complaint("hosts:\n  a: {bmc: b}\n  b: {connection: bmc, pull: http, method: push}\n") ==
               "accepted");
    BOOST_TEST(complaint("hosts:\n  a: {bmc: c}\n").starts_with(":2:12: there is no host 'c' in the file"));
    BOOST_TEST(complaint("hosts:\n  a: {bmc: b}\n  b: {}\n").starts_with(":2:12: 'b' is no BMC"));
    BOOST_TEST(complaint("hosts:\n  a: {connection: bmc, bmc: b}\n  b: {connection: bmc}\n")
                   .starts_with(":2:29: 'a' is a BMC itself"));
    BOOST_TEST(complaint("hosts:\n  a[1-2]: {bmc: b}\n  b: {connection: bmc}\n")
                   .starts_with(":2:17: 'b' is the BMC of 'a1' already"));
    BOOST_TEST(complaint("defaults: {pull: ftp}\n") == ":1:18: this must be one of: https, http, never");
    BOOST_TEST(complaint("defaults: {bmc: b}\n").starts_with(":1:12: unknown key 'bmc'"));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_there_is_bad_input)
{
    try {
        TargetsFile("/no/such.yaml");
        BOOST_TEST(false);
    } catch (const common::Error& error) {
        BOOST_TEST((error.trouble() == common::Trouble::invalid));
        BOOST_TEST(error.text() == "the targets file: opening /no/such.yaml: No such file or directory");
    }
}

BOOST_AUTO_TEST_CASE(a_file_of_garbage_harms_nobody)
{
    std::uint32_t state = 7;
    for (int round = 0; round < 200; ++round) {
        std::string text = example;
        for (int change = 0; change < 3; ++change) {
            state = state * 1664525 + 1013904223;
            text[(state >> 8) % text.size()] = static_cast<char>(32 + (state >> 4) % 95);
        }
        complaint(text);
    }
    BOOST_TEST(complaint(std::string(5000, '[')) != "accepted");
}

BOOST_AUTO_TEST_SUITE_END()

#include "common/text.hpp"
#include "tests/unit/listing_rig.hpp"

#include <boost/test/unit_test.hpp>

using namespace manager::target;
using tests::ListingRig;

namespace {

constexpr auto example = R"(
; loners
lonely

[web]
web[01:03].example.com ansible_user='deploy' http_port=80   # in the first rack
db-[a:c]:2200

[db]
db-a ansible_host=10.0.0.7 ansible_ssh_private_key_file=~/.ssh/db
n[0:6:3]

[site:children]
web
db

[site:vars]
ansible_user = admin
ansible_become = yes
ntp_server = "10.0.0.1"

[web:vars]
ansible_become=True

[all:vars]
ansible_user=root
ansible_port=22
ansible_become=false
)";

constexpr auto same_in_yaml = R"(
all:
  vars:
    ansible_user: root
    ansible_port: 22
    ansible_become: false
  hosts:
    lonely:
  children:
    site:
      vars: {ansible_user: admin, ansible_become: yes, ntp_server: 10.0.0.1}
      children:
        web:
          vars: {ansible_become: true}
          hosts:
            web[01:03].example.com: {ansible_user: deploy, http_port: 80}
            db-[a:c]:2200:
        db:
          hosts:
            db-a: {ansible_host: 10.0.0.7, ansible_ssh_private_key_file: ~/.ssh/db}
            n[0:6:3]:
)";

/// All that the file says of its targets, one a line.
std::string told(const ListingRig& rig)
{
    std::string text;
    for (const Target& target : rig.targets()) {
        text += target.name + " " + target.user + "@" + target.host + ":" + std::to_string(target.port);
        text += target.become == Become::sudo ? " sudo" : "";
        text += target.identities.empty() ? "" : " key";
        text += " [" + common::join(target.groups, ",") + "]\n";
    }
    return text;
}

std::string complaint(const std::string& text, const std::string& name = "hosts")
{
    return ListingRig(text, name).complaint();
}

std::string hosts_of(const std::string& line)
{
    return ListingRig(line + "\n", "hosts").names();
}

} // namespace

BOOST_AUTO_TEST_SUITE(ansible_inventory)

BOOST_AUTO_TEST_CASE(ini_and_yaml_say_the_same)
{
    const std::string expected = "web01.example.com deploy@web01.example.com:22 sudo [site,web]\n"
                                 "web02.example.com deploy@web02.example.com:22 sudo [site,web]\n"
                                 "web03.example.com deploy@web03.example.com:22 sudo [site,web]\n"
                                 "db-a admin@10.0.0.7:2200 sudo key [db,site,web]\n"
                                 "db-b admin@db-b:2200 sudo [site,web]\n"
                                 "db-c admin@db-c:2200 sudo [site,web]\n"
                                 "n0 admin@n0:22 sudo [db,site]\n"
                                 "n3 admin@n3:22 sudo [db,site]\n"
                                 "n6 admin@n6:22 sudo [db,site]\n";
    BOOST_TEST(told(ListingRig(example, "hosts")) == "lonely root@lonely:22 []\n" + expected);
    BOOST_TEST(told(ListingRig(same_in_yaml, "hosts.yml")) == "lonely root@lonely:22 []\n" + expected);
}

BOOST_AUTO_TEST_CASE(a_group_is_selected_with_its_children)
{
    const ListingRig rig(same_in_yaml, "hosts.yml");
    BOOST_TEST(rig.names({"@db"}) == "db-a n0 n3 n6");
    BOOST_TEST(rig.names({"@site"}) == rig.names({"@web,@db"}));
    BOOST_TEST(rig.names({"@ungrouped"}) == "lonely");
    BOOST_TEST(rig.names({"@all"}) == rig.names());
    BOOST_TEST(rig.names({"@all"}, {"@site"}) == "lonely");
    BOOST_TEST(rig.complaint({"site"}) ==
               "target 'site': this is a group of the targets file, and no host in "
               "it | the hosts of a group are named as @site");
    BOOST_TEST(rig.complaint({"@sit"}).ends_with("groups: did you mean 'site'?"));
}

BOOST_AUTO_TEST_CASE(ranges_are_those_of_ansible)
{
    BOOST_TEST(hosts_of("web[01:03].example.com") == "web01.example.com web02.example.com web03.example.com");
    BOOST_TEST(hosts_of("n[8:11]") == "n8 n9 n10 n11");
    BOOST_TEST(hosts_of("n[08:11]") == "n08 n09 n10 n11");
    BOOST_TEST(hosts_of("n[:2]") == "n0 n1 n2");
    BOOST_TEST(hosts_of("n[0:20:10]") == "n0 n10 n20");
    BOOST_TEST(hosts_of("db-[a:f]") == "db-a db-b db-c db-d db-e db-f");
    BOOST_TEST(hosts_of("r[1:2]-[y:z:1]") == "r1-y r1-z r2-y r2-z");
    BOOST_TEST(hosts_of("[1:2].example.com") == "1.example.com 2.example.com");
    BOOST_TEST(complaint("n[1-3]\n") == ":1:1: host 'n[1-3]': '[1-3]' is no range | a range of Ansible looks "
                                        "like web[01:50], db-[a:f] or n[0:20:2]");
    BOOST_TEST(complaint("n[3:1]\n").starts_with(":1:1: host 'n[3:1]': the range 3:1 runs backwards"));
    BOOST_TEST(complaint("n[f:a]\n").starts_with(":1:1: host 'n[f:a]': the range f:a runs backwards"));
    BOOST_TEST(complaint("n[01:100]\n").find("not of the same length") != std::string::npos);
    BOOST_TEST(complaint("n[1:9:0]\n").find("'0' is no step") != std::string::npos);
    BOOST_TEST(complaint("n[1:x]\n").find("'1:x' is no range of numbers or letters") != std::string::npos);
    BOOST_TEST(complaint("n[1:3\n").find("'[' without ']'") != std::string::npos);
    BOOST_TEST(complaint("n1]\n").find("']' without '['") != std::string::npos);
    BOOST_TEST(complaint("n[1:999999]\n").find("more than 100000 targets") != std::string::npos);
    BOOST_TEST(complaint("n[1:999]m[1:999]\n").find("more than 100000 targets") != std::string::npos);
    BOOST_TEST(complaint("a[1:99999]\nb[1:9]\n").starts_with(":2:1: more than 100000 targets"));
}

BOOST_AUTO_TEST_CASE(ports_and_ipv6_addresses_stand_as_in_ansible)
{
    BOOST_TEST(told(ListingRig("web1:2222\n2001:db8::1\n[2001:db8::2]:2222\n", "hosts")) ==
               "web1 root@web1:2222 []\n"
               "2001:db8::1 root@2001:db8::1:22 []\n"
               "2001:db8::2 root@2001:db8::2:2222 []\n");
    BOOST_TEST(complaint("web1:0\n") == ":1:1: '0': a port is a number from 1 to 65535");
}

BOOST_AUTO_TEST_CASE(values_are_quoted_as_for_a_shell)
{
    BOOST_TEST(ListingRig("a ansible_host=\"10.0.0.1\"\n", "hosts").target("a").host == "10.0.0.1");
    BOOST_TEST(ListingRig("a x='b c' ansible_user=d'e'f\n", "hosts").target("a").user == "def");
    BOOST_TEST(ListingRig("a x=\"\\\" ' \" ansible_user=u\n", "hosts").target("a").user == "u");
    BOOST_TEST(ListingRig("a x=\\ y ansible_user=u#z ansible_port=1\n", "hosts").target("a").user == "u");
    BOOST_TEST(complaint("ok\n  a x='b\n") ==
               ":2:1: a quote or a backslash at the end of this line has no partner");
    BOOST_TEST(complaint("a 22\n") == ":1:3: '22' behind a host is no variable | variables look like "
                                      "ansible_port=2222, with quotes around values with blanks");
    BOOST_TEST(complaint("a x=1 ; no comment, says Ansible\n")
                   .starts_with(":1:7: ';' behind a host is no variable"));
}

BOOST_AUTO_TEST_CASE(a_comment_behind_a_value_of_a_group_is_one_only_where_ansible_says_so)
{
    const auto port = [](const std::string& value) {
        return ListingRig("a\n[all:vars]\nansible_port = " + value + "\n", "hosts").target("a").port;
    };
    BOOST_TEST(port("2222") == 2222);
    BOOST_TEST(port("2222 # the odd one") == 2222);
    BOOST_TEST(port("'2222' # the odd one") == 2222);
    BOOST_TEST(complaint("a\n[all:vars]\nansible_user = me # or you\n")
                   .starts_with(":3:16: target 'me # or you': user 'me # or you' is no valid name"));
}

BOOST_AUTO_TEST_CASE(a_child_goes_before_its_parent_and_the_last_of_equals_wins)
{
    const std::string groups = "[zoo:children]\nbar\n[bar]\nh\n[abc]\nh\n";
    const auto user = [&](const std::string& more) {
        return ListingRig(groups + more, "hosts").target("h").user;
    };
    BOOST_TEST(user("[zoo:vars]\nansible_user=z\n[bar:vars]\nansible_user=b\n") == "b");
    BOOST_TEST(user("[zoo:vars]\nansible_user=z\n[abc:vars]\nansible_user=a\n") ==
               "z"); // equal depth: by name
    BOOST_TEST(user("[zoo:vars]\nansible_user=z\n[abc:vars]\nansible_user=a\nansible_group_priority=5\n") ==
               "a");
    BOOST_TEST(user("[bar:vars]\nansible_user=b\n[all:vars]\nansible_user=x\n") == "b");
    BOOST_TEST(user("[all:vars]\nansible_user=x\n") == "x");
    BOOST_TEST(ListingRig("[targets:vars]\nansible_user = t\n[targets]\nh\n", "hosts").target("h").user ==
               "t");
    BOOST_TEST(user("[bar:vars]\nansible_user=b\nansible_ssh_user=old\n") == "old");
}

BOOST_AUTO_TEST_CASE(the_old_names_of_variables_are_known)
{
    const Target target =
        ListingRig("a ansible_ssh_host=10.0.0.9 ansible_ssh_port=2 ansible_ssh_user=u\n", "hosts")
            .target("a");
    BOOST_TEST(target.host == "10.0.0.9");
    BOOST_TEST(target.port == 2);
    BOOST_TEST(target.user == "u");
}

BOOST_AUTO_TEST_CASE(connections_are_ssh_or_local)
{
    const auto connection = [](const std::string& line) {
        return ListingRig(line + "\n", "hosts").target(line.substr(0, line.find(' '))).connection;
    };
    BOOST_TEST((connection("a ansible_connection=ssh") == Connection::ssh));
    BOOST_TEST((connection("a ansible_connection=smart") == Connection::ssh));
    BOOST_TEST((connection("a ansible_connection=ansible.builtin.ssh") == Connection::ssh));
    BOOST_TEST((connection("a ansible_connection=local") == Connection::local));
    BOOST_TEST((connection("localhost") == Connection::local));
    BOOST_TEST((connection("localhost ansible_connection=ssh") == Connection::ssh));
    BOOST_TEST((connection("localhost ansible_host=10.0.0.1") == Connection::ssh));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_honoured_is_told_only_of_targets_that_are_selected)
{
    const ListingRig rig("[linux]\nweb[1:2]\n[windows]\nwin[1:3]\n[windows:vars]\nansible_connection=winrm\n",
                         "hosts");
    BOOST_TEST(
        rig.complaint() ==
        ":6:20: ansible_connection is 'winrm' (for win[1-3]) | targets are reached by ssh, or local; to "
        "leave out what it is about: --exclude 'win[1-3]'");
    BOOST_TEST(rig.complaint({"@linux"}) == "accepted");
    BOOST_TEST(rig.complaint({"win2"}).find("(for win2)") != std::string::npos);
    BOOST_TEST(rig.names({}, {"win[1-3]"}) == "web1 web2");
}

BOOST_AUTO_TEST_CASE(values_that_need_ansible_are_refused_with_their_place)
{
    BOOST_TEST(complaint("a ansible_host='{{ inventory_hostname }}.lan'\n")
                   .starts_with(":1:3: ansible_host is a template, '{{ inventory_hostname }}.lan', and those "
                                "are not worked out here (for a) | write the value itself"));
    BOOST_TEST(complaint("all:\n  hosts:\n    a:\n      ansible_user: !vault |\n        $ANSIBLE_VAULT;1.1\n",
                         "hosts.yml")
                   .starts_with(":4:21: ansible_user is encrypted by ansible-vault (for a)"));
    BOOST_TEST(
        complaint("a ansible_become=yes ansible_become_method=doas\n")
            .starts_with(":1:22: ansible_become_method is 'doas' (for a) | a login becomes root by sudo"));
    BOOST_TEST(complaint("a ansible_become_method=doas\n") == "accepted");
    BOOST_TEST(complaint("a ansible_become=yes ansible_become_user=oracle\n")
                   .starts_with(":1:22: ansible_become_user is 'oracle'"));
    BOOST_TEST(complaint("a ansible_become=perhaps\n").starts_with(":1:3: ansible_become is 'perhaps'"));
    BOOST_TEST(complaint("a ansible_port=70000\n").starts_with(":1:3: '70000': a port is a number"));
    BOOST_TEST(complaint("all: {hosts: {a: {ansible_host: [b]}}}\n")
                   .starts_with(":1:33: ansible_host is no single word (for a)"));
}

BOOST_AUTO_TEST_CASE(a_user_that_needs_ansible_can_be_given_on_the_command_line)
{
    const ListingRig rig("a ansible_user='{{ me }}' ansible_become=yes\n", "hosts");
    BOOST_TEST(rig.complaint().find("write the value itself, or give a user with -u;") != std::string::npos);
    BOOST_TEST(rig.targets({"root@a"}).front().user == "root");
    BOOST_TEST((rig.targets({"root@a"}).front().become == Become::sudo));
    manager::target::Wishes as_root;
    as_root.user = "root";
    BOOST_TEST(rig.targets({}, {}, as_root).front().user == "root");
}

BOOST_AUTO_TEST_CASE(passwords_are_not_used_and_that_is_told_without_them)
{
    const ListingRig rig("web[1:3] ansible_password=hunter2\n"
                         "db ansible_become_pass='{{ vaulted }}' ansible_ssh_common_args='-J hop'\n",
                         "hosts");
    BOOST_TEST(
        rig.notices() ==
        ": passwords in it are not used: ansible_become_pass of db, ansible_password of web[1-3]; give "
        "them with --ask-password, --password-file and the like\n"
        ": these are not taken: ansible_ssh_common_args of db\n");
    BOOST_TEST(rig.complaint() == "accepted");
    BOOST_TEST(complaint("a ansible_password=my hunter2\n").find("hunter2") == std::string::npos);
    BOOST_TEST(complaint("a\n[all:vars]\nansible_password: hunter2\n").find("hunter2") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(folders_beside_the_inventory_are_read)
{
    const ListingRig rig("[web]\na\nb ansible_user=line\n[web:vars]\nansible_user=inventory\n", "hosts");
    rig.file("group_vars/all.yml", "ansible_port: 1\nansible_user: everyone\nother: {a: [1, 2]}\n");
    BOOST_TEST(told(rig) == "a everyone@a:1 [web]\nb line@b:1 [web]\n"); // as Ansible: folders beat groups
    rig.file("group_vars/web/one.yaml", "---\nansible_port: 2\n");
    rig.file("group_vars/web/vault.yml", "$ANSIBLE_VAULT;1.1;AES256\n6162\n");
    rig.file("group_vars/web/notes.txt", "{ no yaml");
    rig.file("group_vars/nobody.yml", "{ no yaml");
    rig.file("host_vars/b", "{\"ansible_user\": \"folder\"}\n");
    BOOST_TEST(told(rig) == "a everyone@a:2 [web]\nb folder@b:2 [web]\n");
    BOOST_TEST(rig.notices() == "not read, because ansible-vault encrypted it: " +
                                    (rig.folder() / "group_vars/web/vault.yml").string() + "\n");
    const auto bad = rig.file("host_vars/a.yml", "ansible_port: 3\nansible_host: {{ x }}\n");
    BOOST_TEST(rig.complaint().starts_with(bad.string() + ":2:"));
    rig.file("host_vars/a.yml", "[1]\n");
    BOOST_TEST(rig.complaint() == bad.string() + ":1:1: the file must have variables as keys");
}

BOOST_AUTO_TEST_CASE(mistakes_in_groups_are_told_with_their_place)
{
    BOOST_TEST(complaint("[a:children]\nb\n") ==
               ":2:1: there is no group 'b' in this inventory | a group is what has a section [b]");
    BOOST_TEST(complaint("h\n[a:vars]\nx=1\n").starts_with(":2:1: there is no group 'a'"));
    BOOST_TEST(complaint("[a:children]\nb\n[b:children]\na\n").find("is within itself") != std::string::npos);
    BOOST_TEST(complaint("[a:children]\na\n") == ":2:1: group 'a' is within itself");
    BOOST_TEST(complaint("[a:children]\nall\n") == ":2:1: group 'all' is within itself");
    BOOST_TEST(complaint("[a:hosts]\nb\n").starts_with(":1:1: ':hosts' is no kind of section"));
    BOOST_TEST(complaint("h\n[my web]\nb\n").starts_with(":2:1: '[my web]' is no section"));
    BOOST_TEST(complaint("[a:vars]\nx\n[a]\n").starts_with(":2:1: 'x' is no variable"));
    BOOST_TEST(complaint("[a:children]\nb c\n").starts_with(":2:1: 'b c' is no name of a group"));
    BOOST_TEST(complaint("[all]\na/b\n").starts_with(":2:1: target 'a/b': host 'a/b' is no valid name"));
    BOOST_TEST(complaint("all:\n  host:\n    a:\n") ==
               ":2:3: unknown key 'host' in group 'all' | did you mean 'hosts'?");
    BOOST_TEST(complaint("all:\n  hosts: [a, b]\n") ==
               ":2:10: 'hosts' of group 'all' must be a list of keys, each with a colon behind it");
    BOOST_TEST(complaint("all: {children: &x {a: {children: *x}}}\n").find("nested too deep") !=
               std::string::npos);
    std::string deep;
    for (int i = 999; i > 700; --i)
        deep += "[g" + std::to_string(i) + ":children]\ng" + std::to_string(i - 1) + "\n";
    BOOST_TEST(complaint(deep + "[g700]\nh\n").find("nested more than 100 deep") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(other_files_of_ansible_are_told_apart)
{
    BOOST_TEST(complaint("- hosts: all\n  tasks: []\n").find("a playbook of Ansible") != std::string::npos);
    BOOST_TEST(complaint("plugin: aws_ec2\n").find("settings of a plugin") != std::string::npos);
    BOOST_TEST(complaint("{\"_meta\": {}, \"all\": {}}\n").find("what an inventory program prints") !=
               std::string::npos);
    BOOST_TEST(complaint("#!/bin/sh\n").find("a program that makes an inventory") != std::string::npos);
    BOOST_TEST(complaint("$ANSIBLE_VAULT;1.1;AES256\n").find("encrypted by ansible-vault") !=
               std::string::npos);
    BOOST_TEST(complaint("-----BEGIN OPENSSH PRIVATE KEY-----\n").find("this is a key") != std::string::npos);
    BOOST_TEST(complaint(std::string("a\nb\0c\n", 6)).starts_with(":2:1: this is no text"));
}

BOOST_AUTO_TEST_CASE(null_values_and_empty_parts_are_nothing)
{
    BOOST_TEST(hosts_of("") == "");
    BOOST_TEST(ListingRig("all:\n", "hosts.yml").names() == "");
    BOOST_TEST(ListingRig("all:\n  hosts:\n  vars:\n  children:\n    web:\n", "hosts.yml").names() == "");
    const ListingRig rig("all:\n  hosts:\n    a: {ansible_user: , ansible_port: ''}\n", "hosts.yml");
    BOOST_TEST(told(rig) == "a root@a:22 []\n");
}

BOOST_AUTO_TEST_CASE(a_yaml_merge_is_weaker_than_what_stands_beside_it)
{
    const ListingRig rig("all:\n  hosts:\n    a: &base {ansible_user: u, ansible_port: 7}\n"
                         "    b: {<<: *base, ansible_port: 8}\n",
                         "hosts.yml");
    BOOST_TEST(rig.target("b").user == "u");
    BOOST_TEST(rig.target("b").port == 8);
}

BOOST_AUTO_TEST_CASE(garbage_and_cut_inventories_harm_nobody)
{
    for (const std::string text : {example, same_in_yaml}) {
        for (std::size_t size = 0; size < text.size(); size += 7)
            complaint(text.substr(0, size));
        tests::each_spoiled(text, 300, [](const std::string& spoiled) { complaint(spoiled); });
    }
}

BOOST_AUTO_TEST_SUITE_END()

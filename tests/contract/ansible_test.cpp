// What we make of an inventory is compared with what Ansible itself makes of it. Needs ansible-core; without
// it the tests are skipped.

#include "tests/unit/listing_rig.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <set>

using namespace manager::target;
using nlohmann::json;
using tests::ListingRig;
namespace unit_test = boost::unit_test;

namespace {

std::string output_of(const std::string& command)
{
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
    std::string text;
    char part[4096];
    for (std::size_t got = 1; pipe && got > 0;) {
        got = std::fread(part, 1, sizeof part, pipe.get());
        text.append(part, got);
    }
    return text;
}

struct HasAnsible {
    boost::test_tools::assertion_result operator()(unit_test::test_unit_id) const
    {
        return !output_of("command -v ansible-inventory").empty();
    }
};

std::string text_of(const json& variables, const std::string& name, const std::string& otherwise)
{
    if (!variables.contains(name))
        return otherwise;
    const json& value = variables.at(name);
    return value.is_string() ? value.get<std::string>() : value.dump();
}

/// `user@host:port sudo? local?` as Ansible's variables say.
std::string wanted(const std::string& name, const json& variables)
{
    const std::string become = text_of(variables, "ansible_become", "false");
    const bool local = text_of(variables, "ansible_connection", "ssh") == "local";
    return text_of(variables, "ansible_user", "root") + "@" + text_of(variables, "ansible_host", name) + ":" +
           text_of(variables, "ansible_port", "22") + (become == "true" || become == "yes" ? " sudo" : "") +
           (local ? " local" : "");
}

std::string found(const Target& target)
{
    return target.user + "@" + target.host + ":" + std::to_string(target.port) +
           (target.become == Become::sudo ? " sudo" : "") +
           (target.connection == Connection::local ? " local" : "");
}

void collect(const json& groups, const std::string& group, std::set<std::string>& hosts)
{
    if (!groups.contains(group))
        return; // it is empty
    for (const json& host : groups.at(group).value("hosts", json::array()))
        hosts.insert(host.get<std::string>());
    for (const json& child : groups.at(group).value("children", json::array()))
        collect(groups, child.get<std::string>(), hosts);
}

/// What ansible-inventory prints of a file, without anybody's settings.
std::string ansible_inventory(const ListingRig& rig, const std::string& name, const std::string& how)
{
    const std::string config = rig.file("ansible.cfg", "").string();
    return output_of("LC_ALL=C.UTF-8 HOME=" + rig.folder().string() + " ANSIBLE_CONFIG=" + config +
                     " ansible-inventory -i " + (rig.folder() / name).string() + " " + how);
}

void compare(const ListingRig& rig, const std::string& name)
{
    const json ansible = json::parse(ansible_inventory(rig, name, "--list"));
    const json& variables = ansible.at("_meta").at("hostvars");
    std::set<std::string> all;
    collect(ansible, "all", all);
    BOOST_TEST(rig.targets().size() == all.size());
    for (const std::string& host : all)
        BOOST_TEST(host + " is " + found(rig.target(host)) ==
                   host + " is " + wanted(host, variables.value(host, json::object())));
    for (const auto& [group, content] : ansible.items()) {
        if (group == "_meta")
            continue;
        std::set<std::string> theirs;
        collect(ansible, group, theirs);
        std::set<std::string> ours;
        for (const Target& target : rig.targets({"@" + group}))
            ours.insert(target.name);
        BOOST_TEST(ours == theirs, boost::test_tools::per_element());
    }
}

constexpr auto ini = R"(
; loners
lonely ansible_port=2022
here ansible_connection=local
[web]
web[01:12].example.com ansible_user='deploy' http_port=80   # in the first rack
db-[a:e:2]:2200 note="it's \"quoted\"" ansible_host='10.0.0.1'
[db]
db-a ansible_host=10.0.0.7
n[0:6:3]
[2001:db8::7]:2222
[site:children]
web
db
[site:vars]
ansible_user = admin
ansible_become = yes
ansible_port = 2 # a number may have a comment
[db:vars]
ansible_user="it"
[web:vars]
ansible_become=True
ansible_user=web
[a-first]
db-a
n0
[a-first:vars]
ansible_user=first
[all:vars]
ansible_user=nobody
ansible_become=false
)";

constexpr auto yaml = R"(
all:
  vars: {ansible_user: nobody}
  hosts:
    lonely:
    here: {ansible_connection: local}
  children:
    site:
      vars: &common {ansible_user: admin, ansible_become: yes}
      children:
        web:
          vars: {<<: *common, ansible_port: 8}
          hosts:
            web[01:03]: {ansible_user: deploy}
            db-[a:c]:2200: {}
        db:
          vars: {ansible_group_priority: 10, ansible_user: prior}
          hosts: {db-a: {ansible_host: 10.0.0.7}}
        zebra:
          vars: {ansible_user: zebra}
          hosts: {db-a: , db-b: }
    empty:
other:
  hosts:
    web01:
  vars: {ansible_become: false}
)";

} // namespace

BOOST_AUTO_TEST_SUITE(ansible, *unit_test::precondition(HasAnsible()))

BOOST_AUTO_TEST_CASE(an_inventory_in_ini_means_what_ansible_takes_it_for)
{
    compare(ListingRig(ini, "hosts"), "hosts");
}

BOOST_AUTO_TEST_CASE(an_inventory_in_yaml_means_what_ansible_takes_it_for)
{
    compare(ListingRig(yaml, "hosts.yml"), "hosts.yml");
}

BOOST_AUTO_TEST_CASE(folders_with_variables_mean_what_ansible_takes_them_for)
{
    const ListingRig rig(ini, "hosts");
    rig.file("group_vars/all.yml", "ansible_user: everyone\nansible_port: 77\n");
    rig.file("group_vars/web/b.yml", "ansible_user: b\n");
    rig.file("group_vars/web/a.yml", "ansible_user: a\nansible_become: no\n");
    rig.file("group_vars/db", "ansible_user: db\n");
    rig.file("host_vars/n3.yaml", "ansible_host: 10.0.0.3\n");
    compare(rig, "hosts");
}

BOOST_AUTO_TEST_CASE(what_ansible_writes_is_read_as_it_was_meant)
{
    const ListingRig rig(ini, "hosts");
    const ListingRig again(ansible_inventory(rig, "hosts", "--list --yaml"), "written.yml");
    for (const Target& target : rig.targets())
        BOOST_TEST(target.name + " is " + found(again.target(target.name)) ==
                   target.name + " is " + found(target));
}

BOOST_AUTO_TEST_SUITE_END()

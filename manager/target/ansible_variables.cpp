#include "manager/target/ansible_variables.hpp"

#include "common/text.hpp"

#include <algorithm>
#include <initializer_list>

namespace manager::target {

namespace {

using Names = std::initializer_list<const char*>;

// Of two names for one thing the later one wins, as in Ansible.
const Names host_names{"ansible_host", "ansible_ssh_host"};
const Names port_names{"ansible_port", "ansible_ssh_port"};
const Names user_names{"ansible_user", "ansible_ssh_user"};
const Names key_names{"ansible_private_key_file", "ansible_ssh_private_key_file"};
const Names other_names{"ansible_connection", "ansible_become", "ansible_become_method",
                        "ansible_become_user", "ansible_group_priority"};
const Names password_names{"ansible_password",        "ansible_ssh_pass",    "ansible_ssh_password",
                           "ansible_become_password", "ansible_become_pass", "ansible_sudo_pass",
                           "ansible_su_pass"};
const Names left_out_names{"ansible_ssh_common_args", "ansible_ssh_extra_args", "ansible_ssh_args"};

bool is_in(Names names, const std::string& name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

const AnsibleValue* find(const AnsibleVariables& variables, Names names,
                         const char* way_out = "write the value itself")
{
    const AnsibleValue* found = nullptr;
    for (const char* name : names)
        if (const auto place = variables.find(name); place != variables.end())
            found = &place->second;
    if (found == nullptr || (found->text.empty() && found->flaw == nullptr))
        return nullptr;
    const std::string name = *names.begin();
    if (found->flaw != nullptr)
        refuse(found->place, name + " " + found->flaw, way_out);
    if (found->text.find("{{") != std::string::npos || found->text.find("{%") != std::string::npos)
        refuse(found->place,
               name + " is a template, '" + common::one_line(found->text, 80) +
                   "', and those are not worked out here",
               way_out);
    return found;
}

bool is_yes(const AnsibleValue& value)
{
    std::string word = value.text;
    std::transform(word.begin(), word.end(), word.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    if (is_in({"yes", "true", "on", "y", "t", "1", "1.0"}, word))
        return true;
    if (!is_in({"no", "false", "off", "n", "f", "0", "0.0"}, word))
        refuse(value.place, "ansible_become is '" + common::one_line(value.text, 40) + "'",
               "it must be yes or no");
    return false;
}

/// "ssh" for "ansible.builtin.ssh".
std::string short_name(const std::string& plugin)
{
    return plugin.substr(plugin.rfind('.') + 1); // npos + 1 = 0
}

void apply_connection(const AnsibleVariables& variables, Target& target)
{
    const AnsibleValue* value = find(variables, {"ansible_connection"});
    if (value == nullptr)
        return;
    const std::string kind = short_name(value->text);
    if (kind != "local" && !is_in({"ssh", "smart", "paramiko", "paramiko_ssh"}, kind))
        refuse(value->place, "ansible_connection is '" + common::one_line(value->text, 40) + "'",
               "targets are reached by ssh, or local");
    target.connection = kind == "local" ? Connection::local : Connection::ssh;
}

void apply_become(const AnsibleVariables& variables, Target& target)
{
    const AnsibleValue* become = find(variables, {"ansible_become"});
    if (become == nullptr || !is_yes(*become))
        return;
    const AnsibleValue* method = find(variables, {"ansible_become_method"});
    const std::string way = method == nullptr ? "sudo" : short_name(method->text);
    if (way != "sudo" && way != "su")
        refuse(method->place, "ansible_become_method is '" + common::one_line(method->text, 40) + "'",
               "a login becomes root by sudo or su only");
    const AnsibleValue* user = find(variables, {"ansible_become_user"});
    if (user != nullptr && user->text != "root")
        refuse(user->place, "ansible_become_user is '" + common::one_line(user->text, 40) + "'",
               "installing needs root");
    target.become = way == "su" ? Become::su : Become::sudo;
}

} // namespace

void keep(AnsibleVariables& variables, const std::string& name, AnsibleValue value)
{
    if (is_password(name) || is_left_out(name))
        value.text.clear();
    else if (!is_in(host_names, name) && !is_in(port_names, name) && !is_in(user_names, name) &&
             !is_in(key_names, name) && !is_in(other_names, name))
        return;
    variables.insert_or_assign(name, std::move(value));
}

void override_with(AnsibleVariables& variables, const AnsibleVariables& later)
{
    for (const auto& [name, value] : later)
        variables.insert_or_assign(name, value);
}

void apply(const AnsibleVariables& variables, Target& target)
{
    if (const AnsibleValue* host = find(variables, host_names)) {
        target.host = name_at(host->place, host->text, "host");
        target.connection = Connection::ssh; // also when it is named localhost
    }
    if (const AnsibleValue* port = find(variables, port_names))
        set_port(target, port_at(port->place, port->text));
    if (const AnsibleValue* key = find(variables, key_names))
        target.identities = {path_from(std::filesystem::current_path(), key->text)};
    apply_connection(variables, target);
    apply_become(variables, target);
}

void apply_user(const AnsibleVariables& variables, Target& target)
{
    if (const AnsibleValue* user =
            find(variables, user_names, "write the value itself, or give a user with -u"))
        set_user(target, name_at(user->place, user->text, "user"));
}

bool is_password(const std::string& name)
{
    return is_in(password_names, name);
}

bool is_left_out(const std::string& name)
{
    return is_in(left_out_names, name);
}

} // namespace manager::target

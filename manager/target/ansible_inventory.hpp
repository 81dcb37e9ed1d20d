#pragma once

#include "manager/target/ansible_variables.hpp"

#include <optional>
#include <set>

namespace YAML {
class Node;
}

namespace manager::target {

struct AnsibleGroup {
    AnsibleVariables variables;           ///< as in the inventory
    AnsibleVariables folder_variables;    ///< as in group_vars
    std::map<std::string, Place> parents; ///< and where each was said to be one
    std::optional<Place> undefined;       ///< where it was named, as long as nothing says what is in it
};

struct AnsibleHost {
    std::string name;
    Place place;
    AnsibleVariables variables;        ///< as in the inventory
    AnsibleVariables folder_variables; ///< as in host_vars
    std::set<std::string> groups;      ///< that name it themselves
};

/// The everyday part of an inventory of Ansible: hosts, groups, and the variables that say how to log in. The
/// readers of INI, YAML and of the folders beside the inventory fill it.
class AnsibleInventory {
public:
    AnsibleInventory();

    /// The group of that name, made when there is none.
    AnsibleGroup& define_group(const std::string& name);
    /// As define_group(), but something else must say what is in it.
    AnsibleGroup& mention_group(const std::string& name, const Place& place);
    void add_child(const std::string& parent, const std::string& child, const Place& place);
    /// The host of that name, made when there is none, as one of `group`.
    AnsibleHost& add_host(const std::string& group, const std::string& name, const Place& place);

    std::map<std::string, AnsibleGroup>& groups() { return groups_; }
    std::vector<AnsibleHost>& hosts() { return hosts_; }

    /// What comes of it, by Ansible's rules of precedence: all < parent < child < host; among groups of the
    /// same depth the larger ansible_group_priority, then the name that sorts last. group_vars go before all
    /// groups of the inventory, host_vars before the host's line. Groups hold the hosts of their children;
    /// there are also `all` and `ungrouped`. Throws `invalid` for groups that are within themselves or never
    /// defined.
    Listing listing(const std::string& file) const;

private:
    std::map<std::string, AnsibleGroup> groups_;
    std::vector<AnsibleHost> hosts_;
    std::map<std::string, std::size_t> places_;
};

/// The hosts that the first word of a line of INI, or a key under `hosts` in YAML, stands for:
/// "web[01:50].example.com:2222", "db-[a:f]", "n[0:20:2]". Throws `invalid`.
struct AnsiblePattern {
    std::vector<std::string> names;
    std::string port; ///< empty: not given
};
AnsiblePattern read_ansible_pattern(const std::string& text, const Place& place);

/// Adds the hosts of a pattern to `group`, and the port as their variable; the places of them in hosts().
std::vector<std::size_t> add_ansible_hosts(AnsibleInventory& inventory, const std::string& group,
                                           const std::string& pattern, const Place& place);

/// The variables of a map in YAML; those taken in with "<<" are weaker. Throws `invalid`.
void read_ansible_variables(AnsibleVariables& variables, const std::string& file, const YAML::Node& map,
                            const std::string& of);

/// What comes of an inventory that was read from `file`, with the variables in the folders group_vars and
/// host_vars beside it. Encrypted files there are left out, which a notice tells. Throws `invalid`.
Listing ansible_listing(AnsibleInventory& inventory, const std::filesystem::path& file);

Listing read_ansible_ini(const std::filesystem::path& file, const std::string& text);
Listing read_ansible_yaml(const std::filesystem::path& file, const YAML::Node& root);

} // namespace manager::target

#include "manager/target/ansible_inventory.hpp"

#include "common/lower_case.hpp"
#include "common/text.hpp"
#include "manager/target/node_range.hpp"
#include "manager/target/target_set.hpp"

#include <algorithm>
#include <tuple>

namespace manager::target {

namespace {

using Groups = std::map<std::string, AnsibleGroup>;

constexpr const char* all = "all";
constexpr const char* ungrouped = "ungrouped";
constexpr std::size_t deepest = 100; ///< deeper nesting is a slip, and no reason to run out of stack

/// How far each group lies below `all`. Needed for the order in which groups speak.
class Depths {
public:
    explicit Depths(const Groups& groups) : groups_(groups) {}

    std::size_t of(const std::string& name)
    {
        if (name == all)
            return 0;
        if (const auto known = depths_.find(name); known != depths_.end())
            return known->second;
        path_.push_back(name);
        std::size_t depth = 1;
        for (const auto& [parent, place] : groups_.at(name).parents) {
            check(parent, place);
            depth = std::max(depth, of(parent) + 1);
        }
        path_.pop_back();
        return depths_[name] = depth;
    }

private:
    void check(const std::string& parent, const Place& place) const
    {
        if (std::find(path_.begin(), path_.end(), parent) != path_.end() || parent == path_.back())
            refuse(place, "group '" + common::one_line(parent, 60) + "' is within itself");
        if (path_.size() == deepest)
            refuse(place, "groups are nested more than " + std::to_string(deepest) + " deep");
    }

    const Groups& groups_;
    std::map<std::string, std::size_t> depths_;
    std::vector<std::string> path_;
};

std::uint64_t priority_of(const AnsibleGroup& group)
{
    const auto value = group.variables.find("ansible_group_priority");
    return value == group.variables.end() ? 1 : common::to_number(value->second.text).value_or(1);
}

/// Turns an inventory into a listing.
class Resolver {
public:
    Resolver(const Groups& groups, const std::string& file) : groups_(groups), file_(file)
    {
        Depths depths(groups);
        for (const auto& [name, group] : groups) {
            if (group.undefined)
                refuse(*group.undefined,
                       "there is no group '" + common::one_line(name, 60) + "' in this inventory",
                       "a group is what has a section [" + common::one_line(name, 60) + "]");
            order_.emplace_back(depths.of(name), priority_of(group), name);
            listing_.groups.try_emplace(name);
        }
        std::sort(order_.begin(), order_.end());
    }

    void add(const AnsibleHost& host)
    {
        const std::set<std::string> groups = groups_of(host);
        const AnsibleVariables variables = variables_of(host, groups);
        const std::size_t place = listing_.targets.size();
        Target target = named(host);
        try {
            apply(variables, target);
        } catch (const common::Error& error) {
            listing_.problems.emplace(target.name, error);
        }
        try {
            apply_user(variables, target);
        } catch (const common::Error& error) {
            listing_.user_problems.emplace(target.name, error);
            target.user.clear();
        }
        for (const auto& [name, value] : variables)
            if (is_password(name) || is_left_out(name))
                untaken_[name].push_back(target.name);
        for (const std::string& group : groups) {
            listing_.groups[group].push_back(place);
            if (group != all && group != ungrouped)
                target.groups.push_back(group);
        }
        listing_.places[common::lower_case(host.name)] = place;
        listing_.targets.push_back(std::move(target));
    }

    Listing listing()
    {
        tell("passwords in it are not used", is_password,
             "; give them with --ask-password, --password-file and the like");
        tell("these are not taken", is_left_out, "");
        return std::move(listing_);
    }

private:
    static Target named(const AnsibleHost& host)
    {
        try {
            return parse_target(host.name, {});
        } catch (const common::Error& error) {
            refuse(host.place, error.text());
        }
    }

    /// Also those that hold its groups.
    std::set<std::string> groups_of(const AnsibleHost& host) const
    {
        std::set<std::string> found{all};
        std::vector<std::string> next(host.groups.begin(), host.groups.end());
        std::erase(next, all);
        std::erase(next, ungrouped);
        if (next.empty())
            next.emplace_back(ungrouped);
        while (!next.empty()) {
            const std::string name = std::move(next.back());
            next.pop_back();
            if (found.insert(name).second)
                for (const auto& [parent, place] : groups_.at(name).parents)
                    next.push_back(parent);
        }
        return found;
    }

    AnsibleVariables variables_of(const AnsibleHost& host, const std::set<std::string>& groups) const
    {
        AnsibleVariables variables;
        AnsibleVariables of_folders;
        for (const auto& [depth, priority, name] : order_)
            if (groups.count(name) > 0) {
                override_with(variables, groups_.at(name).variables);
                override_with(of_folders, groups_.at(name).folder_variables);
            }
        override_with(variables, of_folders);
        override_with(variables, host.variables);
        override_with(variables, host.folder_variables);
        return variables;
    }

    void tell(const std::string& what, bool (*which)(const std::string&), const std::string& way_out)
    {
        std::vector<std::string> parts;
        for (const auto& [name, hosts] : untaken_)
            if (which(name))
                parts.push_back(name + " of " + common::one_line(fold(hosts), 500));
        if (!parts.empty())
            listing_.notices.push_back(file_ + ": " + what + ": " + common::join(parts, ", ") + way_out);
    }

    const Groups& groups_;
    const std::string& file_;
    std::vector<std::tuple<std::size_t, std::uint64_t, std::string>> order_; ///< the last one wins
    std::map<std::string, std::vector<std::string>> untaken_; ///< variables, and the hosts that have them
    Listing listing_;
};

} // namespace

AnsibleInventory::AnsibleInventory()
{
    define_group(all);
    define_group(ungrouped);
}

AnsibleGroup& AnsibleInventory::define_group(const std::string& name)
{
    AnsibleGroup& group = groups_[name];
    group.undefined.reset();
    return group;
}

AnsibleGroup& AnsibleInventory::mention_group(const std::string& name, const Place& place)
{
    const auto [found, fresh] = groups_.try_emplace(name);
    if (fresh)
        found->second.undefined = place;
    return found->second;
}

void AnsibleInventory::add_child(const std::string& parent, const std::string& child, const Place& place)
{
    if (child == all)
        refuse(place, "group 'all' is within itself");
    mention_group(child, place);
    if (parent != all) // which holds every group as it is
        groups_.at(child).parents.try_emplace(parent, place);
}

AnsibleHost& AnsibleInventory::add_host(const std::string& group, const std::string& name, const Place& place)
{
    const auto [known, fresh] = places_.try_emplace(name, hosts_.size());
    if (fresh && hosts_.size() == most_targets)
        refuse(place, "more than " + std::to_string(most_targets) + " targets");
    if (fresh)
        hosts_.push_back({name, place, {}, {}, {}});
    AnsibleHost& host = hosts_[known->second];
    host.groups.insert(group);
    return host;
}

Listing AnsibleInventory::listing(const std::string& file) const
{
    Resolver resolver(groups_, file);
    for (const AnsibleHost& host : hosts_)
        resolver.add(host);
    return resolver.listing();
}

std::vector<std::size_t> add_ansible_hosts(AnsibleInventory& inventory, const std::string& group,
                                           const std::string& pattern, const Place& place)
{
    const AnsiblePattern hosts = read_ansible_pattern(pattern, place);
    std::vector<std::size_t> places;
    for (const std::string& name : hosts.names) {
        AnsibleHost& host = inventory.add_host(group, name, place);
        if (!hosts.port.empty())
            keep(host.variables, "ansible_port", {hosts.port, place});
        places.push_back(static_cast<std::size_t>(&host - inventory.hosts().data()));
    }
    return places;
}

} // namespace manager::target

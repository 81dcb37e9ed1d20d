#include "common/text.hpp"
#include "manager/target/ansible_inventory.hpp"
#include "manager/target/nearest.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>

namespace manager::target {

namespace {

const std::vector<std::string> group_keys{"hosts", "children", "vars"};
constexpr std::size_t most_groups = 100'000; ///< aliases can make few lines say a lot
constexpr std::size_t deepest = 100;
constexpr std::size_t deepest_merge = 4;

class YamlReader {
public:
    explicit YamlReader(std::string file) : file_(std::move(file)) {}

    void read(const YAML::Node& root)
    {
        for (const auto& pair : root)
            take_group(name_of(pair.first), pair.second, 0);
    }

    AnsibleInventory& inventory() { return inventory_; }

private:
    std::string name_of(const YAML::Node& key) const
    {
        if (!key.IsScalar() || key.Scalar().empty())
            refuse(place_of(file_, key), "a name must be one word");
        return key.Scalar();
    }

    /// Whether there is anything in `node`, which must have keys.
    bool has_keys(const YAML::Node& node, const std::string& what) const
    {
        if (!node.IsMap() && !node.IsNull())
            refuse(place_of(file_, node), what + " must be a list of keys, each with a colon behind it");
        return node.IsMap();
    }

    void take_group(const std::string& name, const YAML::Node& group, std::size_t depth)
    {
        if (++groups_ > most_groups || depth > deepest)
            refuse(place_of(file_, group), "groups are nested too deep, or there are too many");
        inventory_.define_group(name);
        if (!has_keys(group, "group '" + common::one_line(name, 60) + "'"))
            return;
        for (const auto& pair : group) {
            const std::string key = name_of(pair.first);
            const std::string what = "'" + key + "' of group '" + common::one_line(name, 60) + "'";
            if (std::find(group_keys.begin(), group_keys.end(), key) == group_keys.end())
                refuse(place_of(file_, pair.first),
                       "unknown key '" + common::one_line(key, 60) + "' in group '" +
                           common::one_line(name, 60) + "'",
                       suggestion(key, group_keys));
            if (!has_keys(pair.second, what))
                continue;
            if (key == "hosts")
                take_hosts(name, pair.second);
            else if (key == "vars")
                read_ansible_variables(inventory_.groups().at(name).variables, file_, pair.second, what);
            else
                take_children(name, pair.second, depth);
        }
    }

    void take_children(const std::string& parent, const YAML::Node& children, std::size_t depth)
    {
        for (const auto& pair : children) {
            const std::string name = name_of(pair.first);
            inventory_.add_child(parent, name, place_of(file_, pair.first));
            take_group(name, pair.second, depth + 1);
        }
    }

    void take_hosts(const std::string& group, const YAML::Node& hosts)
    {
        for (const auto& pair : hosts) {
            const std::string name = name_of(pair.first);
            AnsibleVariables variables;
            const std::string what = "host '" + common::one_line(name, 60) + "'";
            if (has_keys(pair.second, what))
                read_ansible_variables(variables, file_, pair.second, what);
            for (const std::size_t host :
                 add_ansible_hosts(inventory_, group, name, place_of(file_, pair.first)))
                override_with(inventory_.hosts()[host].variables, variables);
        }
    }

    std::string file_;
    AnsibleInventory inventory_;
    std::size_t groups_ = 0;
};

/// `depth`: an alias can stand for the map that it is in.
void read_variables(AnsibleVariables& variables, const std::string& file, const YAML::Node& map,
                    const std::string& of, std::size_t depth)
{
    if (!map.IsMap() || depth > deepest_merge)
        refuse(place_of(file, map), of + " must have variables as keys");
    for (const auto& pair : map)
        if (pair.first.IsScalar() && pair.first.Scalar() == "<<") {
            const std::vector<YAML::Node> parts = pair.second.IsSequence()
                                                      ? pair.second.as<std::vector<YAML::Node>>()
                                                      : std::vector{pair.second};
            for (auto part = parts.rbegin(); part != parts.rend(); ++part) // the first one is the strongest
                read_variables(variables, file, *part, of, depth + 1);
        }
    AnsibleVariables own;
    for (const auto& pair : map) {
        if (!pair.first.IsScalar() || pair.second.IsNull())
            continue;
        AnsibleValue value{{}, place_of(file, pair.second)};
        if (!pair.second.IsScalar())
            value.flaw = "is no single word";
        else if (pair.second.Tag() == "!vault")
            value.flaw = "is encrypted by ansible-vault";
        else
            value.text = pair.second.Scalar();
        keep(own, pair.first.Scalar(), std::move(value));
    }
    override_with(variables, own);
}

} // namespace

void read_ansible_variables(AnsibleVariables& variables, const std::string& file, const YAML::Node& map,
                            const std::string& of)
{
    read_variables(variables, file, map, of, 0);
}

Listing read_ansible_yaml(const std::filesystem::path& file, const YAML::Node& root)
{
    YamlReader reader(file.string());
    reader.read(root);
    return ansible_listing(reader.inventory(), file);
}

} // namespace manager::target

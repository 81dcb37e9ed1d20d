#include "common/text.hpp"
#include "manager/target/ansible_inventory.hpp"

#include <yaml-cpp/yaml.h>

namespace manager::target {

namespace {

namespace fs = std::filesystem;

/// group_vars or host_vars: for each name a file, or a folder of files.
class VariablesFolder {
public:
    VariablesFolder(const fs::path& folder, std::vector<std::string>& encrypted)
        : folder_(folder), encrypted_(encrypted), entries_(names_in(folder))
    {
    }

    void read(const std::string& name, AnsibleVariables& variables)
    {
        for (const char* ending : {"", ".yml", ".yaml", ".json"})
            if (entries_.count(name + ending) > 0)
                read_entry(folder_ / (name + ending), variables);
    }

private:
    /// Sorted; without hidden files and what editors leave.
    static std::set<std::string> names_in(const fs::path& folder)
    {
        std::set<std::string> names;
        std::error_code failure; // none there: nothing to read
        for (fs::directory_iterator at(folder, failure), end; !failure && at != end; at.increment(failure)) {
            const std::string name = at->path().filename().string();
            if (!name.starts_with('.') && !name.ends_with('~'))
                names.insert(name);
        }
        return names;
    }

    void read_entry(const fs::path& entry, AnsibleVariables& variables)
    {
        std::error_code ignored;
        if (!fs::is_directory(entry, ignored))
            return read_file(entry, variables);
        for (const std::string& name : names_in(entry)) {
            const std::string ending = fs::path(name).extension().string();
            if (ending.empty() || ending == ".yml" || ending == ".yaml" || ending == ".json")
                read_file(entry / name, variables);
        }
    }

    void read_file(const fs::path& file, AnsibleVariables& variables)
    {
        std::error_code ignored;
        if (!fs::is_regular_file(file, ignored))
            return;
        const std::string text = read_text(file, "the variables of the inventory");
        if (text.starts_with("$ANSIBLE_VAULT")) {
            encrypted_.push_back(file.string());
            return;
        }
        const YAML::Node root = load_yaml(file.string(), text);
        if (!root.IsNull())
            read_ansible_variables(variables, file.string(), root, "the file");
    }

    fs::path folder_;
    std::vector<std::string>& encrypted_;
    std::set<std::string> entries_;
};

} // namespace

Listing ansible_listing(AnsibleInventory& inventory, const fs::path& file)
{
    std::vector<std::string> encrypted;
    VariablesFolder of_groups(file.parent_path() / "group_vars", encrypted);
    for (auto& [name, group] : inventory.groups())
        of_groups.read(name, group.folder_variables);
    VariablesFolder of_hosts(file.parent_path() / "host_vars", encrypted);
    for (AnsibleHost& host : inventory.hosts())
        of_hosts.read(host.name, host.folder_variables);
    Listing listing = inventory.listing(file.string());
    if (!encrypted.empty())
        listing.notices.push_back("not read, because ansible-vault encrypted it: " +
                                  common::one_line(common::join(encrypted, ", "), 2'000));
    return listing;
}

} // namespace manager::target

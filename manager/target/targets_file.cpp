#include "manager/target/targets_file.hpp"

#include "common/error.hpp"
#include "common/lower_case.hpp"
#include "common/text.hpp"
#include "manager/target/ansible_inventory.hpp"
#include "manager/target/file_format.hpp"
#include "manager/target/hpsum_file.hpp"
#include "manager/target/nearest.hpp"
#include "manager/target/node_range.hpp"
#include "manager/target/ssh_config.hpp"
#include "manager/target/target_set.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <utility>

namespace manager::target {

namespace {

using Settings = std::vector<YAML::Node>; ///< maps, the later ones go before the earlier ones

std::vector<std::string> with(std::vector<std::string> keys, const char* more)
{
    keys.emplace_back(more);
    return keys;
}

const std::vector<std::string> file_keys{"defaults", "groups", "hosts"};
const std::vector<std::string> default_keys{"user",       "port",   "key",    "become",    "connection",
                                            "ssh",        "jump",   "domain", "kerberos",  "netbios",
                                            "allow_smb2", "method", "pull",   "legacy_tls"};
const std::vector<std::string> host_keys = with(with(default_keys, "address"), "bmc");
const std::vector<std::string> group_keys = with(default_keys, "hosts");

/// Reads our own format; knows where each value stands.
class Reader {
public:
    Reader(Listing& into, std::filesystem::path file) : into_(into), file_(std::move(file)) {}

    void read(const YAML::Node& root)
    {
        if (root.IsNull())
            return;
        check_keys(root, file_keys, "the file");
        if (const YAML::Node defaults = root["defaults"]) {
            check_keys(defaults, default_keys, "'defaults'");
            apply(defaults, defaults_);
        }
        if (const YAML::Node groups = root["groups"])
            collect_groups(groups);
        if (const YAML::Node hosts = root["hosts"])
            collect_hosts(hosts);
        build();
    }

private:
    struct Entry {
        std::string text;               ///< as written
        Settings groups;                ///< settings of its groups
        std::vector<std::string> names; ///< of its groups
        YAML::Node own{YAML::NodeType::Undefined};
        YAML::Mark mark;
        bool told = false; ///< under 'hosts', with or without settings
    };

    [[noreturn]] void refuse(const YAML::Mark& mark, const std::string& why,
                             const std::string& hint = {}) const
    {
        target::refuse({file_.string(), static_cast<std::size_t>(mark.line + 1),
                        static_cast<std::size_t>(mark.column + 1)},
                       why, hint);
    }

    void check_keys(const YAML::Node& node, const std::vector<std::string>& keys, const std::string& of) const
    {
        if (!node.IsMap())
            refuse(node.Mark(), of + " must have keys with values", "possible: " + common::join(keys, ", "));
        std::vector<std::string> seen;
        for (const auto& pair : node) {
            const std::string key = word(pair.first, "a key");
            if (key == "password" || key == "sudo_password")
                refuse(pair.first.Mark(), "passwords have no place in this file",
                       "use --ask-password or --password-file");
            if (std::find(keys.begin(), keys.end(), key) == keys.end())
                refuse(pair.first.Mark(), "unknown key '" + common::one_line(key, 60) + "' in " + of,
                       suggestion(key, keys));
            if (std::find(seen.begin(), seen.end(), key) != seen.end())
                refuse(pair.first.Mark(), "key '" + key + "' stands twice in " + of);
            seen.push_back(key);
        }
    }

    std::string word(const YAML::Node& node, const std::string& what) const
    {
        if (!node.IsScalar() || node.Scalar().empty())
            refuse(node.Mark(), what + " must be one word");
        return node.Scalar();
    }

    /// One of the values that a key can have.
    template <typename Value>
    Value choice(const YAML::Node& node, const std::vector<std::pair<std::string, Value>>& choices) const
    {
        std::vector<std::string> names;
        for (const auto& [name, value] : choices) {
            if (node.IsScalar() && node.Scalar() == name)
                return value;
            names.push_back(name);
        }
        refuse(node.Mark(), "this must be one of: " + common::join(names, ", "));
    }

    std::filesystem::path path(const std::string& text) const { return path_from(file_.parent_path(), text); }

    /// A name that ends up in a login.
    std::string name(const YAML::Node& node, const char* kind) const
    {
        return name_at(place_of(file_.string(), node), word(node, "'" + std::string(kind) + "'"), kind);
    }

    void apply_keys(const YAML::Node& node, Target& target) const
    {
        target.identities.clear();
        if (!node.IsSequence())
            target.identities.push_back(key_file(node, "'key'"));
        else
            for (const YAML::Node& one : node)
                target.identities.push_back(key_file(one, "a key file"));
    }

    std::filesystem::path key_file(const YAML::Node& node, const std::string& what) const
    {
        std::filesystem::path file = path(word(node, what));
        into_.key_places.try_emplace(file, place_of(file_.string(), node));
        return file;
    }

    void apply_address(const YAML::Node& settings, Target& target) const
    {
        if (const YAML::Node node = settings["address"]) {
            target.said.host = target.host;
            target.host = name(node, "address");
        }
        if (const YAML::Node node = settings["port"]) {
            set_port(target, port_at(place_of(file_.string(), node), word(node, "'port'")));
        }
    }

    void apply(const YAML::Node& settings, Target& target) const
    {
        apply_address(settings, target);
        if (const YAML::Node node = settings["user"]) {
            set_user(target, name(node, "user"));
        }
        if (const YAML::Node node = settings["key"])
            apply_keys(node, target);
        if (const YAML::Node node = settings["become"])
            target.become =
                choice<Become>(node, {{"none", Become::none}, {"sudo", Become::sudo}, {"su", Become::su}});
        if (const YAML::Node node = settings["connection"])
            target.connection = choice<Connection>(node, {{"ssh", Connection::ssh},
                                                          {"local", Connection::local},
                                                          {"smb", Connection::smb},
                                                          {"bmc", Connection::bmc}});
        apply_way(settings, target);
        apply_smb(settings, target);
        apply_bmc(settings, target);
    }

    void apply_way(const YAML::Node& settings, Target& target) const
    {
        if (const YAML::Node node = settings["ssh"])
            target.ssh = choice<SshProgram>(node, {{"auto", SshProgram::automatic},
                                                   {"libssh2", SshProgram::libssh2},
                                                   {"openssh", SshProgram::openssh}});
        const YAML::Node jump = settings["jump"];
        if (!jump)
            return;
        try {
            target.jumps = parse_jumps(word(jump, "'jump'"));
            target.said.jumps = true;
        } catch (const common::Error& error) {
            refuse(jump.Mark(), error.text(), error.hint());
        }
    }

    void apply_smb(const YAML::Node& settings, Target& target) const
    {
        if (const YAML::Node node = settings["domain"])
            target.smb.domain = name(node, "domain");
        apply_flag(settings, "kerberos", target.smb.kerberos);
        apply_flag(settings, "netbios", target.smb.netbios);
        apply_flag(settings, "allow_smb2", target.smb.allow_smb2);
    }

    void apply_bmc(const YAML::Node& settings, Target& target) const
    {
        if (const YAML::Node node = settings["method"])
            target.bmc.method = choice<std::optional<BmcMethod>>(node, {{"auto", std::nullopt},
                                                                        {"pull", BmcMethod::pull},
                                                                        {"multipart", BmcMethod::multipart},
                                                                        {"push", BmcMethod::push},
                                                                        {"ribcl", BmcMethod::ribcl}});
        if (const YAML::Node node = settings["pull"])
            target.bmc.pull = choice<BmcPull>(
                node, {{"https", BmcPull::https}, {"http", BmcPull::http}, {"never", BmcPull::never}});
        apply_flag(settings, "legacy_tls", target.bmc.legacy_tls);
    }

    void apply_flag(const YAML::Node& settings, const char* key, bool& flag) const
    {
        if (const YAML::Node node = settings[key])
            flag = choice<bool>(node, {{"true", true}, {"false", false}});
    }

    /// The hosts that one text means, each with a place in entries_.
    std::vector<std::size_t> entries(const YAML::Node& node)
    {
        std::vector<std::size_t> found;
        const std::string text = word(node, "a host");
        try {
            for (const std::string& part : split_list(text))
                for (const std::string& name : expand(part))
                    found.push_back(entry(name, node.Mark()));
        } catch (const common::Error& error) {
            refuse(node.Mark(), error.text(), error.hint());
        }
        return found;
    }

    std::size_t entry(const std::string& name, const YAML::Mark& mark)
    {
        const auto [place, fresh] = places_.try_emplace(common::lower_case(name), entries_.size());
        if (fresh) {
            entries_.emplace_back();
            entries_.back().text = name;
            entries_.back().mark = mark;
        }
        return place->second;
    }

    void collect_groups(const YAML::Node& groups)
    {
        if (!groups.IsMap())
            refuse(groups.Mark(), "'groups' must have the names of groups as keys");
        for (const auto& pair : groups) {
            const std::string name = word(pair.first, "a group's name");
            if (!into_.groups.try_emplace(name).second) // known even when nobody is in it
                refuse(pair.first.Mark(), "group '" + name + "' stands twice in the file");
            collect_group(name, pair.second);
        }
    }

    void collect_group(const std::string& name, const YAML::Node& group)
    {
        if (!group.IsSequence())
            check_keys(group, group_keys, "group '" + name + "'");
        const YAML::Node hosts = group.IsSequence() ? group : group["hosts"];
        if (!hosts)
            return;
        if (!hosts.IsSequence())
            refuse(hosts.Mark(), "the hosts of a group are a list");
        for (const YAML::Node& host : hosts)
            for (const std::size_t place : entries(host)) {
                entries_[place].names.push_back(name);
                if (group.IsMap())
                    entries_[place].groups.push_back(group);
            }
    }

    void collect_hosts(const YAML::Node& hosts)
    {
        if (!hosts.IsMap() && !hosts.IsSequence())
            refuse(hosts.Mark(), "'hosts' must be a list, or have hosts as keys");
        if (hosts.IsSequence())
            for (const YAML::Node& host : hosts)
                entries(host);
        else
            for (const auto& pair : hosts)
                collect_host(pair.first, pair.second);
    }

    void collect_host(const YAML::Node& key, const YAML::Node& settings)
    {
        const std::vector<std::size_t> places = entries(key);
        for (const std::size_t place : places)
            if (std::exchange(entries_[place].told, true))
                refuse(key.Mark(), "host '" + entries_[place].text + "' stands twice in 'hosts'");
        if (settings.IsNull())
            return;
        check_keys(settings, host_keys, "host '" + key.Scalar() + "'");
        if (places.size() > 1 && settings["address"])
            refuse(settings["address"].Mark(), "several hosts cannot have one address");
        for (const std::size_t place : places)
            entries_[place].own.reset(settings);
    }

    void build()
    {
        for (const Entry& entry : entries_) {
            const std::size_t place = into_.targets.size();
            into_.targets.push_back(target_of(entry));
            into_.places[common::lower_case(entry.text)] = place;
            for (const std::string& group : entry.names)
                into_.groups[group].push_back(place);
        }
        link_bmcs();
    }

    /// A host names the BMC that manages it; the BMC is told whose it is.
    void link_bmcs() const
    {
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            if (!entries_[i].own.IsDefined() || !entries_[i].own["bmc"])
                continue;
            const YAML::Node node = entries_[i].own["bmc"];
            const auto place = into_.places.find(common::lower_case(word(node, "'bmc'")));
            if (place == into_.places.end())
                refuse(node.Mark(),
                       "there is no host '" + common::one_line(node.Scalar(), 60) + "' in the file",
                       "name the BMC under 'hosts', with connection: bmc");
            Target& bmc = into_.targets[place->second];
            if (bmc.connection != Connection::bmc)
                refuse(node.Mark(), "'" + bmc.name + "' is no BMC", "it needs connection: bmc");
            link(into_.targets[i], bmc, node.Mark());
        }
    }

    /// Both know of each other, and of nobody else: what is done through one must not be done to the other.
    void link(Target& host, Target& bmc, const YAML::Mark& mark) const
    {
        if (host.connection == Connection::bmc)
            refuse(mark, "'" + host.name + "' is a BMC itself", "'bmc' belongs to the host that it manages");
        if (!bmc.bmc.host.empty())
            refuse(mark, "'" + bmc.name + "' is the BMC of '" + bmc.bmc.host + "' already",
                   "each host has a BMC of its own");
        bmc.bmc.host = host.name;
        host.its_bmc = bmc.name;
    }

    Target target_of(const Entry& entry) const
    {
        Target settings = defaults_;
        for (const YAML::Node& group : entry.groups)
            apply(group, settings);
        Target target;
        try {
            target = parse_target(entry.text, settings);
        } catch (const common::Error& error) {
            refuse(entry.mark, error.text(), error.hint());
        }
        if (entry.own.IsDefined())
            apply(entry.own, target);
        target.groups = entry.names;
        return target;
    }

    Listing& into_;
    std::filesystem::path file_;
    Target defaults_;
    std::vector<Entry> entries_;
    std::map<std::string, std::size_t> places_; ///< by name in lower case
};

Listing read_listing(const std::filesystem::path& file)
{
    const std::string text = read_text(file, "the targets file");
    switch (format_of(file.string(), text)) {
    case FileFormat::ansible_ini:
        return read_ansible_ini(file, text);
    case FileFormat::hpsum:
        return read_hpsum(file, text);
    case FileFormat::yaml:
        break;
    }
    const YAML::Node root = load_yaml(file.string(), text);
    if (is_ansible_yaml(file.string(), root))
        return read_ansible_yaml(file, root);
    Listing listing;
    Reader(listing, file).read(root);
    return listing;
}

} // namespace

TargetsFile::TargetsFile(const std::filesystem::path& file) : listing_(read_listing(file)) {}

const Target* TargetsFile::find(const std::string& name) const
{
    const auto place = listing_.places.find(common::lower_case(name));
    return place == listing_.places.end() ? nullptr : &listing_.targets[place->second];
}

std::vector<Target> TargetsFile::group(const std::string& name) const
{
    std::vector<Target> found;
    for (const std::size_t place : listing_.groups.at(name))
        found.push_back(listing_.targets[place]);
    return found;
}

std::string TargetsFile::place_of_key(const std::filesystem::path& key) const
{
    const auto place = listing_.key_places.find(key);
    return place == listing_.key_places.end() ? std::string() : text_of(place->second);
}

std::string TargetsFile::group_hint(const std::string& name) const
{
    std::vector<std::string> names;
    for (const auto& group : listing_.groups)
        names.push_back(group.first);
    return names.empty() ? "the targets file has no groups" : "groups: " + suggestion(name, names);
}

const common::Error* TargetsFile::problem_of(const Target& target) const
{
    if (const auto found = listing_.problems.find(target.name); found != listing_.problems.end())
        return &found->second;
    const auto found = listing_.user_problems.find(target.name);
    return found != listing_.user_problems.end() && target.user.empty() ? &found->second : nullptr;
}

void TargetsFile::check(const std::vector<Target>& targets) const
{
    const common::Error* first = nullptr;
    std::vector<std::string> names; // of all that share it
    for (const Target& target : targets)
        if (const common::Error* problem = problem_of(target)) {
            if (first == nullptr)
                first = problem;
            if (problem->text() == first->text())
                names.push_back(target.name);
        }
    if (first == nullptr)
        return;
    const std::string folded = common::one_line(fold(names), 2'000);
    throw common::Error(first->trouble(), first->text() + " (for " + folded + ")",
                        (first->hint().empty() ? "" : first->hint() + "; ") +
                            "to leave out what it is about: --exclude '" + folded + "'");
}

} // namespace manager::target

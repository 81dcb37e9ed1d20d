#include "manager/cli/kept_targets.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/cli/kept_name.hpp"
#include "manager/target/target_set.hpp"
#include "manager/target/targets_file.hpp"

#include <nlohmann/json.hpp>

namespace manager::cli {

namespace {

using common::Error;
using common::Trouble;
using nlohmann::ordered_json;
using serve::KnownTarget;

constexpr std::size_t most_targets = 100'000;
constexpr std::uint64_t most_bytes = 64 << 20;

ordered_json settings_of(const KnownTarget& target)
{
    ordered_json settings = ordered_json::object();
    const auto put = [&settings](const char* key, const std::string& value) {
        if (!value.empty())
            settings[key] = value;
    };
    put("address", target.address);
    if (target.port)
        settings["port"] = *target.port;
    put("user", target.user);
    put("become", target.become);
    put("connection", target.connection);
    put("jump", target.jump);
    return settings;
}

KnownTarget target_in(const std::string& name, const ordered_json& settings)
{
    KnownTarget target;
    target.name = name;
    target.address = settings.value("address", "");
    if (settings.contains("port"))
        target.port = settings.at("port").get<std::uint16_t>();
    target.user = settings.value("user", "");
    target.become = settings.value("become", "");
    target.connection = settings.value("connection", "");
    target.jump = settings.value("jump", "");
    return target;
}

/// What the file could not say, or would say of something else.
void check(const KnownTarget& target)
{
    if (target.name.find_first_of("[]@:") != std::string::npos)
        throw Error(Trouble::invalid, "the name of a target is a plain one");
    target::check_name(target.name, target.name, "target");
    for (const std::string& group : target.groups)
        check_kept_name(group, "a group");
}

} // namespace

std::filesystem::path kept_targets_file(const std::filesystem::path& data)
{
    return data / "serve" / "targets.json";
}

KeptTargets::Entries KeptTargets::read() const
{
    const std::optional<std::string> text = common::os::read_file_if_there(file_, most_bytes);
    if (!text)
        return {};
    try {
        const ordered_json content = ordered_json::parse(*text);
        Entries entries;
        for (const auto& [name, settings] : content.at("hosts").items())
            entries[name] = target_in(name, settings);
        for (const auto& [group, hosts] : content.at("groups").items())
            for (const ordered_json& host : hosts)
                entries.at(host.get<std::string>()).groups.push_back(group);
        return entries;
    } catch (const ordered_json::exception&) {
        throw Error(Trouble::rejected, file_.string() + " is damaged");
    } catch (const std::out_of_range&) {
        throw Error(Trouble::rejected, file_.string() + " is damaged");
    }
}

void KeptTargets::write(const Entries& entries) const
{
    ordered_json content{{"groups", ordered_json::object()}, {"hosts", ordered_json::object()}};
    for (const auto& [name, target] : entries) {
        content["hosts"][name] = settings_of(target);
        for (const std::string& group : target.groups)
            content["groups"][group].push_back(name);
    }
    common::os::make_private_folder(file_.parent_path());
    common::os::write_file_durably(
        file_, content.dump(2, ' ', false, ordered_json::error_handler_t::replace) + '\n');
}

void KeptTargets::put(const std::vector<KnownTarget>& targets)
{
    const std::lock_guard lock(mutex_);
    Entries entries = read();
    Entries fresh;
    for (const KnownTarget& target : targets) {
        check(target);
        entries[target.name] = fresh[target.name] = target;
    }
    if (entries.size() > most_targets)
        throw Error(Trouble::rejected, "there are 100000 targets already");
    // What the reader of such files does not take is refused before it gets into the one that counts.
    const KeptTargets trial(file_.parent_path() / "trial");
    trial.write(fresh);
    try {
        const target::TargetsFile read_back(trial.file_);
    } catch (const Error& error) {
        std::filesystem::remove_all(file_.parent_path() / "trial");
        throw Error(Trouble::invalid, "a target cannot be like that: " + error.text(), error.hint());
    }
    std::filesystem::remove_all(file_.parent_path() / "trial");
    write(entries);
}

std::vector<KnownTarget> KeptTargets::all() const
{
    const std::lock_guard lock(mutex_);
    std::vector<KnownTarget> targets;
    for (auto& [name, target] : read())
        targets.push_back(std::move(target));
    return targets;
}

void KeptTargets::remove(const std::vector<std::string>& names)
{
    const std::lock_guard lock(mutex_);
    Entries entries = read();
    std::size_t removed = 0;
    for (const std::string& name : names)
        removed += entries.erase(name);
    if (removed > 0)
        write(entries);
}

} // namespace manager::cli

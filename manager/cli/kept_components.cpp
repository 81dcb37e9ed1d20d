#include "manager/cli/kept_components.hpp"

#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/baseline/component.hpp"
#include "manager/cli/kept_name.hpp"

#include <nlohmann/json.hpp>

#include <optional>

namespace manager::cli {

namespace {

namespace fs = std::filesystem;
using common::Error;
using common::Trouble;
using nlohmann::ordered_json;
using serve::KeptComponent;

constexpr const char* format = "soapstone-components/1";

KeptComponent described(const std::string& name, const fs::path& file)
{
    const baseline::Component component = baseline::read_component(file);
    return {name,
            std::string(common::name_of(component.kind)),
            component.name,
            component.version,
            component.size,
            component.sha256,
            common::to_milliseconds(std::chrono::system_clock::now())};
}

ordered_json to_json(const KeptComponent& component)
{
    return {{"name", component.name},       {"kind", component.kind}, {"title", component.title},
            {"version", component.version}, {"size", component.size}, {"sha256", component.sha256},
            {"added", component.added}};
}

KeptComponent component_in(const ordered_json& value)
{
    KeptComponent component;
    value.at("name").get_to(component.name);
    value.at("kind").get_to(component.kind);
    value.at("title").get_to(component.title);
    value.at("version").get_to(component.version);
    value.at("size").get_to(component.size);
    value.at("sha256").get_to(component.sha256);
    value.at("added").get_to(component.added);
    return component;
}

} // namespace

KeptComponents::Entries KeptComponents::read() const
{
    const fs::path file = folder_ / "components.json";
    const std::optional<std::string> text = common::os::read_file_if_there(file);
    if (!text)
        return {};
    try {
        const ordered_json content = ordered_json::parse(*text);
        if (content.at("format") != format)
            throw Error(Trouble::rejected, file.string() + " is of another version");
        Entries entries;
        for (const ordered_json& value : content.at("components"))
            entries[value.at("name").get<std::string>()] = component_in(value);
        return entries;
    } catch (const ordered_json::exception&) {
        throw Error(Trouble::rejected, file.string() + " is damaged");
    }
}

void KeptComponents::write(const Entries& entries) const
{
    ordered_json content{{"format", format}, {"components", ordered_json::array()}};
    for (const auto& [name, component] : entries)
        content["components"].push_back(to_json(component));
    common::os::write_file_durably(folder_ / "components.json",
                                   content.dump(2, ' ', false, ordered_json::error_handler_t::replace) +
                                       '\n');
}

fs::path KeptComponents::incoming(const std::string& name, const std::string& token)
{
    check_kept_name(name, "a component");
    forget_abandoned();
    const fs::path folder = folder_ / "incoming" / token;
    common::os::make_private_folder(folder);
    return folder / name;
}

/// Folders stay: somebody may be about to begin an upload there.
void KeptComponents::forget_abandoned() const
{
    const fs::file_time_type limit = fs::file_time_type::clock::now() - patience;
    std::error_code gone; // meanwhile, as all that is there may be
    for (fs::recursive_directory_iterator entry(folder_ / "incoming", gone), end; entry != end;
         entry.increment(gone)) {
        const fs::file_time_type touched = entry->last_write_time(gone);
        if (!gone && touched < limit && !entry->is_directory(gone))
            fs::remove(entry->path(), gone);
    }
}

KeptComponent KeptComponents::add(const std::string& name, const fs::path& file)
{
    if (!file.is_absolute())
        throw Error(Trouble::invalid, "a file of the manager's machine is named by its absolute path");
    const fs::path copy = incoming(name, "copies-" + common::to_hex(common::os::random_bytes(8)));
    std::error_code failure;
    fs::copy_file(file, copy, failure);
    if (failure) {
        fs::remove_all(copy.parent_path());
        throw Error(Trouble::invalid, "copying " + file.string() + ": " + failure.message());
    }
    try {
        KeptComponent component = take_in(name, copy);
        fs::remove_all(copy.parent_path());
        return component;
    } catch (const Error&) {
        fs::remove_all(copy.parent_path());
        throw;
    }
}

KeptComponent KeptComponents::take_in(const std::string& name, const fs::path& file)
{
    check_kept_name(name, "a component");
    KeptComponent component = described(name, file); // hashes it, which takes its time
    const std::lock_guard lock(mutex_);
    Entries entries = read();
    if (const auto found = entries.find(name); found != entries.end()) {
        if (found->second.sha256 != component.sha256)
            throw Error(Trouble::conflict, "another component is kept as " + name,
                        "remove that one, or take another name");
        fs::remove(file);
        return found->second;
    }
    common::os::make_private_folder(folder_ / "files");
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    common::os::sync_file(common::os::open_file(file, common::os::Open::read).get(), file.string());
    fs::rename(file, file_of(name));
    common::os::sync_folder(folder_ / "files");
    entries[name] = component;
    write(entries);
    return component;
}

std::vector<KeptComponent> KeptComponents::all() const
{
    const std::lock_guard lock(mutex_);
    std::vector<KeptComponent> components;
    for (auto& [name, component] : read())
        components.push_back(std::move(component));
    return components;
}

void KeptComponents::remove(const std::string& name)
{
    const std::lock_guard lock(mutex_);
    Entries entries = read();
    if (entries.erase(name) == 0)
        return;
    write(entries);
    fs::remove(file_of(name));
}

fs::path KeptComponents::find(const std::string& name) const
{
    const std::lock_guard lock(mutex_);
    if (read().count(name) == 0)
        throw Error(Trouble::not_found, "there is no component \"" + common::one_line(name, 120) + '"',
                    "upload it: PUT /components/NAME");
    return file_of(name);
}

} // namespace manager::cli

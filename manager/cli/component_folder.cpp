#include "manager/cli/component_folder.hpp"

#include "common/error.hpp"
#include "common/lower_case.hpp"
#include "manager/baseline/raw_firmware.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace manager::cli {

namespace {

namespace fs = std::filesystem;
using baseline::Component;
using common::ComponentKind;
using common::Error;
using common::Trouble;

constexpr std::array<std::string_view, 3> package_endings{".deb", ".rpm", ".msi"};
constexpr std::array<std::string_view, 4> firmware_endings{".fwpkg", ".scexe", ".cab", ".pldm"};
/// What may be firmware, and mostly is something else.
constexpr std::array<std::string_view, 4> open_endings{".exe", ".tar", ".tar.gz", ".tgz"};

template <typename Endings>
bool ends_with_one_of(const Endings& endings, const std::string& name)
{
    return std::any_of(endings.begin(), endings.end(),
                       [&](std::string_view ending) { return name.ends_with(ending); });
}

bool is_package(const std::string& name)
{
    return ends_with_one_of(package_endings, name);
}

bool is_surely_firmware(const std::string& name)
{
    return ends_with_one_of(firmware_endings, name) ||
           (baseline::is_raw_firmware(name) && !name.ends_with(".bin"));
}

bool may_be_firmware(const std::string& name)
{
    return is_surely_firmware(name) || name.ends_with(".bin") || ends_with_one_of(open_endings, name);
}

std::vector<fs::path> files_in(const fs::path& folder, Sorts sorts)
{
    std::error_code failure;
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, failure)) {
        const std::string name = common::lower_case(entry.path().filename().string());
        if (entry.is_regular_file() &&
            ((sorts.packages && is_package(name)) || (sorts.firmware && may_be_firmware(name))))
            files.push_back(entry.path());
    }
    if (failure)
        throw Error(Trouble::invalid, "--baseline: reading " + folder.string() + ": " + failure.message());
    std::sort(files.begin(), files.end());
    return files;
}

/// Nothing for what only looked like firmware.
std::optional<Component> read_file(const fs::path& file)
{
    const std::string name = common::lower_case(file.filename().string());
    try {
        Component component = baseline::read_component(file);
        if (is_package(name))
            return component;
        if (!component.firmware)
            return std::nullopt;
        if (component.kind != ComponentKind::firmware) { // a program with firmware in it
            component.kind = ComponentKind::firmware;
            component.name = component.firmware->name;
            component.version = component.firmware->version;
        }
        return component;
    } catch (const Error& error) {
        if (!is_package(name) && !is_surely_firmware(name) && error.trouble() == Trouble::invalid)
            return std::nullopt;
        throw;
    }
}

bool same_package(const Component& left, const Component& right)
{
    return common::is_package(left.kind) && left.kind == right.kind && left.name == right.name &&
           left.architecture == right.architecture;
}

void add_newest(std::vector<Component>& components, Component component)
{
    const auto rival = std::find_if(components.begin(), components.end(),
                                    [&](const Component& other) { return same_package(other, component); });
    if (rival == components.end())
        components.push_back(std::move(component));
    else if (baseline::compare_versions(component.kind, rival->version, component.version) < 0)
        *rival = std::move(component);
}

} // namespace

Sorts sorts_for(const std::vector<target::Target>& targets)
{
    Sorts sorts;
    for (const target::Target& target : targets)
        (target.connection == target::Connection::bmc ? sorts.firmware : sorts.packages) = true;
    return sorts;
}

std::vector<Component> read_folder(const fs::path& folder, Sorts sorts)
{
    std::vector<Component> components;
    for (const fs::path& file : files_in(folder, sorts))
        if (auto component = read_file(fs::absolute(file)))
            add_newest(components, std::move(*component));
    if (components.empty())
        throw Error(Trouble::invalid,
                    "--baseline: no " + std::string(sorts.packages ? ".deb, .rpm or .msi" : "") +
                        (sorts.packages && sorts.firmware ? ", and no " : "") +
                        (sorts.firmware ? "firmware" : "") + " in " + folder.string(),
                    sorts.packages ? "" : "what is for hosts only is not looked at for BMCs");
    return components;
}

} // namespace manager::cli

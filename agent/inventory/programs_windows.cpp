#include "agent/inventory/sections_windows.hpp"
#include "common/error.hpp"
#include "common/os/registry_windows.hpp"
#include "common/text.hpp"

#include <algorithm>

namespace agent::inventory {

namespace {

using common::os::RegistryKey;

bool asked_for(const std::vector<std::string>& names, const std::string& name)
{
    return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

/// One entry, whose key is `code` when the Windows Installer has made it; nothing for those without a name,
/// which are parts and updates of others.
std::optional<wire::Package> package(const RegistryKey& entry, const std::string& code,
                                     const char* architecture)
{
    const std::optional<std::string> name = entry.text("DisplayName");
    if (!name || name->empty())
        return std::nullopt;
    const bool by_installer = entry.number("WindowsInstaller").value_or(0) == 1;
    wire::Package made;
    made.name = common::xml_safe(*name);
    made.version = common::xml_safe(entry.text("DisplayVersion").value_or(""));
    made.architecture = architecture;
    made.format = by_installer ? "msi" : "exe";
    if (by_installer)
        made.code = common::xml_safe(code);
    return made;
}

void add_view(wire::Inventory& inventory, const std::vector<std::string>& names, RegistryKey::View view)
{
    const auto list = RegistryKey::open("SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall", view);
    const char* architecture = view == RegistryKey::View::bits64 ? "x64" : "x86";
    for (const std::string& code : list ? list->sub_keys() : std::vector<std::string>()) {
        const auto entry = list->sub_key(code);
        std::optional<wire::Package> found = entry ? package(*entry, code, architecture) : std::nullopt;
        if (found && (asked_for(names, found->name) || asked_for(names, code)))
            inventory.packages.push_back(std::move(*found));
    }
}

} // namespace

void add_programs(wire::Inventory& inventory, const std::vector<std::string>& names)
{
    add_view(inventory, names, RegistryKey::View::bits64);
    add_view(inventory, names, RegistryKey::View::bits32);
}

} // namespace agent::inventory

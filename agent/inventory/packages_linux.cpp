#include "agent/inventory/sections_linux.hpp"
#include "agent/inventory/system_file_linux.hpp"
#include "common/error.hpp"
#include "common/os/process.hpp"
#include "common/text.hpp"

#include <algorithm>

namespace agent::inventory {

namespace {

using Arguments = std::vector<std::string>;

/// A name that is a name: neither an option nor a pattern for the package manager.
bool is_plain(const std::string& name)
{
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-._";
    return !name.empty() && name[0] != '-' && name.find_first_not_of(allowed) == std::string::npos;
}

Arguments plain(const Arguments& names)
{
    Arguments usable;
    std::copy_if(names.begin(), names.end(), std::back_inserter(usable), is_plain);
    return usable;
}

bool asked_for(const Arguments& names, const std::string& name)
{
    return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

/// Runs a package manager's query. `names`: those not installed make it fail, which is an answer too.
std::string query(const Arguments& arguments, const Arguments& names, common::Deadline deadline)
{
    constexpr std::size_t most = 32 << 20; // bytes; a hundred times what a full installation has to say
    const common::os::Finished finished = common::os::run(arguments, deadline, most);
    if (finished.output.size() >= most)
        throw common::Error(common::Trouble::rejected, arguments[0] + " printed too much");
    if (finished.status != 0 && names.empty())
        throw common::Error(common::Trouble::rejected,
                            arguments[0] + " ended with " + std::to_string(finished.status) + ": " +
                                common::one_line(common::trim(finished.problems), 200));
    return finished.output;
}

wire::Package package(const Arguments& fields, const char* format)
{
    wire::Package entry;
    entry.name = common::xml_safe(fields[0]);
    entry.version = common::xml_safe(fields[1]);
    entry.architecture = common::xml_safe(fields[2]);
    entry.format = format;
    return entry;
}

/// Installed, wanted so, and whole: what dpkg's list shows as "ii" or "hi".
bool is_installed(const std::string& status)
{
    return status == "install ok installed" || status == "hold ok installed";
}

/// The state of a package whose installation or removal was broken off: what dpkg's list shows as "iH", "iU",
/// "iF", "iW", "it". Empty where there is none.
std::string unfinished(const std::string& status)
{
    const std::string state = status.substr(status.rfind(' ') + 1);
    const bool over = state == "installed" || state == "not-installed" || state == "config-files";
    return over ? std::string() : state;
}

void add_deb(wire::Inventory& inventory, const Arguments& fields)
{
    const std::string state = unfinished(fields[3]);
    if (state.empty() && !is_installed(fields[3]))
        return;
    wire::Package entry = package(fields, "deb");
    if (!state.empty())
        entry.unfinished = common::xml_safe(state);
    inventory.packages.push_back(std::move(entry));
}

void add_debs(wire::Inventory& inventory, const Arguments& names, common::Deadline deadline)
{
    Arguments arguments{"dpkg-query", "-W", "-f", "${Package}\t${Version}\t${Architecture}\t${Status}\n",
                        "--"};
    arguments.insert(arguments.end(), names.begin(), names.end());
    for (const std::string& line : common::split(query(arguments, names, deadline), '\n')) {
        const Arguments fields = common::split(line, '\t');
        if (fields.size() == 4 && asked_for(names, fields[0]))
            add_deb(inventory, fields);
    }
}

void add_rpms(wire::Inventory& inventory, const Arguments& names, common::Deadline deadline)
{
    Arguments arguments{"rpm", "-q", "--qf",
                        "%{NAME}\\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\\t%{ARCH}\\n"};
    if (names.empty())
        arguments.emplace_back("-a");
    arguments.insert(arguments.end(), names.begin(), names.end());
    for (const std::string& line : common::split(query(arguments, names, deadline), '\n')) {
        const Arguments fields = common::split(line, '\t');
        // Keys of signers are kept like packages, but have nothing to do with installing.
        if (fields.size() == 3 && fields[0] != "gpg-pubkey" && asked_for(names, fields[0]))
            inventory.packages.push_back(package(fields, "rpm"));
    }
}

/// Has the package manager something installed here? A bare `rpm` program on Debian would even begin a
/// database.
bool in_use(const std::filesystem::path& root, const Arguments& databases)
{
    return std::any_of(databases.begin(), databases.end(), [&](const std::string& file) {
        std::error_code error;
        return std::filesystem::exists(root / file, error);
    });
}

} // namespace

void add_packages(wire::Inventory& inventory, const std::filesystem::path& root, const Arguments& names,
                  common::Deadline deadline)
{
    const Arguments usable = plain(names);
    if (usable.empty() && !names.empty())
        return; // asked only for what cannot be a package
    const bool debs = in_use(root, {"var/lib/dpkg/status"});
    const bool rpms =
        in_use(root, {"var/lib/rpm/rpmdb.sqlite", "var/lib/rpm/Packages", "var/lib/rpm/Packages.db",
                      "usr/lib/sysimage/rpm/rpmdb.sqlite", "usr/lib/sysimage/rpm/Packages.db"});
    if (!debs && !rpms)
        throw common::Error(common::Trouble::rejected, "neither dpkg nor rpm is in use here");
    if (debs)
        add_debs(inventory, usable, deadline);
    if (rpms)
        add_rpms(inventory, usable, deadline);
}

} // namespace agent::inventory

#include "agent/inventory/sections_linux.hpp"
#include "agent/inventory/system_file_linux.hpp"
#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/os/process.hpp"
#include "common/text.hpp"

#include <sys/utsname.h>

namespace agent::inventory {

namespace {

/// A value as in os-release(5): perhaps in quotes, with backslashes inside double ones.
std::string unquoted(const std::string& value)
{
    const bool quoted =
        value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front();
    if (!quoted)
        return value;
    std::string text;
    for (std::size_t i = 1; i + 1 < value.size(); ++i) {
        if (value.front() == '"' && value[i] == '\\' && i + 2 < value.size())
            ++i;
        text += value[i];
    }
    return text;
}

std::map<std::string, std::string> os_release(const std::filesystem::path& root)
{
    std::optional<std::string> text = tidy_text(root / "etc/os-release");
    if (!text)
        text = tidy_text(root / "usr/lib/os-release");
    return key_values(text.value_or(""), '=');
}

/// BusyBox may answer to the names of package managers, but installs nothing that one could rely on.
bool has_package_manager(const char* name)
{
    const std::optional<std::string> program = common::os::find_program(name);
    if (!program)
        return false;
    std::error_code unreadable;
    return std::filesystem::canonical(*program, unreadable).filename() != "busybox";
}

} // namespace

std::string machine_id_under(const std::filesystem::path& root)
{
    for (const char* file : {"etc/machine-id", "var/lib/dbus/machine-id"})
        if (const std::optional<std::string> id = tidy_text(root / file); id && common::is_hex(*id, 32))
            return *id;
    return {};
}

void add_operating_system(wire::Inventory& inventory, const std::filesystem::path& root)
{
    const std::map<std::string, std::string> release = os_release(root);
    const auto value = [&](const char* key, const std::string& otherwise) {
        const auto found = release.find(key);
        return found == release.end() ? otherwise : unquoted(found->second);
    };
    utsname kernel{};
    if (::uname(&kernel) != 0)
        throw common::system_error("asking for the kernel's name");
    if (release.empty())
        inventory.problems.emplace_back("operating system: there is no os-release file");

    wire::OperatingSystem os;
    os.id = value("ID", "linux");
    os.version = value("VERSION_ID", value("BUILD_ID", ""));
    os.name = value("PRETTY_NAME", value("NAME", os.id) + (os.version.empty() ? "" : " " + os.version));
    os.kernel = common::xml_safe(kernel.release);
    os.architecture = common::xml_safe(kernel.machine);
    os.hostName = common::xml_safe(kernel.nodename);
    os.machineId = machine_id_under(root);
    for (const auto& [format, program] : {std::pair("deb", "dpkg"), std::pair("rpm", "rpm")})
        if (has_package_manager(program))
            os.packageFormats.emplace_back(format);
    const auto uptime = common::BootClock::now().time_since_epoch();
    os.uptimeSeconds = std::chrono::duration_cast<std::chrono::seconds>(uptime).count();
    os.bootId = common::os::boot_id();
    inventory.operatingSystem = std::move(os);
}

} // namespace agent::inventory

#include "agent/inventory/inventory.hpp"
#include "agent/inventory/sections_windows.hpp"
#include "common/error.hpp"
#include "common/os/process.hpp"
#include "common/os/registry_windows.hpp"
#include "common/text.hpp"

#include <algorithm>

namespace agent::inventory {

namespace {

using common::os::RegistryKey;

constexpr unsigned first_build_of_11 = 22'000;
constexpr std::uint32_t installed = 0x70; // state of a package of the system

/// "10.0"; before Windows 10 there is only the text.
std::string major_minor(const RegistryKey& version)
{
    const auto major = version.number("CurrentMajorVersionNumber");
    const auto minor = version.number("CurrentMinorVersionNumber");
    return major && minor ? std::to_string(*major) + '.' + std::to_string(*minor)
                          : version.text("CurrentVersion").value_or("");
}

/// Windows 11 calls itself Windows 10 there, so that old programs run.
std::string name_of(const RegistryKey& version, const std::string& build)
{
    std::string name = version.text("ProductName").value_or("Windows");
    constexpr std::string_view ten = "Windows 10";
    const bool client = version.text("InstallationType").value_or("") == "Client";
    if (client && name.starts_with(ten) && common::to_number(build).value_or(0) >= first_build_of_11)
        name.replace(0, ten.size(), "Windows 11");
    return name;
}

/// "KB5001234" of "Package_for_KB5001234~31bf3856ad364e35~amd64~~10.0.1.2"; empty for other packages.
std::string hotfix_in(const std::string& package)
{
    constexpr std::string_view prefix = "Package_for_";
    if (!package.starts_with("Package_for_KB"))
        return {};
    return package.substr(prefix.size(), package.find_first_of("~_", prefix.size()) - prefix.size());
}

std::vector<std::string> hotfixes()
{
    std::vector<std::string> found;
    const auto packages = RegistryKey::open(
        "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\Packages");
    for (const std::string& name : packages ? packages->sub_keys() : std::vector<std::string>()) {
        const std::string hotfix = hotfix_in(name);
        if (hotfix.empty())
            continue;
        const auto package = packages->sub_key(name);
        if (package && package->number("CurrentState") == installed)
            found.push_back(common::xml_safe(hotfix));
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

bool reboot_is_pending()
{
    const auto session = RegistryKey::open("SYSTEM\\CurrentControlSet\\Control\\Session Manager");
    return RegistryKey::open(
               "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\RebootPending") ||
           RegistryKey::open(
               "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update\\RebootRequired") ||
           (session && session->has("PendingFileRenameOperations"));
}

std::string architecture()
{
    SYSTEM_INFO info{};
    ::GetNativeSystemInfo(&info);
    return info.wProcessorArchitecture == PROCESSOR_ARCHITECTURE_ARM64 ? "aarch64" : "x86_64";
}

std::string host_name()
{
    wchar_t name[256];
    DWORD length = 256;
    if (!::GetComputerNameExW(ComputerNameDnsHostname, name, &length))
        throw common::os::windows_error("asking for the computer's name");
    return common::xml_safe(common::os::to_utf8({name, length}));
}

} // namespace

void add_operating_system(wire::Inventory& inventory)
{
    const auto version = RegistryKey::open("SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion");
    if (!version)
        throw common::Error(common::Trouble::rejected, "the registry does not tell the version of Windows");
    const std::string build = version->text("CurrentBuildNumber").value_or("0");
    wire::OperatingSystem os;
    os.id = "windows";
    os.version = common::xml_safe(major_minor(*version) + '.' + build);
    os.name = common::xml_safe(name_of(*version, build));
    os.kernel = os.version + '.' + std::to_string(version->number("UBR").value_or(0));
    os.architecture = architecture();
    os.hostName = host_name();
    os.machineId = machine_id();
    os.packageFormats = {"msi"};
    os.uptimeSeconds = static_cast<LONG64>(::GetTickCount64() / 1000);
    os.hotfixes = hotfixes();
    os.rebootPending = reboot_is_pending();
    os.bootId = common::os::boot_id();
    inventory.operatingSystem = std::move(os);
}

} // namespace agent::inventory

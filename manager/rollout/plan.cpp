#include "manager/rollout/plan.hpp"

#include "manager/rollout/firmware_plan.hpp"

#include <algorithm>
#include <array>

namespace manager::rollout {

namespace {

using baseline::Component;
using common::ComponentKind;

/// Architectures whose packages rpm installs on a 64-bit PC beside its own.
constexpr std::array pc_32_bit{"i386", "i486", "i586", "i686"};

bool fits_deb(const std::string& architecture, const Facts& facts)
{
    return architecture.empty() || architecture == "all" || architecture == facts.deb_architecture;
}

bool fits_rpm(const std::string& architecture, const Facts& facts)
{
    if (architecture.empty() || architecture == "noarch" || architecture == facts.rpm_architecture)
        return true;
    return facts.rpm_architecture == "x86_64" &&
           std::find(pc_32_bit.begin(), pc_32_bit.end(), architecture) != pc_32_bit.end();
}

std::string system_name(const Facts& facts)
{
    return facts.os.empty() ? "this target" : facts.os;
}

/// The word Windows has for what `uname -m` says.
std::string windows_architecture(const std::string& machine)
{
    return machine == "x86_64" ? "x64" : machine == "aarch64" ? "arm64" : machine;
}

/// 64-bit Windows runs what is for 32-bit PCs, too.
bool fits_windows(const std::string& architecture, const Facts& facts)
{
    return architecture.empty() || architecture == "x86" ||
           architecture == windows_architecture(facts.architecture);
}

/// Of a target that did not say what it is, trying tells.
bool fits_program(const std::string& architecture, const Facts& facts)
{
    return architecture.empty() || facts.architecture.empty() || architecture == facts.architecture;
}

bool takes(const Component& component, const Facts& facts)
{
    if (facts.takes_firmware)
        return component.firmware.has_value();
    switch (component.kind) {
    case ComponentKind::deb:
        return facts.takes_deb;
    case ComponentKind::rpm:
        return facts.takes_rpm;
    case ComponentKind::msi:
        return facts.takes_msi;
    case ComponentKind::firmware:
        return false;
    default:
        return common::is_for_windows(component.kind) == facts.windows;
    }
}

bool fits_architecture(const Component& component, const Facts& facts)
{
    switch (component.kind) {
    case ComponentKind::deb:
        return fits_deb(component.architecture, facts);
    case ComponentKind::rpm:
        return fits_rpm(component.architecture, facts);
    case ComponentKind::program:
        return fits_program(component.architecture, facts);
    default:
        return fits_windows(component.architecture, facts);
    }
}

/// "a .deb", "a program for Linux"
std::string sort_of(ComponentKind kind)
{
    return kind == ComponentKind::program ? "a program for Linux"
           : kind == ComponentKind::exe   ? "a program for Windows"
                                          : "a ." + std::string(common::name_of(kind));
}

/// As its package manager writes it.
std::string architecture_of(const Facts& facts, ComponentKind kind)
{
    return kind == ComponentKind::deb     ? facts.deb_architecture
           : kind == ComponentKind::rpm   ? facts.rpm_architecture
           : common::is_for_windows(kind) ? windows_architecture(facts.architecture)
                                          : facts.architecture;
}

/// Why firmware cannot go to what is no BMC.
std::string no_firmware(const Component& component, const Facts& facts)
{
    if (component.firmware && component.firmware->type == baseline::FwpkgType::d)
        return "this package (type D) is for the vendor's agent, which is not used here; the vendor's "
               "program "
               "or package for " +
               system_name(facts) + " does the same";
    return "firmware is for BMC targets; " + system_name(facts) + " is none";
}

/// Why the component cannot go there; empty when it can.
std::string unfit(const Component& component, const Facts& facts)
{
    if (!takes(component, facts))
        return component.kind == ComponentKind::firmware
                   ? no_firmware(component, facts)
                   : sort_of(component.kind) + " does not fit " + system_name(facts);
    if (facts.takes_firmware || fits_architecture(component, facts))
        return {};
    return (common::is_package(component.kind) ? "a package for " : "a program for ") +
           component.architecture + " does not fit " + system_name(facts) + " on " +
           architecture_of(facts, component.kind);
}

/// Packages of one name for another architecture stand beside each other; those for all of them replace each
/// other. Of the Windows Installer's the product code tells for certain.
bool same_package(const Component& component, const Package& package)
{
    if (package.format != component.kind)
        return false;
    if (!component.code.empty() && component.code == package.code)
        return true;
    if (package.name != component.name)
        return false;
    const auto any = [](const std::string& architecture) {
        return architecture.empty() || architecture == "all" || architecture == "noarch";
    };
    return any(component.architecture) || any(package.architecture) ||
           package.architecture == component.architecture;
}

/// Of a package that is half-installed, apt believes that its version is there already.
Mismatch unfinished(const Package& package)
{
    const bool unpacked = package.unfinished != "half-installed";
    return {"dpkg left " + package.name + ' ' + package.version + ' ' + package.unfinished,
            unpacked
                ? "run 'dpkg --configure -a' on the target, which tells why, then deploy again"
                : "copy the package to the target and run 'dpkg -i' on it; deploying it again is not enough"};
}

} // namespace

std::string title(const Component& component)
{
    return component.version.empty() ? component.name : component.name + " " + component.version;
}

std::vector<std::string> package_names(const std::vector<Component>& components)
{
    std::vector<std::string> names;
    const auto add = [&](const std::string& name) {
        if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end())
            names.push_back(name);
    };
    for (const Component& component : components) {
        if (!common::is_package(component.kind))
            continue;
        add(component.name);
        add(component.code);
    }
    return names;
}

std::optional<std::string> installed_version(const Component& component, const Facts& facts)
{
    if (facts.takes_firmware)
        return firmware_version(component, facts);
    std::optional<std::string> newest;
    for (const Package& package : facts.packages) {
        if (!same_package(component, package) || !package.unfinished.empty())
            continue;
        if (!newest || baseline::compare_versions(component.kind, *newest, package.version) < 0)
            newest = package.version;
    }
    return newest;
}

Step plan(const Component& component, const Facts& facts, bool allow_downgrade, bool reinstall)
{
    Step step;
    step.to = component.version;
    step.why = unfit(component, facts);
    if (!step.why.empty()) {
        step.action = Action::unfit;
        return step;
    }
    if (facts.takes_firmware)
        return plan_firmware(component, facts, allow_downgrade, reinstall);
    const auto installed =
        common::is_package(component.kind) ? installed_version(component, facts) : std::nullopt;
    if (!installed)
        return step;
    step.from = *installed;
    const int difference = baseline::compare_versions(component.kind, *installed, component.version);
    if (difference == 0) {
        step.action = Action::skip;
        step.why = "same version is installed";
    } else if (difference > 0 && !allow_downgrade) {
        step.action = Action::blocked;
        step.why = "a newer version, " + *installed + ", is installed; --downgrade goes back to " +
                   component.version;
    }
    return step;
}

std::optional<Mismatch> mismatch(const Component& component, const Facts& facts)
{
    if (facts.takes_firmware)
        return firmware_mismatch(component, facts);
    if (!common::is_package(component.kind))
        return std::nullopt;
    for (const Package& package : facts.packages)
        if (same_package(component, package) && !package.unfinished.empty())
            return unfinished(package);
    const auto installed = installed_version(component, facts);
    if (!installed)
        return Mismatch{"no " + component.name + " is found", {}};
    if (baseline::compare_versions(component.kind, *installed, component.version) == 0)
        return std::nullopt;
    return Mismatch{"version " + *installed + " is found", {}};
}

} // namespace manager::rollout

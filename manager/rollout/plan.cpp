#include "manager/rollout/plan.hpp"

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

/// Of a target that did not say what it is, trying tells.
std::string unfit_program(const Component& component, const Facts& facts)
{
    if (component.architecture.empty() || facts.architecture.empty() ||
        component.architecture == facts.architecture)
        return {};
    return "a program for " + component.architecture + " does not fit " + system_name(facts) + " on " +
           facts.architecture;
}

/// Why the component cannot go there; empty when it can.
std::string unfit(const Component& component, const Facts& facts)
{
    if (component.kind == ComponentKind::program)
        return unfit_program(component, facts);
    const bool deb = component.kind == ComponentKind::deb;
    if (deb ? !facts.takes_deb : !facts.takes_rpm)
        return (deb ? "a .deb does not fit " : "a .rpm does not fit ") + system_name(facts);
    if (deb ? fits_deb(component.architecture, facts) : fits_rpm(component.architecture, facts))
        return {};
    return "a package for " + component.architecture + " does not fit " + system_name(facts) + " on " +
           (deb ? facts.deb_architecture : facts.rpm_architecture);
}

/// Packages of one name for another architecture stand beside each other; those for all of them replace each
/// other.
bool same_package(const Component& component, const Package& package)
{
    if (package.format != component.kind || package.name != component.name)
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
    for (const Component& component : components)
        if (component.kind != ComponentKind::program &&
            std::find(names.begin(), names.end(), component.name) == names.end())
            names.push_back(component.name);
    return names;
}

std::optional<std::string> installed_version(const Component& component, const Facts& facts)
{
    std::optional<std::string> newest;
    for (const Package& package : facts.packages) {
        if (!same_package(component, package) || !package.unfinished.empty())
            continue;
        if (!newest || baseline::compare_versions(component.kind, *newest, package.version) < 0)
            newest = package.version;
    }
    return newest;
}

Step plan(const Component& component, const Facts& facts, bool allow_downgrade)
{
    Step step;
    step.to = component.version;
    step.why = unfit(component, facts);
    if (!step.why.empty()) {
        step.action = Action::unfit;
        return step;
    }
    const auto installed =
        component.kind == ComponentKind::program ? std::nullopt : installed_version(component, facts);
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
    if (component.kind == ComponentKind::program)
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

#include "manager/cli/order_rules.hpp"

#include "common/error.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <array>

namespace manager::cli {

namespace {

using common::Error;
using common::Trouble;
using serve::Role;

struct Rule {
    std::string_view option;
    Role least;
};

// What is not here is refused: the options of this process, and those that ask somebody who is not there.
constexpr std::array rules{
    Rule{"exclude", Role::operator_role},
    Rule{"user", Role::operator_role},
    Rule{"sudo", Role::operator_role},
    Rule{"su", Role::operator_role},
    Rule{"ssh", Role::operator_role},
    Rule{"jump", Role::operator_role},
    Rule{"smb", Role::operator_role},
    Rule{"domain", Role::operator_role},
    Rule{"kerberos", Role::operator_role},
    Rule{"netbios", Role::operator_role},
    Rule{"bmc", Role::operator_role},
    Rule{"method", Role::operator_role},
    Rule{"pull", Role::operator_role},
    Rule{"argument", Role::operator_role},
    Rule{"firmware-entry", Role::operator_role},
    Rule{"firmware-version", Role::operator_role},
    Rule{"parallel", Role::operator_role},
    Rule{"link", Role::operator_role},
    Rule{"take-over", Role::operator_role},
    Rule{"lease", Role::operator_role},
    Rule{"timeout", Role::operator_role},
    Rule{"reboot", Role::operator_role},
    Rule{"reboot-delay", Role::operator_role},
    Rule{"reboot-message", Role::operator_role},
    Rule{"reboot-timeout", Role::operator_role},
    Rule{"downgrade", Role::operator_role},
    Rule{"reinstall", Role::operator_role},
    Rule{"agent-port", Role::operator_role},
    Rule{"open-firewall", Role::operator_role},
    Rule{"bmc-timeout", Role::operator_role},
    Rule{"bmc-interval", Role::operator_role},
    // They name files of this machine,
    Rule{"targets", Role::admin},
    Rule{"ssh-config", Role::admin},
    Rule{"identity", Role::admin},
    Rule{"known-hosts", Role::admin},
    Rule{"baseline", Role::admin},
    Rule{"password-file", Role::admin},
    Rule{"sudo-password-file", Role::admin},
    Rule{"bmc-password-file", Role::admin},
    // or weaken what protects its passwords.
    Rule{"accept-new", Role::admin},
    Rule{"allow-smb2", Role::admin},
    Rule{"legacy-tls", Role::admin},
};

} // namespace

std::optional<Role> role_for(std::string_view option)
{
    const auto* found =
        std::find_if(rules.begin(), rules.end(), [&](const Rule& rule) { return rule.option == option; });
    return found == rules.end() ? std::nullopt : std::optional(found->least);
}

void check_words(const serve::DeployWish& wish)
{
    if (!wish.credential.empty() &&
        !(wish.password.empty() && wish.sudo_password.empty() && wish.bmc_password.empty()))
        throw Error(Trouble::invalid, "an order has either a credential or passwords");
    if (wish.caller.local)
        return;
    const bool has_file = std::any_of(wish.options.begin(), wish.options.end(),
                                      [](const auto& option) { return option.first == "targets"; });
    if (wish.targets.empty() && !has_file) // all that are kept would be meant
        throw Error(Trouble::invalid, "no targets", "name some, or a group of them as @GROUP");
    const bool any_file =
        std::any_of(wish.components.begin(), wish.components.end(),
                    [](const auto& component) { return component.find('/') != std::string::npos; });
    if (any_file && wish.caller.role < Role::admin)
        throw Error(Trouble::denied, "components that are files of the manager's machine need the role admin",
                    "upload it, PUT /components/NAME, and name it by NAME");
    for (const auto& [name, value] : wish.options) {
        const std::optional<Role> least = role_for(name);
        if (!least)
            throw Error(Trouble::denied, "no order may have the option \"" + common::one_line(name, 60) + '"',
                        "targets and components have elements of their own");
        if (wish.caller.role < *least)
            throw Error(Trouble::denied,
                        "the option \"" + name + "\" needs the role " + std::string(serve::name_of(*least)));
    }
}

void check_targets(const serve::Caller& caller, const std::vector<target::Target>& targets)
{
    const bool any_local = std::any_of(targets.begin(), targets.end(), [](const target::Target& target) {
        return target.connection == target::Connection::local;
    });
    if (any_local && caller.role < Role::admin)
        throw Error(Trouble::denied, "the manager's own machine is a target for the role admin only");
}

} // namespace manager::cli

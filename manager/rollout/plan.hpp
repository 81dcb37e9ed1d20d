#pragma once

#include "manager/baseline/component.hpp"
#include "manager/rollout/driver.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Decides what is to be done on a target. Pure functions: the same answer for the same facts.
namespace manager::rollout {

enum class Action {
    install,
    skip,    ///< the same version is installed
    blocked, ///< a newer version is installed, and going back was not asked for
    unfit,   ///< it does not fit the target, or whether it does cannot be told
};

/// What is to be done with one component on one target.
struct Step {
    Action action = Action::install;
    std::string why;  ///< unless install: a sentence
    std::string from; ///< installed version; empty: none, or a program
    std::string to;   ///< version to be; empty for a program
};

/// ComponentState::action of what is, or was, to be installed.
constexpr std::string_view action_install = "install";

/// What people call it: name and version, `tree 2.1.0-1`; of a program just the name.
std::string title(const baseline::Component& component);

/// Names, and product codes, for Driver::inventory(): each once.
std::vector<std::string> package_names(const std::vector<baseline::Component>& components);

/// The version of `component`'s package that is installed, and whole; nothing when none is. With several (a
/// kernel), the newest.
std::optional<std::string> installed_version(const baseline::Component& component, const Facts& facts);

/// `reinstall`: firmware is installed, too, where the same version runs, or one that cannot be compared.
Step plan(const baseline::Component& component, const Facts& facts, bool allow_downgrade,
          bool reinstall = false);

/// What is on a target in the place of a component that should be there.
struct Mismatch {
    std::string found; ///< "no tree is found", "version 2.0.2-1 is found"
    std::string hint;  ///< the way out, where there is a certain one
};

/// Why `component` does not count as installed, by what is found on the target; nothing when it does. A
/// program has no version, so nothing speaks against it.
std::optional<Mismatch> mismatch(const baseline::Component& component, const Facts& facts);

} // namespace manager::rollout

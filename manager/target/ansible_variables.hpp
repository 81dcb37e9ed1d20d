#pragma once

#include "manager/target/reading.hpp"

#include <map>
#include <string>

namespace manager::target {

/// The value of a variable, as written.
struct AnsibleValue {
    std::string text;
    Place place;
    const char* flaw = nullptr; ///< why there is no text: "is encrypted"
};

/// Those variables that mean something to us, by name.
using AnsibleVariables = std::map<std::string, AnsibleValue>;

/// Keeps `value` if `name` means something to us; what else there is is Ansible's own business. Of a password
/// only its place is kept.
void keep(AnsibleVariables& variables, const std::string& name, AnsibleValue value);

/// The later ones go before the earlier ones.
void override_with(AnsibleVariables& variables, const AnsibleVariables& later);

/// Puts what the variables of one host say into `target`, but for its user. Throws `invalid` with the place
/// of a value that cannot be honoured.
void apply(const AnsibleVariables& variables, Target& target);
/// The same about its user.
void apply_user(const AnsibleVariables& variables, Target& target);

/// The names of variables that are there and that apply() takes no notice of: passwords, options of ssh.
bool is_password(const std::string& name);
bool is_left_out(const std::string& name);

} // namespace manager::target

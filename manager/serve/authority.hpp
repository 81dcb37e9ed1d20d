#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Who may call which operation of the manager's contract.
namespace manager::serve {

/// What a token is good for. Each may what those before it may.
enum class Role {
    viewer,        ///< look
    operator_role, ///< begin and stop runs
    admin,         ///< also with options that name files of the manager's machine
};

std::string_view name_of(Role role);
std::optional<Role> role_named(std::string_view name);

/// Who calls.
struct Caller {
    std::string name = "local"; ///< whom the token was made for; "local": the user of this workstation
    std::string token;          ///< id of the token; empty with "local"
    Role role = Role::admin;
    bool local = true; ///< came by the local control, with the token of the runtime file

    /// True when words of this caller may name files of the manager's machine.
    bool may_name_files() const { return role >= Role::admin; }
};

/// True when manager.wsdl has an operation of this name.
bool is_operation(std::string_view name);

/// True when the table says so; whatever does not stand there is denied.
bool may_call(Role role, std::string_view operation);

} // namespace manager::serve

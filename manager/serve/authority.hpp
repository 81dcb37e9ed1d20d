#pragma once

#include <cstdint>
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
    std::string name; ///< of the token; "local" for the user of this workstation
    Role role = Role::viewer;
    bool local = false; ///< came by the local control, with the token of the runtime file
};

/// True when manager.wsdl has an operation of this name.
bool is_operation(std::string_view name);

/// True when the table says so; whatever does not stand there is denied.
bool may_call(Role role, std::string_view operation);

} // namespace manager::serve

#pragma once

#include <string_view>

/// What runs on a target, in the target's own shell. The texts stand beside this file as *.sh and are built
/// in without their comments.
namespace manager::transport::shell {

extern const std::string_view bootstrap_script; ///< bootstrap.sh
extern const std::string_view doctor_script;    ///< doctor.sh
extern const std::string_view leftovers_script; ///< leftovers.sh
extern const std::string_view sweep_script;     ///< sweep.sh
extern const std::string_view tunnel_script;    ///< tunnel.sh

} // namespace manager::transport::shell

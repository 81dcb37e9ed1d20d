#pragma once

#include "manager/baseline/firmware.hpp"

#include <optional>

namespace manager::baseline {

/// What the program for Windows open as `descriptor` has for a BMC, if it is a Dell Update Package of
/// firmware: a zip is in it, with package.xml. Nothing when it is another program. Untrusted input. Throws
/// `invalid` when it is such a package, but does not say what for.
std::optional<Firmware> read_dup(int descriptor);

} // namespace manager::baseline

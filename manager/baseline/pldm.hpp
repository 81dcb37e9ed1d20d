#pragma once

#include "manager/baseline/firmware.hpp"

#include <string_view>

namespace manager::baseline {

/// How many bytes is_pldm() wants to see.
constexpr std::size_t pldm_magic_size = 16;

/// True when a file that begins like this is a firmware package of DSP0267, revision 1.0 to 1.3.
bool is_pldm(std::string_view beginning);

/// Reads the head of the package open as `descriptor`, and checks its checksums, and that all images are in
/// the file. Untrusted input. Throws `invalid`.
Firmware read_pldm(int descriptor);

} // namespace manager::baseline

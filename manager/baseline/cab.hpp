#pragma once

#include "manager/baseline/firmware.hpp"

#include <string_view>

namespace manager::baseline {

constexpr std::string_view cab_magic = "MSCF";

/// Reads the descriptions (*.metainfo.xml) in the cabinet of LVFS open as `descriptor`, and checks its images
/// against the checksums in them. Untrusted input. Throws `invalid`.
Firmware read_cab(int descriptor);

} // namespace manager::baseline

#pragma once

#include "manager/baseline/firmware.hpp"

#include <filesystem>
#include <optional>

namespace manager::baseline {

/// Reads HPE's package open as `descriptor`: a zip with payload.json, or one whose description stands beside
/// `file` under its name with .json; capital letters make no difference. Nothing when there is neither, and
/// it is not called .fwpkg. Untrusted input. Throws `invalid`.
std::optional<Firmware> read_fwpkg(int descriptor, const std::filesystem::path& file);

} // namespace manager::baseline

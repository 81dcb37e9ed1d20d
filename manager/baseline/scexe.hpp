#pragma once

#include "manager/baseline/firmware.hpp"

#include <filesystem>
#include <optional>
#include <string_view>

namespace manager::baseline {

/// What the script open as `descriptor`, called `file`, has for a BMC, if it is one of HPE's which unpack
/// themselves (.scexe): it is unpacked by the number in it and never run. Nothing when it is another script,
/// or does not hold exactly one image. Untrusted input. Throws `invalid`.
std::optional<Firmware> read_scexe(int descriptor, const std::filesystem::path& file);

/// Where its archive begins. Throws `invalid`.
std::uint64_t scexe_archive(int descriptor);

} // namespace manager::baseline

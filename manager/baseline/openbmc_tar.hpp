#pragma once

#include "manager/baseline/firmware.hpp"

#include <optional>
#include <string_view>

namespace manager::baseline {

/// True when a file that begins like this (512 bytes of it) may be a tar, also packed by gzip.
bool may_be_tar(std::string_view beginning);

/// Reads the MANIFEST of OpenBMC's package open as `descriptor`. Nothing when there is none in it. Untrusted
/// input. Throws `invalid`.
std::optional<Firmware> read_openbmc_tar(int descriptor);

} // namespace manager::baseline

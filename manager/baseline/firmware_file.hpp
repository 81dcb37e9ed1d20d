#pragma once

#include "manager/baseline/firmware.hpp"

#include <filesystem>
#include <optional>
#include <string_view>

namespace manager::baseline {

/// The firmware in the file open as `descriptor`, which is `file` and begins with `beginning` (512 bytes or
/// more). By content; by its name only when the content is nothing else that we know. Nothing when it is no
/// firmware. Untrusted input. Throws `invalid`.
std::optional<Firmware> read_firmware(int descriptor, const std::filesystem::path& file,
                                      std::string_view beginning);

/// What a program, which runs on hosts, has for a BMC: see read_dup() and read_scexe().
std::optional<Firmware> firmware_in_program(int descriptor, const std::filesystem::path& file);

} // namespace manager::baseline

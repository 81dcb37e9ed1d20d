#pragma once

#include "common/job_order.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace manager::baseline {

/// How every program for Windows begins, for DOS's sake.
constexpr std::string_view dos_magic = "MZ";

/// Checks that the file open as `descriptor`, which begins with dos_magic, is a program that a Windows target
/// can run. Returns the architecture that it needs: x64, x86 or arm64. Untrusted input. Throws `invalid`,
/// saying what it is instead.
std::string read_windows_program(int descriptor);

/// The kind of script that `file`, which begins with `beginning`, is by its ending; nothing when it is none
/// of Windows. Throws `invalid` for one that its interpreter could not read.
std::optional<common::ComponentKind> windows_script(const std::filesystem::path& file,
                                                    std::string_view beginning);

} // namespace manager::baseline

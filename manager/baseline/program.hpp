#pragma once

#include <string>
#include <string_view>

namespace manager::baseline {

/// Checks that a file which begins with `beginning` can be run on a Linux target: a script with an
/// interpreter line, or an ELF program for a platform that agents go to. Returns the architecture that it
/// needs as `uname -m` writes it, empty for a script. Throws `invalid`, saying what the file is instead: it
/// is none of any other kind.
std::string read_program(std::string_view beginning);

} // namespace manager::baseline

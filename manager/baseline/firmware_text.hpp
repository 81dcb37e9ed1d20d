#pragma once

#include "common/text.hpp"

#include <string>
#include <string_view>

namespace manager::baseline {

/// A name or version out of a package, fit to be shown and kept: one harmless line, without space around it,
/// and not long.
inline std::string firmware_text(std::string_view text)
{
    return common::one_line(common::trim(text), 120);
}

} // namespace manager::baseline

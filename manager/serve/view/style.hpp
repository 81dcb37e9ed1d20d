#pragma once

#include <string_view>

namespace manager::serve::view {

/// What the pages look like, on a screen of any width, light or dark as the reader's system is.
extern const std::string_view style_sheet;

/// A picture for the browser's tab.
extern const std::string_view icon;

} // namespace manager::serve::view

#pragma once

#include <pugixml.hpp>
#include <string>
#include <string_view>

namespace manager::baseline {

/// Parses XML of unknown origin; the parser knows no external entities and none that are defined in the text.
/// `what` says to people what it is. Throws `invalid`.
pugi::xml_document parse_xml(std::string_view text, const std::string& what);

/// All text of the node and what is in it, as one line fit to be shown; empty for no node.
std::string text_of(const pugi::xml_node& node);

} // namespace manager::baseline

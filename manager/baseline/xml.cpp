#include "manager/baseline/xml.hpp"

#include "common/error.hpp"
#include "manager/baseline/firmware_text.hpp"

namespace manager::baseline {

pugi::xml_document parse_xml(std::string_view text, const std::string& what)
{
    pugi::xml_document document;
    const pugi::xml_parse_result result = document.load_buffer(text.data(), text.size());
    if (!result)
        throw common::Error(common::Trouble::invalid, what + " is not the XML that it should be: " +
                                                          common::one_line(result.description(), 100));
    return document;
}

std::string text_of(const pugi::xml_node& node)
{
    return firmware_text(node.text().get());
}

} // namespace manager::baseline

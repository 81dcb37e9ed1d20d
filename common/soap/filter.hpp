#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace common::soap {

/// One linear look at a request before gSOAP's parser sees it, because that parser is weak at what is refused
/// here: DOCTYPE and other "<!" constructs but comments and CDATA, processing instructions but a leading XML
/// declaration, NUL and other characters that XML forbids, bad UTF-8, encodings other than UTF-8, more than
/// 64 attributes or 8 KiB in a tag, more than 32 levels, more than 10,000 tags, character references beyond
/// XML (and those of five and more hexadecimal digits, which gSOAP mangles), references to undefined
/// entities, more than one operation. Returns why the text is refused; nothing when it may pass. Linear in
/// time, constant in memory.
std::optional<std::string> refusal(std::string_view xml);

} // namespace common::soap

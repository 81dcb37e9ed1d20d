#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/baseline/deb.hpp"

#include <cctype>
#include <optional>
#include <strings.h>

namespace manager::baseline {

namespace {

/// The value of `key` in the first paragraph of `control`; names of fields know no case.
std::string field(std::string_view control, const std::string& key)
{
    for (const std::string& line : common::split(control, '\n')) {
        if (common::trim(line).empty())
            break; // the paragraph ends
        const std::size_t colon = line.find(':');
        if (colon == key.size() && ::strncasecmp(line.c_str(), key.c_str(), key.size()) == 0)
            return std::string(common::trim(std::string_view(line).substr(colon + 1)));
    }
    return {};
}

} // namespace

std::string dpkg_version(std::string_view written)
{
    const std::size_t colon = written.find(':');
    if (colon == std::string_view::npos)
        return std::string(written);
    const std::optional<std::uint64_t> epoch = common::to_number(written.substr(0, colon), INT32_MAX);
    const std::string_view rest = written.substr(colon + 1);
    if (!epoch || rest.empty())
        throw common::Error(common::Trouble::invalid,
                            "the package's version '" + common::one_line(written, 60) + "' has a bad epoch");
    // dpkg shows the epoch 0 only where the version could be misread without it.
    if (*epoch == 0 && rest.find(':') == std::string_view::npos)
        return std::string(rest);
    return std::to_string(*epoch) + ":" + std::string(rest);
}

PackageFacts parse_control(std::string_view control)
{
    return checked_facts(
        {field(control, "Package"), dpkg_version(field(control, "Version")), field(control, "Architecture")});
}

} // namespace manager::baseline

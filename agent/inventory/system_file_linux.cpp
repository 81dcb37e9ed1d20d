#include "agent/inventory/system_file_linux.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"

#include <algorithm>

namespace agent::inventory {

std::optional<std::string> tidy_text(const std::filesystem::path& file)
{
    try {
        const std::optional<std::string> text = common::os::read_file_if_there(file, 64 << 10);
        if (!text)
            return std::nullopt;
        // The device tree ends its texts with NUL.
        std::string tidy = common::xml_safe(common::trim(text->substr(0, text->find('\0'))));
        return tidy.empty() ? std::nullopt : std::optional(std::move(tidy));
    } catch (const common::Error&) {
        return std::nullopt;
    }
}

std::optional<std::uint64_t> number_in(const std::filesystem::path& file)
{
    const std::optional<std::string> text = tidy_text(file);
    return text ? common::to_number(*text) : std::nullopt;
}

std::map<std::string, std::string> key_values(const std::string& text, char separator)
{
    std::map<std::string, std::string> values;
    for (const std::string& line : common::split(text, '\n')) {
        const std::size_t at = line.find(separator);
        if (at == std::string::npos)
            continue;
        const std::string_view key = common::trim(std::string_view(line).substr(0, at));
        values.try_emplace(std::string(key),
                           common::xml_safe(common::trim(std::string_view(line).substr(at + 1))));
    }
    return values;
}

std::vector<std::string> names_in(const std::filesystem::path& folder)
{
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error))
        names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
}

} // namespace agent::inventory

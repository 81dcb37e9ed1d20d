#include "manager/target/reading.hpp"

#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/target/target_set.hpp"

#include <yaml-cpp/yaml.h>

#include <cstdlib>

namespace manager::target {

std::string text_of(const Place& place)
{
    return place.file + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

void refuse(const Place& place, const std::string& why, const std::string& hint)
{
    throw common::Error(common::Trouble::invalid, text_of(place) + ": " + why, hint);
}

std::string read_text(const std::filesystem::path& file, const std::string& what)
{
    try {
        return common::os::read_file(file);
    } catch (const common::Error& error) {
        throw common::Error(common::Trouble::invalid, what + ": " + error.text(), error.hint());
    }
}

std::vector<Line> lines_of(std::string_view text)
{
    if (text.starts_with("\xEF\xBB\xBF")) // as some editors begin files
        text.remove_prefix(3);
    std::vector<Line> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        line = line.substr(0, line.find_last_not_of(" \t\r") + 1); // npos + 1 = nothing
        lines.push_back({lines.size() + 1, line});
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

namespace {

/// The library tells of a tab only sometimes, and else of "illegal map values" behind it.
void refuse_tab(const std::string& file, const std::string& text, const YAML::Mark& mark)
{
    const std::vector<std::string> lines = common::split(text, '\n');
    const auto number = static_cast<std::size_t>(mark.line);
    const std::string line = number < lines.size() ? lines[number] : std::string();
    const std::size_t tab = line.find('\t');
    if (tab != std::string::npos && line.find_first_not_of(" \t") >= tab)
        refuse({file, number + 1, tab + 1}, "this line is indented with a tab, which YAML does not allow",
               "indent it with blanks");
}

} // namespace

YAML::Node load_yaml(const std::string& file, const std::string& text)
{
    try {
        return YAML::Load(text);
    } catch (const YAML::Exception& error) {
        refuse_tab(file, text, error.mark);
        const bool nowhere = error.mark.is_null();
        refuse({file, nowhere ? 1 : static_cast<std::size_t>(error.mark.line) + 1,
                nowhere ? 1 : static_cast<std::size_t>(error.mark.column) + 1},
               "this is no YAML: " + error.msg);
    }
}

Place place_of(const std::string& file, const YAML::Node& node)
{
    const YAML::Mark mark = node.Mark();
    return {file, static_cast<std::size_t>(mark.line + 1), static_cast<std::size_t>(mark.column + 1)};
}

std::uint16_t port_at(const Place& place, const std::string& digits)
{
    const auto port = common::to_number(digits, 65535);
    if (!port || *port == 0)
        refuse(place, "'" + common::one_line(digits, 20) + "': a port is a number from 1 to 65535");
    return static_cast<std::uint16_t>(*port);
}

std::string name_at(const Place& place, const std::string& word, const char* kind)
{
    try {
        check_name(word, word, kind);
    } catch (const common::Error& error) {
        refuse(place, error.text());
    }
    return word;
}

std::filesystem::path path_from(const std::filesystem::path& folder, const std::string& text)
{
    const char* home = std::getenv("HOME");
    return text.starts_with("~/") && home != nullptr ? std::filesystem::path(home) / text.substr(2)
                                                     : folder / text;
}

} // namespace manager::target

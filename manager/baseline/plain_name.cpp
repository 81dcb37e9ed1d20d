#include "manager/baseline/plain_name.hpp"

#include <algorithm>

namespace manager::baseline {

namespace {

constexpr std::size_t longest = 120;

bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

} // namespace

std::string plain_name(std::string_view path)
{
    const std::size_t slash = path.find_last_of("/\\");
    std::string name(slash == std::string_view::npos ? path : path.substr(slash + 1));
    std::replace_if(
        name.begin(), name.end(), [](char c) { return !is_plain(c); }, '_');
    if (name.size() > longest)
        name.erase(0, name.size() - longest);
    if (name.empty() || name.front() == '.' || name.front() == '-')
        name.insert(0, 1, '_');
    return name;
}

} // namespace manager::baseline

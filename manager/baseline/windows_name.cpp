#include "manager/baseline/windows_name.hpp"

#include "common/lower_case.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace manager::baseline {

namespace {

/// Names of devices, whatever the ending behind them.
bool is_device(const std::string& name)
{
    constexpr std::array plain{"con", "prn", "aux", "nul"};
    const std::string stem = common::lower_case(name.substr(0, name.find('.')));
    const bool numbered = stem.size() == 4 && (stem.starts_with("com") || stem.starts_with("lpt")) &&
                          stem[3] >= '0' && stem[3] <= '9';
    return numbered || std::find(plain.begin(), plain.end(), stem) != plain.end();
}

bool has_ending(const std::string& name, common::ComponentKind kind)
{
    const std::string lower = common::lower_case(name);
    return lower.ends_with("." + std::string(common::name_of(kind))) ||
           (kind == common::ComponentKind::cmd && lower.ends_with(".bat"));
}

} // namespace

std::string windows_name(std::string name, common::ComponentKind kind)
{
    constexpr std::string_view forbidden = "<>:\"/\\|?*";
    std::replace_if(
        name.begin(), name.end(), [&](char c) { return forbidden.find(c) != std::string_view::npos; }, '_');
    if (!has_ending(name, kind))
        name += '.' + std::string(common::name_of(kind));
    if (is_device(name))
        name.insert(0, 1, '_');
    return name;
}

} // namespace manager::baseline

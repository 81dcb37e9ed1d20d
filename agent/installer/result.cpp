#include "agent/installer/result.hpp"

#include <array>

namespace agent::installer {

namespace {

constexpr std::array<std::string_view, 13> names{
    "ok",        "ok_reboot",  "rebooting", "not_needed", "not_applicable", "downgrade_blocked", "dependency",
    "cancelled", "busy_retry", "failed",    "timed_out",  "killed",         "unknown_code"};
static_assert(names[static_cast<std::size_t>(Result::unknown_code)] == "unknown_code");

} // namespace

std::string_view name_of(Result result)
{
    return names.at(static_cast<std::size_t>(result));
}

std::optional<Result> result_named(std::string_view name)
{
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == name)
            return static_cast<Result>(i);
    return std::nullopt;
}

} // namespace agent::installer

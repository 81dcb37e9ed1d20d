#include "manager/cli/kept_name.hpp"

#include "common/error.hpp"
#include "common/text.hpp"

#include <algorithm>

namespace manager::cli {

namespace {

constexpr std::string_view letters_and_digits =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr std::string_view others = ".-_";
constexpr std::size_t longest = 100;

} // namespace

void check_kept_name(const std::string& name, const std::string& what)
{
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
        return letters_and_digits.find(c) != std::string_view::npos ||
               others.find(c) != std::string_view::npos;
    });
    if (name.empty() || name.size() > longest || !plain ||
        letters_and_digits.find(name.front()) == std::string_view::npos)
        throw common::Error(common::Trouble::invalid,
                            "the name of " + what + ", \"" + common::one_line(name, 120) +
                                "\", must be 1 to 100 letters, digits, dots, dashes and underscores");
}

} // namespace manager::cli

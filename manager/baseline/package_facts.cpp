#include "manager/baseline/package_facts.hpp"

#include "common/error.hpp"
#include "common/text.hpp"

#include <string_view>

namespace manager::baseline {

namespace {

constexpr std::string_view letters_and_digits =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr std::size_t longest = 256; ///< bytes; real names and versions are far shorter

bool well_formed(std::string_view text, std::string_view marks)
{
    const auto allowed = [&](char c) {
        return letters_and_digits.find(c) != std::string_view::npos ||
               marks.find(c) != std::string_view::npos;
    };
    if (text.empty() || text.size() > longest || letters_and_digits.find(text[0]) == std::string_view::npos)
        return false;
    for (const char c : text)
        if (!allowed(c))
            return false;
    return true;
}

void check(std::string_view field, std::string_view text, std::string_view marks)
{
    if (text.empty())
        throw common::Error(common::Trouble::invalid, "the package has no " + std::string(field));
    if (!well_formed(text, marks))
        throw common::Error(common::Trouble::invalid, "the package's " + std::string(field) + " '" +
                                                          common::one_line(text, 60) +
                                                          "' is not a valid one");
}

} // namespace

PackageFacts checked_facts(PackageFacts facts)
{
    check("name", facts.name, "+-._");
    check("version", facts.version, "+-._~^:");
    check("architecture", facts.architecture, "-_");
    return facts;
}

} // namespace manager::baseline

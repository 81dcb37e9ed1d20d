#include "manager/target/nearest.hpp"

#include "common/text.hpp"

#include <algorithm>
#include <numeric>

namespace manager::target {

namespace {

/// Insertions, deletions and replacements from one to the other.
std::size_t distance(std::string_view left, std::string_view right)
{
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < left.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < right.size(); ++j) {
            const std::size_t replaced = diagonal + (left[i] == right[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

} // namespace

std::string nearest(std::string_view typed, const std::vector<std::string>& known)
{
    typed = typed.substr(0, 64); // longer than every name there is
    for (const std::string& name : known)
        if (typed.size() >= 3 && name.starts_with(typed)) // shortened
            return name;
    std::string best;
    std::size_t least = std::max<std::size_t>(2, typed.size() / 3) + 1;
    for (const std::string& name : known) {
        const std::size_t far = distance(typed, name);
        if (far < least && far < name.size()) {
            least = far;
            best = name;
        }
    }
    return best;
}

std::string suggestion(std::string_view typed, const std::vector<std::string>& known)
{
    const std::string name = nearest(typed, known);
    return name.empty() ? "there is: " + common::join(known, ", ") : "did you mean '" + name + "'?";
}

} // namespace manager::target

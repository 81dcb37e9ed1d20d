#include "manager/cli/words.hpp"

#include "common/clock.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <map>
#include <string_view>

namespace manager::cli {

namespace {

/// Bytes that go on with a character take no room of their own.
bool begins_character(char byte)
{
    return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
}

std::string two_digits(std::int64_t number)
{
    return (number < 10 ? "0" : "") + std::to_string(number);
}

} // namespace

std::string counted(std::size_t number, const std::string& thing)
{
    return std::to_string(number) + " " + thing + (number == 1 ? "" : "s");
}

std::string state_name(const rollout::TargetState& state)
{
    return std::string(state.outcome ? name_of(*state.outcome) : name_of(state.phase));
}

std::string situation(const rollout::TargetState& state)
{
    const std::string name = state_name(state);
    const std::string text = common::one_line(state.text, 2'000);
    const bool went_well = state.verdict && !state.outcome && state.failed_in == rollout::Phase::waiting;
    if (text.empty() || went_well) // how it went is told at the end
        return name;
    return text.starts_with(name + " ") ? text : name + ": " + text;
}

std::string short_id(const rollout::Run& run)
{
    return run.id.substr(0, 8);
}

std::string time_text(std::int64_t milliseconds)
{
    std::string text = common::utc_text(common::from_milliseconds(milliseconds)).substr(0, 19);
    std::replace(text.begin(), text.end(), 'T', ' ');
    return text + " UTC";
}

std::string clock_text(std::int64_t seconds)
{
    const std::int64_t minutes = seconds / 60;
    const std::string end = ":" + two_digits(seconds % 60);
    return minutes < 60 ? std::to_string(minutes) + end
                        : std::to_string(minutes / 60) + ":" + two_digits(minutes % 60) + end;
}

std::size_t width_of(const std::string& text)
{
    std::size_t width = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\x1b')
            i = std::min(text.find('m', i), text.size());
        else if (begins_character(text[i]))
            ++width;
    }
    return width;
}

std::vector<std::vector<std::size_t>> alike(const std::vector<std::string>& texts)
{
    std::vector<std::vector<std::size_t>> groups;
    std::map<std::string_view, std::size_t> known; // in `groups`
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const auto [group, fresh] = known.try_emplace(texts[i], groups.size());
        if (fresh)
            groups.emplace_back();
        groups[group->second].push_back(i);
    }
    return groups;
}

std::string cut_to(const std::string& text, std::size_t width)
{
    std::size_t end = 0;
    for (std::size_t seen = 0; end < text.size(); ++end)
        if (begins_character(text[end]) && seen++ == width)
            break;
    return text.substr(0, end);
}

std::string padded(std::string text, std::size_t width)
{
    const std::size_t have = width_of(text);
    return have < width ? text.append(width - have, ' ') : text;
}

std::vector<std::string> aligned(const std::vector<std::vector<std::string>>& rows)
{
    std::vector<std::size_t> widths;
    for (const std::vector<std::string>& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (i == widths.size())
                widths.push_back(0);
            widths[i] = std::max(widths[i], width_of(row[i]));
        }
    std::vector<std::string> lines;
    for (const std::vector<std::string>& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i)
            line += i + 1 == row.size() ? row[i] : padded(row[i], widths[i] + 2);
        line.erase(line.find_last_not_of(' ') + 1);
        lines.push_back(std::move(line));
    }
    return lines;
}

} // namespace manager::cli

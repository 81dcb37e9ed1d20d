#include "manager/cli/fleet_view.hpp"

#include "common/text.hpp"
#include "manager/cli/words.hpp"
#include "manager/target/node_range.hpp"

#include <algorithm>
#include <map>

namespace manager::cli {

namespace {

using rollout::Outcome;
using rollout::Phase;

constexpr std::size_t most_notes = 5;
constexpr std::size_t state_width = 14; ///< longer ones, as updated_reboot_pending, push the rest aside
constexpr std::size_t most_name_width = 40;

std::string_view colour_of(std::optional<Outcome> outcome)
{
    if (!outcome)
        return "\x1b[36m"; // still at work
    switch (*outcome) {
    case Outcome::updated:
    case Outcome::nothing_needed:
        return "\x1b[32m";
    case Outcome::updated_reboot_pending:
    case Outcome::cancelled:
    case Outcome::not_started:
        return "\x1b[33m";
    case Outcome::failed:
    case Outcome::omitted_dependency:
    case Outcome::unreached:
    case Outcome::interrupted:
    case Outcome::not_verified:
    case Outcome::unconfirmed:
        break;
    }
    return "\x1b[31m";
}

/// Colours are put on after the line was cut, so that a cut never leaves one on.
std::string painted(const std::string& line, std::size_t from, std::size_t size, std::string_view colour)
{
    const std::size_t begin = std::min(from, line.size());
    const std::size_t end = std::min(from + size, line.size());
    return line.substr(0, begin) + std::string(colour) + line.substr(begin, end - begin) + "\x1b[0m" +
           line.substr(end);
}

std::string state_word(Phase phase, std::optional<Outcome> outcome)
{
    return std::string(outcome ? name_of(*outcome) : name_of(phase));
}

std::string clock_text_of(FleetView::Clock::duration time)
{
    return clock_text(std::chrono::duration_cast<std::chrono::seconds>(time).count());
}

} // namespace

void FleetView::start(const rollout::Run& run, Clock::time_point now)
{
    rows_.clear();
    started_ = now;
    for (std::size_t i = 0; i < run.targets.size(); ++i) {
        rows_.emplace_back();
        rows_.back().name = common::one_line(run.request.targets[i].name);
        rows_.back().since = now;
        change(run, i, now);
    }
}

void FleetView::change(const rollout::Run& run, std::size_t index, Clock::time_point now)
{
    const rollout::TargetState& state = run.targets[index];
    Row& row = rows_.at(index);
    if (row.phase == Phase::waiting && state.phase != Phase::waiting)
        row.begun = now;
    if (row.phase != state.phase)
        row.since = now;
    if (!row.outcome && state.outcome)
        row.took = now - row.begun;
    row.phase = state.phase;
    row.outcome = state.outcome;
    row.text = common::one_line(state.text);
}

void FleetView::add_note(const std::string& line)
{
    notes_.push_back(line);
    if (notes_.size() > most_notes)
        notes_.pop_front();
}

std::vector<std::string> FleetView::lines(WindowSize window, bool colour, Clock::time_point now) const
{
    // The last column stays free: what fills it makes some terminals begin a new line. A picture higher than
    // the window cannot be drawn again in place.
    const std::size_t width = std::max<std::size_t>(window.width, 2) - 1;
    const std::size_t notes = std::min(notes_.size(), window.height / 4);
    const std::size_t room = window.height > notes + 3 ? window.height - notes - 2 : 1;
    std::vector<std::string> out =
        rows_.size() <= std::min(most_rows, room) ? rows(width, colour, now) : folded(width, colour);
    if (out.size() > room)
        out.resize(room);
    for (std::size_t i = notes_.size() - notes; i < notes_.size(); ++i)
        out.push_back(cut_to("  " + notes_[i], width));
    out.push_back(cut_to(sum(now), width));
    return out;
}

std::vector<std::string> FleetView::rows(std::size_t width, bool colour, Clock::time_point now) const
{
    std::size_t name_width = 0;
    for (const Row& row : rows_)
        name_width = std::max(name_width, std::min(most_name_width, width_of(row.name)));
    name_width = std::min(name_width, std::max<std::size_t>(width / 3, 8));
    std::vector<std::string> out;
    for (const Row& row : rows_)
        out.push_back(row_line(row, name_width, width, colour, now));
    return out;
}

std::string FleetView::row_line(const Row& row, std::size_t name_width, std::size_t width, bool colour,
                                Clock::time_point now) const
{
    const std::string name = padded(cut_to(row.name, name_width), name_width) + "  ";
    const std::string word = state_word(row.phase, row.outcome);
    const bool idle = !row.outcome && row.phase == Phase::waiting;
    const std::string time = idle ? "" : clock_text_of(row.outcome ? row.took : now - row.since);
    std::string line = name + padded(word, state_width) + " " +
                       std::string(time.size() < 6 ? 6 - time.size() : 0, ' ') + time + "  " + row.text;
    line = cut_to(line.erase(line.find_last_not_of(' ') + 1), width);
    return colour ? painted(line, name.size(), word.size(), colour_of(row.outcome)) : line;
}

std::vector<std::string> FleetView::folded(std::size_t width, bool colour) const
{
    // Whoever is further on stands further up: what is over, then phases from the last to the first.
    struct Group {
        std::string word;
        std::optional<Outcome> outcome;
        std::vector<std::string> names;
    };
    std::map<int, Group> groups;
    for (const Row& row : rows_) {
        const int order = row.outcome ? -1000 + static_cast<int>(*row.outcome) : -static_cast<int>(row.phase);
        Group& group = groups[order];
        group.word = state_word(row.phase, row.outcome);
        group.outcome = row.outcome;
        group.names.push_back(row.name);
    }
    std::vector<std::string> out;
    for (const auto& [order, group] : groups) {
        const std::string number = std::to_string(group.names.size());
        const std::string line = cut_to(padded(group.word, state_width) + " " +
                                            std::string(number.size() < 6 ? 6 - number.size() : 0, ' ') +
                                            number + "  " + target::fold(group.names),
                                        width);
        out.push_back(colour ? painted(line, 0, group.word.size(), colour_of(group.outcome)) : line);
    }
    return out;
}

std::string FleetView::sum(Clock::time_point now) const
{
    std::size_t over = 0;
    std::size_t waiting = 0;
    for (const Row& row : rows_) {
        over += row.outcome ? 1 : 0;
        waiting += !row.outcome && row.phase == Phase::waiting ? 1 : 0;
    }
    return counted(rows_.size(), "target") + ": " + std::to_string(over) + " done, " +
           std::to_string(rows_.size() - over - waiting) + " at work, " + std::to_string(waiting) +
           " waiting; " + clock_text_of(now - started_);
}

} // namespace manager::cli

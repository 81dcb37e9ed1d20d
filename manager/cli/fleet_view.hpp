#pragma once

#include "manager/rollout/run.hpp"

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace manager::cli {

/// The size of a window, in characters.
struct WindowSize {
    std::size_t width = 80;
    std::size_t height = 24;
};

/// What a screen shows of a run: a line for each target, or, where there are too many for the window, one for
/// each phase with the targets that are in it; then the last notes and the sum. One thread at a time.
class FleetView {
public:
    using Clock = std::chrono::steady_clock;

    /// More targets than this are folded into one line for each phase.
    static constexpr std::size_t most_rows = 20;

    void start(const rollout::Run& run, Clock::time_point now);
    void change(const rollout::Run& run, std::size_t index, Clock::time_point now);
    /// A line of output or a note, for the bottom. Harmless already.
    void add_note(const std::string& line);

    /// Lines that fit into the window, all without newline. `colour`: with escape sequences for it.
    std::vector<std::string> lines(WindowSize window, bool colour, Clock::time_point now) const;

private:
    struct Row {
        std::string name;
        rollout::Phase phase = rollout::Phase::waiting;
        std::optional<rollout::Outcome> outcome;
        std::string text;
        Clock::time_point since; ///< in this phase
        Clock::duration took{};  ///< from leaving `waiting` to the end
        Clock::time_point begun;
    };

    std::string row_line(const Row& row, std::size_t name_width, std::size_t width, bool colour,
                         Clock::time_point now) const;
    std::vector<std::string> rows(std::size_t width, bool colour, Clock::time_point now) const;
    std::vector<std::string> folded(std::size_t width, bool colour) const;
    std::string sum(Clock::time_point now) const;

    std::vector<Row> rows_;
    std::deque<std::string> notes_;
    Clock::time_point started_;
};

} // namespace manager::cli

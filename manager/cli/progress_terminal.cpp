#include "common/text.hpp"
#include "manager/cli/progress.hpp"
#include "manager/target/node_range.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <ostream>
#include <sstream>
#include <sys/ioctl.h>
#include <thread>
#include <unistd.h>

namespace manager::cli {

namespace {

constexpr std::size_t most_rows = 20; ///< with more targets, those in the same state share a line
constexpr std::chrono::milliseconds redraw{150};

std::size_t screen_width()
{
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20)
        return 79;
    return size.ws_col - 1;
}

struct Row {
    std::string name;
    std::string state = "waiting";
    std::string text;
    std::optional<rollout::Outcome> outcome;
};

const char* color_of(const std::optional<rollout::Outcome>& outcome)
{
    using rollout::Outcome;
    if (!outcome)
        return "\033[36m";
    const bool good = *outcome == Outcome::updated || *outcome == Outcome::updated_reboot_pending ||
                      *outcome == Outcome::nothing_needed;
    return good ? "\033[32m" : "\033[31m";
}

class TerminalProgress final : public Progress {
public:
    TerminalProgress(std::ostream& out, bool verbose, bool color)
        : out_(out), verbose_(verbose), color_(color)
    {
        ticker_ = std::jthread([this](const std::stop_token& stop) { tick(stop); });
    }

private:
    void on_started(const rollout::Run& run) override
    {
        rows_.resize(run.targets.size());
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            rows_[i].name = run.request.targets[i].name;
            on_changed(run, i);
        }
        above("run " + run.id);
    }

    void on_changed(const rollout::Run& run, std::size_t index) override
    {
        const rollout::TargetState& state = run.targets[index];
        Row& row = rows_.at(index);
        row.state = state_name(state);
        row.text = common::one_line(state.text);
        row.outcome = state.outcome;
        stale_ = true;
    }

    void on_output(const rollout::Run&, std::size_t index, const std::string& lines) override
    {
        if (!verbose_)
            return;
        for (const std::string& line : common::split(lines, '\n'))
            if (!line.empty())
                above(rows_.at(index).name + " | " + common::one_line(line));
    }

    void on_notice(const rollout::Run&, std::size_t index, const std::string& text) override
    {
        above(rows_.at(index).name + ": " + common::one_line(text));
    }

    void on_finished(const rollout::Run&) override
    {
        draw();
        drawn_ = 0; // stays where it is
        stale_ = false;
    }

    void on_say(const std::string& text) override { above(text); }

    void tick(const std::stop_token& stop)
    {
        std::unique_lock lock(mutex_);
        while (!stop.stop_requested()) {
            wake_.wait_for(lock, stop, redraw, [] { return false; });
            if (stale_)
                draw();
        }
    }

    /// A line that stays, above the table.
    void above(const std::string& line)
    {
        erase();
        out_ << line << '\n';
        draw();
    }

    void erase()
    {
        if (drawn_ > 0)
            out_ << "\033[" << drawn_ << "A\r\033[J";
        drawn_ = 0;
    }

    void draw()
    {
        erase();
        if (rows_.size() > most_rows)
            draw_sets();
        else
            draw_rows();
        out_.flush();
        stale_ = false;
    }

    void draw_rows()
    {
        std::size_t widest = 0;
        for (const Row& row : rows_)
            widest = std::max(widest, std::min<std::size_t>(row.name.size(), 30));
        for (const Row& row : rows_)
            draw_line(common::one_line(row.name, 30), widest, row, row.text);
    }

    void draw_sets()
    {
        std::map<std::string, std::vector<const Row*>> sets;
        for (const Row& row : rows_)
            sets[row.state].push_back(&row);
        for (const auto& [state, rows] : sets) {
            std::vector<std::string> names;
            for (const Row* row : rows)
                names.push_back(row->name);
            draw_line(std::to_string(rows.size()), 6, *rows.front(), target::fold(names));
        }
    }

    void draw_line(const std::string& first, std::size_t width, const Row& row, const std::string& text)
    {
        constexpr std::size_t state_width = 22;
        const std::string pad(width > first.size() ? width - first.size() : 0, ' ');
        const std::string gap(state_width > row.state.size() ? state_width - row.state.size() : 1, ' ');
        const std::size_t used = first.size() + pad.size() + 2 + row.state.size() + gap.size();
        const std::size_t screen = screen_width();
        out_ << first << pad << "  " << (color_ ? color_of(row.outcome) : "") << row.state
             << (color_ ? "\033[0m" : "") << (text.empty() ? "" : gap)
             << (used + 4 < screen ? common::one_line(text, screen - used - 3) : "") << '\n';
        ++drawn_;
    }

    std::ostream& out_;
    bool verbose_;
    bool color_;
    std::vector<Row> rows_;
    std::size_t drawn_ = 0; // lines of the table on the screen
    bool stale_ = false;
    std::condition_variable_any wake_;
    std::jthread ticker_; // last: ends first
};

} // namespace

ProgressHandle make_terminal_progress(std::ostream& out, bool verbose, bool color)
{
    return std::make_unique<TerminalProgress>(out, verbose, color);
}

} // namespace manager::cli

#include "common/text.hpp"
#include "manager/cli/progress.hpp"
#include "manager/cli/words.hpp"

#include <condition_variable>
#include <ostream>
#include <thread>
#include <utility>

namespace manager::cli {

namespace {

constexpr std::chrono::milliseconds pause{200}; ///< between two pictures

/// A table at the bottom of the terminal, drawn again in place. It changes nothing of the terminal's state,
/// so even a manager that is killed leaves a usable one.
class TerminalProgress final : public Progress {
public:
    TerminalProgress(std::ostream& out, Look look) : out_(out), look_(std::move(look))
    {
        painter_ = std::jthread([this](const std::stop_token& stop) { keep_drawing(stop); });
    }

    ~TerminalProgress() override
    {
        const std::lock_guard lock(mutex_);
        close(); // a run that ended with an error
    }

private:
    void on_started(const rollout::Run& run) override
    {
        view_.start(run, FleetView::Clock::now());
        out_ << "run " << run.id << ": " << counted(run.targets.size(), "target") << '\n';
        open_ = true;
        draw();
    }

    void on_changed(const rollout::Run& run, std::size_t index) override
    {
        view_.change(run, index, FleetView::Clock::now());
    }

    void on_output(const rollout::Run& run, std::size_t index, const std::string& lines) override
    {
        if (!look_.verbose)
            return;
        for (const std::string& line : printed_lines(lines))
            print_above(run.request.targets[index].name + " | " + line);
    }

    void on_notice(const rollout::Run& run, std::size_t index, const std::string& text) override
    {
        view_.add_note(run.request.targets[index].name + ": " + common::one_line(text));
    }

    void on_finished(const rollout::Run&) override { close(); }

    void on_say(const std::string& text) override { print_above(text); }

    void on_hush(bool quiet) override
    {
        out_ << erase() << std::flush;
        hushed_ = quiet;
        if (open_)
            draw();
    }

    /// A line that stays and scrolls away with the terminal's other lines.
    void print_above(const std::string& line)
    {
        if (hushed_)
            return view_.add_note(line);
        out_ << erase() + line + "\n";
        if (open_)
            draw();
        out_.flush();
    }

    /// The last picture stays on the screen, and the line below it is free.
    void close()
    {
        if (!open_)
            return;
        draw();
        out_ << '\n' << std::flush;
        open_ = false;
        drawn_.clear();
    }

    /// What goes back to the first line of the picture and clears from there on.
    std::string erase()
    {
        const std::size_t width = std::max<std::size_t>(look_.window().width, 1);
        std::size_t lines = 0;
        for (const std::size_t drawn : std::exchange(drawn_, {})) // a window made narrower has wrapped them
            lines += std::max<std::size_t>(1, (drawn + width - 1) / width);
        if (lines == 0)
            return {};
        return (lines > 1 ? "\r\x1b[" + std::to_string(lines - 1) + "A" : std::string("\r")) + "\x1b[J";
    }

    void draw()
    {
        if (hushed_)
            return;
        const std::vector<std::string> lines =
            view_.lines(look_.window(), look_.colour, FleetView::Clock::now());
        out_ << erase() + common::join(lines, "\n") << std::flush; // in one piece, or it flickers
        for (const std::string& line : lines)
            drawn_.push_back(width_of(line));
    }

    void keep_drawing(const std::stop_token& stop)
    {
        std::unique_lock lock(mutex_);
        while (!stop.stop_requested()) {
            wake_.wait_for(lock, stop, pause, [] { return false; });
            if (open_ && !stop.stop_requested())
                draw();
        }
    }

    std::ostream& out_;
    Look look_;
    FleetView view_;
    std::vector<std::size_t> drawn_; ///< widths of the lines of the picture that stands on the screen
    bool open_ = false;              ///< between started and finished
    bool hushed_ = false;
    std::condition_variable_any wake_;
    std::jthread painter_; // last: ends first
};

} // namespace

ProgressHandle make_terminal_progress(std::ostream& out, Look look)
{
    return std::make_unique<TerminalProgress>(out, std::move(look));
}

} // namespace manager::cli

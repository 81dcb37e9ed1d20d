#include "common/clock.hpp"
#include "common/text.hpp"
#include "manager/cli/progress.hpp"
#include "manager/cli/words.hpp"

#include <ostream>

namespace manager::cli {

namespace {

class PlainProgress final : public Progress {
public:
    PlainProgress(std::ostream& out, bool verbose) : out_(out), verbose_(verbose) {}

private:
    void on_started(const rollout::Run& run) override
    {
        last_.assign(run.targets.size(), "waiting");
        print("run " + run.id + ": " + counted(run.targets.size(), "target"));
    }

    /// A line for each phase; what changes within one is for the live table.
    void on_changed(const rollout::Run& run, std::size_t index) override
    {
        const std::string state = state_name(run.targets[index]);
        if (std::exchange(last_.at(index), state) != state)
            print(name(run, index) + ": " + situation(run.targets[index]));
    }

    void on_output(const rollout::Run& run, std::size_t index, const std::string& lines) override
    {
        if (!verbose_)
            return;
        for (const std::string& line : printed_lines(lines))
            print(name(run, index) + " | " + line);
    }

    void on_notice(const rollout::Run& run, std::size_t index, const std::string& text) override
    {
        print(name(run, index) + ": " + common::one_line(text, 2'000));
    }

    void on_finished(const rollout::Run& run) override { print("run " + run.id + " is over"); }

    void on_say(const std::string& text) override { print(text); }

    static std::string name(const rollout::Run& run, std::size_t index)
    {
        return common::one_line(run.request.targets[index].name);
    }

    void print(const std::string& line) { out_ << common::utc_now() << ' ' << line << std::endl; }

    std::ostream& out_;
    bool verbose_;
    std::vector<std::string> last_; ///< state told of each target
};

} // namespace

ProgressHandle make_plain_progress(std::ostream& out, bool verbose)
{
    return std::make_unique<PlainProgress>(out, verbose);
}

} // namespace manager::cli

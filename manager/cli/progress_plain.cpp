#include "common/text.hpp"
#include "manager/cli/progress.hpp"

#include <ostream>

namespace manager::cli {

namespace {

class PlainProgress final : public Progress {
public:
    PlainProgress(std::ostream& out, bool verbose) : out_(out), verbose_(verbose) {}

private:
    void on_started(const rollout::Run& run) override
    {
        last_.assign(run.targets.size(), {});
        out_ << "run " << run.id << ": " << run.targets.size()
             << (run.targets.size() == 1 ? " target" : " targets") << std::endl;
    }

    void on_changed(const rollout::Run& run, std::size_t index) override
    {
        const rollout::TargetState& state = run.targets[index];
        std::string line = state_name(state);
        if (!state.text.empty())
            line += ": " + common::one_line(state.text);
        if (index < last_.size() && last_[index] == line)
            return;
        if (index < last_.size())
            last_[index] = line;
        print(run, index, line);
    }

    void on_output(const rollout::Run& run, std::size_t index, const std::string& lines) override
    {
        if (!verbose_)
            return;
        for (const std::string& line : common::split(lines, '\n'))
            if (!line.empty())
                print(run, index, "| " + common::one_line(line));
    }

    void on_notice(const rollout::Run& run, std::size_t index, const std::string& text) override
    {
        print(run, index, common::one_line(text));
    }

    void on_finished(const rollout::Run&) override { out_.flush(); }

    void on_say(const std::string& text) override { out_ << text << std::endl; }

    void print(const rollout::Run& run, std::size_t index, const std::string& line)
    {
        out_ << run.request.targets[index].name << ": " << line << std::endl;
    }

    std::ostream& out_;
    bool verbose_;
    std::vector<std::string> last_; // line told of each target
};

} // namespace

ProgressHandle make_plain_progress(std::ostream& out, bool verbose)
{
    return std::make_unique<PlainProgress>(out, verbose);
}

} // namespace manager::cli

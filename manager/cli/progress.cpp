#include "manager/cli/progress.hpp"

#include "common/text.hpp"

#include <ostream>

namespace manager::cli {

void Progress::started(const rollout::Run& run)
{
    const std::lock_guard lock(mutex_);
    on_started(run);
}

void Progress::changed(const rollout::Run& run, std::size_t index)
{
    const std::lock_guard lock(mutex_);
    on_changed(run, index);
}

void Progress::output(const rollout::Run& run, std::size_t index, const std::string& lines)
{
    const std::lock_guard lock(mutex_);
    on_output(run, index, lines);
}

void Progress::notice(const rollout::Run& run, std::size_t index, const std::string& text)
{
    const std::lock_guard lock(mutex_);
    on_notice(run, index, text);
}

void Progress::trouble(const rollout::Run&, const std::string& text)
{
    say("trouble: " + common::one_line(text, 2'000));
}

void Progress::finished(const rollout::Run& run)
{
    const std::lock_guard lock(mutex_);
    on_finished(run);
}

void Progress::say(const std::string& text)
{
    const std::lock_guard lock(mutex_);
    on_say(text);
}

void Progress::hush(bool quiet)
{
    const std::lock_guard lock(mutex_);
    on_hush(quiet);
}

namespace {

/// Says only what nobody can do without: that nothing can be stored, and how a signal was taken.
class QuietProgress final : public Progress {
public:
    explicit QuietProgress(std::ostream& out) : out_(out) {}

private:
    void on_started(const rollout::Run&) override {}
    void on_changed(const rollout::Run&, std::size_t) override {}
    void on_output(const rollout::Run&, std::size_t, const std::string&) override {}
    void on_notice(const rollout::Run&, std::size_t, const std::string&) override {}
    void on_finished(const rollout::Run&) override {}
    void on_say(const std::string& text) override { out_ << text << std::endl; }

    std::ostream& out_;
};

} // namespace

ProgressHandle make_quiet_progress(std::ostream& out)
{
    return std::make_unique<QuietProgress>(out);
}

} // namespace manager::cli

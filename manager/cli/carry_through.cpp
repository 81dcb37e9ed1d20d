#include "manager/cli/carry_through.hpp"

#include "common/clock.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/cli/signals.hpp"
#include "manager/rollout/report.hpp"

#include <chrono>
#include <mutex>
#include <ostream>

namespace manager::cli {

namespace {

/// Hands signals to a campaign that may not be there yet: those that come too early are kept for it.
class Canceller {
public:
    void speak_through(Progress* progress)
    {
        const std::lock_guard lock(mutex_);
        progress_ = progress;
    }

    void signal()
    {
        const std::lock_guard lock(mutex_);
        ++count_;
        if (progress_ != nullptr)
            progress_->say(count_ == 1
                               ? "cancelling: what runs on the targets is let finish; once more ends it"
                               : "ending what runs on the targets");
        if (campaign_ != nullptr)
            campaign_->cancel();
    }

    void attach(Campaign* campaign)
    {
        const std::lock_guard lock(mutex_);
        campaign_ = campaign;
        if (campaign == nullptr)
            progress_ = nullptr; // both go away now
        for (int i = 0; campaign != nullptr && i < count_; ++i)
            campaign->cancel();
    }

private:
    std::mutex mutex_;
    Progress* progress_ = nullptr;
    Campaign* campaign_ = nullptr;
    int count_ = 0;
};

/// While a campaign runs it can be cancelled.
class Attached {
public:
    Attached(Canceller& canceller, Campaign& campaign) : canceller_(canceller)
    {
        canceller.attach(&campaign);
    }
    ~Attached() { canceller_.attach(nullptr); }
    Attached(const Attached&) = delete;
    Attached& operator=(const Attached&) = delete;

private:
    Canceller& canceller_;
};

ExitCode code_of(const rollout::Run& run, const std::optional<int>& signal)
{
    if (!signal)
        return exit_code_of(run);
    return *signal == SIGTERM ? ExitCode::terminated : ExitCode::interrupted;
}

} // namespace

rollout::Run new_run(rollout::Request request)
{
    rollout::Run run;
    run.id = common::to_hex(common::os::random_bytes(16));
    run.started = common::to_milliseconds(std::chrono::system_clock::now());
    run.targets.resize(request.targets.size());
    for (rollout::TargetState& state : run.targets)
        state.components.resize(request.components.size());
    run.request = std::move(request);
    return run;
}

Carried carry_through(CampaignOptions options, rollout::Run run, rollout::Store& store,
                      const OutputOptions& output, const Workplace& workplace)
{
    Canceller canceller;
    const Signals signals([&](int) { canceller.signal(); }); // before any other thread there is
    const ProgressHandle progress = output.progress(workplace);
    canceller.speak_through(progress.get());
    std::vector<rollout::Observer*> observers;
    if (progress)
        observers.push_back(progress.get());
    Campaign campaign(std::move(options), std::move(run), store, std::move(observers));
    const Attached attached(canceller, campaign);
    for (const std::string& notice : campaign.notices())
        if (progress)
            progress->say(notice);
    rollout::Run ended = campaign.run();
    const ExitCode code = code_of(ended, signals.first());
    return {std::move(ended), code};
}

void print_summary(const rollout::Run& run, const OutputOptions& output, const Workplace& workplace)
{
    if (output.json())
        return;
    for (const std::string& line : rollout::summary(run))
        workplace.out << line << '\n';
    workplace.out.flush();
}

} // namespace manager::cli

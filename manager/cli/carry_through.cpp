#include "manager/cli/carry_through.hpp"

#include "common/clock.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/cli/inventory_text.hpp"
#include "manager/cli/run_audit.hpp"
#include "manager/cli/signals.hpp"
#include "manager/cli/summary.hpp"

#include <chrono>
#include <mutex>
#include <ostream>
#include <unistd.h>

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

    /// The third one leaves at once: something hangs that should not.
    void signal(int number)
    {
        {
            const std::lock_guard lock(mutex_);
            if (count_ >= 2 && progress_ != nullptr)
                progress_->say("leaving at once; agents remove themselves. To go on: soapstone resume");
            if (count_ >= 2)
                ::_exit(128 + number);
        }
        ask_to_stop();
    }

    void ask_to_stop()
    {
        const std::lock_guard lock(mutex_);
        ++count_;
        if (progress_ != nullptr)
            progress_->say(
                count_ == 1
                    ? "stopping: nothing new is begun, what runs on targets may finish; once more ends it"
                    : "ending what runs on targets; once more leaves at once");
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

/// Asks with the table out of the way.
std::function<common::Secret(const std::string&)>
asking_beside(Progress* progress, std::function<common::Secret(const std::string&)> ask)
{
    return [progress, ask = std::move(ask)](const std::string& question) {
        class Hush {
        public:
            explicit Hush(Progress* noise) : noise_(noise) { noise_->hush(true); }
            ~Hush() { noise_->hush(false); }
            Hush(const Hush&) = delete;
            Hush& operator=(const Hush&) = delete;

        private:
            Progress* noise_;
        };
        const Hush hush(progress);
        return ask(question);
    };
}

/// A link is for who sits there, and for no file: not for what a program reads. Who asked for it wants it,
/// however quiet the rest.
void tell_link(const OutputOptions& output, Progress& progress, const Workplace& workplace,
               const std::string& text)
{
    if (output.quiet() || output.json())
        workplace.err << text << std::endl;
    else
        progress.say(text);
}

void print_found(const rollout::Run& run, const std::filesystem::path& data, const OutputOptions& output,
                 std::ostream& out)
{
    const Inventories inventories = read_inventories(run, data);
    if (output.json()) {
        out << inventory_document(run, inventories) << std::flush;
        return;
    }
    print_lines(inventory_table(run, inventories), out);
    print_lines(failures(run, output.data_words()), out);
    print_lines({"all of it: " + (data / "runs" / run.id).string() + "/TARGET/inventory.json"}, out);
}

ExitCode code_of(const rollout::Run& run, const std::optional<int>& signal)
{
    if (!signal)
        return exit_code_of(run);
    return *signal == SIGINT ? ExitCode::interrupted : ExitCode::terminated;
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

ExitCode carry_through(CampaignOptions options, rollout::Run run, rollout::Store& store,
                       const OutputOptions& output, const Workplace& workplace)
{
    Canceller canceller;
    const Signals signals([&](int number) { canceller.signal(number); }); // before any other thread there is
    const std::filesystem::path data = options.data;
    const bool looks_only = run.request.components.empty();
    const ProgressHandle progress = output.progress(workplace, looks_only);
    canceller.speak_through(progress.get());
    options.ask = asking_beside(progress.get(), std::move(options.ask));
    options.cancel_asked = [&] { canceller.ask_to_stop(); };
    RunAudit audit(audit_of(run));
    Station station({data, options.places, run.id,
                     [&](const std::string& text) { tell_link(output, *progress, workplace, text); }},
                    store);
    Campaign campaign(station, std::move(options), std::move(run), store, {progress.get(), &audit});
    const Attached attached(canceller, campaign);
    if (!output.quiet()) {
        for (const std::string& notice : station.notices())
            progress->say(notice);
        for (const std::string& notice : campaign.notices())
            progress->say(notice);
    }
    if (const std::string link = station.new_login_url(); !link.empty())
        tell_link(output, *progress, workplace, "logs and report while it runs: " + link);
    const rollout::Run& ended = campaign.run();
    if (looks_only)
        print_found(ended, data, output, workplace.out);
    else if (!output.json())
        print_lines(summary(ended, data, output.data_words()), workplace.out);
    return code_of(ended, signals.first());
}

} // namespace manager::cli

#include "manager/cli/carry_through.hpp"

#include "common/clock.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/cli/canceller.hpp"
#include "manager/cli/run_audit.hpp"
#include "manager/cli/run_result.hpp"
#include "manager/cli/signals.hpp"
#include "manager/store/sqlite_store.hpp"

#include <chrono>
#include <ostream>

namespace manager::cli {

namespace {

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

ExitCode carry_out(CampaignOptions options, rollout::Request request, const OutputOptions& output,
                   const Workplace& workplace)
{
    store::SqliteStore store(options.data);
    rollout::Run run = new_run(std::move(request));
    store.add(run);
    return carry_through(std::move(options), std::move(run), store, output, workplace);
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
    Station station({data,
                     options.places,
                     run.id,
                     {},
                     [&](const std::string& text) { tell_link(output, *progress, workplace, text); }},
                    store);
    Campaign campaign(station, std::move(options), std::move(run), store, {progress.get(), &audit});
    const Attached attached(canceller, [&campaign] { campaign.cancel(); });
    if (!output.quiet()) {
        for (const std::string& notice : station.notices())
            progress->say(notice);
        for (const std::string& notice : campaign.notices())
            progress->say(notice);
    }
    if (const std::string link = station.new_login_url(); !link.empty())
        tell_link(output, *progress, workplace, "logs and report while it runs: " + link);
    const rollout::Run& ended = campaign.run();
    return print_result(ended, signals.first(), data, output, workplace);
}

} // namespace manager::cli

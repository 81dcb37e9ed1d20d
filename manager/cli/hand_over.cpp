#include "manager/cli/hand_over.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/cli/canceller.hpp"
#include "manager/cli/run_follower.hpp"
#include "manager/cli/run_result.hpp"
#include "manager/cli/signals.hpp"

namespace manager::cli {

namespace {

Canceller::Words words()
{
    Canceller::Words words;
    words.second = "ending what runs on targets; once more leaves the run to its manager";
    words.at_once = "leaving; the manager goes on with the run";
    return words;
}

/// Asks whoever works on the run now. That nobody can be asked is told, and no reason to leave.
void cancel(const std::string& run, const std::filesystem::path& data, Progress& progress)
{
    try {
        if (const std::optional<RunningManager> manager = manager_of(run, data))
            LocalClient(*manager).cancel();
        else
            progress.say("nobody works on the run, so that nobody can be asked to stop");
    } catch (const common::Error& error) {
        progress.say(error.text());
    }
}

} // namespace

ExitCode hand_over(const RunningManager& manager, serve::DeployWish wish, const std::filesystem::path& data,
                   const OutputOptions& output, const Workplace& workplace)
{
    Canceller canceller(words());
    const Signals signals([&](int number) { canceller.signal(number); }); // before any other thread there is
    const ProgressHandle progress = output.progress(workplace, false);
    canceller.speak_through(progress.get());
    wish.key = common::to_hex(common::os::random_bytes(16));
    const std::string run = LocalClient(manager).deploy(wish);
    const store::SqliteStore store(data);
    const Attached attached(canceller, [&] { cancel(run, data, *progress); });
    RunFollower follower(store, run, *progress, [&] { return serving_manager(data).has_value(); });
    const rollout::Run ended = follower.follow();
    return print_result(ended, signals.first(), data, output, workplace);
}

} // namespace manager::cli

#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/cli/command.hpp"
#include "manager/cli/local_client.hpp"
#include "manager/cli/output_options.hpp"
#include "manager/cli/words.hpp"
#include "manager/rollout/report.hpp"
#include "manager/rollout/run_log.hpp"
#include "manager/store/sqlite_store.hpp"
#include "manager/target/nearest.hpp"

#include <chrono>
#include <fstream>
#include <ostream>
#include <thread>

namespace manager::cli {

namespace {

namespace fs = std::filesystem;
using common::Error;
using common::Trouble;

constexpr std::chrono::milliseconds look_again{500};
constexpr std::chrono::seconds wait_for_news{20};
constexpr std::size_t most_events = 1'000; ///< taken from the store at once

std::size_t target_index(const rollout::Run& run, const std::string& name)
{
    std::vector<std::string> names;
    for (const target::Target& target : run.request.targets) {
        if (target.name == name)
            return names.size();
        names.push_back(target.name);
    }
    const std::string near = target::nearest(name, names);
    throw Error(Trouble::invalid,
                "run " + short_id(run) + " has no target '" + common::one_line(name, 80) + "'",
                near.empty() ? "'soapstone status " + short_id(run) + "' lists its targets"
                             : "did you mean '" + near + "'?");
}

/// A log comes from another machine: nothing in it may move the cursor. No line is cut, however long.
void copy_file(const fs::path& file, std::ostream& out)
{
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);)
        out << common::one_line(line, line.size()) << '\n';
}

void print_event(const rollout::RunEvent& event, std::ostream& out)
{
    for (const std::string& line : rollout::lines_of(event))
        out << line << '\n';
}

/// Prints what happens on one target: as the manager at work tells it, else out of the store.
class Follower {
public:
    Follower(const store::SqliteStore& store, const rollout::Run& run, std::size_t target, fs::path data,
             std::ostream& out)
        : store_(store), run_(run), target_(target), data_(std::move(data)), out_(out)
    {
    }

    /// What has happened so far.
    void catch_up()
    {
        for (;;) {
            const std::vector<rollout::RunEvent> events = store_.events(run_.id, since_, most_events);
            for (const rollout::RunEvent& event : events)
                take(event, event.target == target_);
            out_.flush();
            if (events.size() < most_events)
                return;
        }
    }

    /// Until nobody works on the run any more, or nobody reads.
    void follow()
    {
        for (bool over = false; !over && out_;) {
            over =
                store_.find(run_.id).value().ended != 0 || !store_.is_owned(run_.id); // before the last look
            if (!over && listen())
                continue;
            catch_up();
            if (!over)
                std::this_thread::sleep_for(look_again);
        }
    }

private:
    /// False when there is no manager that answers.
    bool listen()
    {
        try {
            const std::optional<RunningManager> manager = manager_of(run_.id, data_);
            if (!manager)
                return false;
            LocalClient client(*manager);
            for (bool over = false; !over && out_;) {
                const TargetEvents news = client.events(since_, wait_for_news);
                for (const TargetEvent& entry : news.events)
                    take(entry.event, entry.target == run_.request.targets[target_].name);
                out_.flush();
                over = news.over;
            }
            return true;
        } catch (const Error&) {
            return false; // it is ending; the store has all of it
        }
    }

    void take(const rollout::RunEvent& event, bool ours)
    {
        since_ = event.seq;
        if (ours)
            print_event(event, out_);
    }

    const store::SqliteStore& store_;
    const rollout::Run& run_;
    std::size_t target_;
    fs::path data_;
    std::ostream& out_;
    std::uint64_t since_ = 0;
};

class LogsCommand final : public Command {
public:
    std::string_view name() const override { return "logs"; }
    std::string_view summary() const override
    {
        return "Print the logs of one target that a run kept, or what has happened there so far.";
    }
    std::string_view operands() const override { return "[RUN] TARGET"; }

    void declare(po::options_description& options, po::positional_options_description& operands) override
    {
        options.add_options()("operand", po::value(&operands_), "run (default: the latest) and target");
        operands.add("operand", 2);
        options.add_options()("follow,f", po::bool_switch(&follow_),
                              "print what happens there until the run ends");
        output_.declare_data(options);
    }

    ExitCode run(Workplace& workplace) override
    {
        if (operands_.empty())
            throw Error(Trouble::invalid, "logs: no target is named",
                        "as in 'soapstone logs db-7', or 'soapstone logs 41ab db-7' for another run");
        const fs::path data = output_.kept_data();
        const store::SqliteStore store(data);
        const bool latest = operands_.size() == 1 || operands_.front() == "latest";
        const rollout::Run run = store.resolve(latest ? "" : operands_.front());
        const std::size_t index = target_index(run, operands_.back());
        Follower follower(store, run, index, data, workplace.out);
        const fs::path folder = store.folder_of(run.id) / rollout::folder_names(run.request.targets)[index];
        const std::vector<fs::path> files = rollout::kept_logs(folder);
        if (follow_)
            follower.follow();
        else if (files.empty())
            follower.catch_up();
        else
            print(files, folder, workplace.out);
        return ExitCode::ok;
    }

private:
    static void print(const std::vector<fs::path>& files, const fs::path& folder, std::ostream& out)
    {
        for (const fs::path& file : files) {
            if (files.size() > 1)
                out << "==> " << common::one_line(fs::relative(file, folder).string()) << " <==\n";
            copy_file(file, out);
        }
    }

    std::vector<std::string> operands_;
    bool follow_ = false;
    OutputOptions output_;
};

} // namespace

CommandHandle make_logs()
{
    return std::make_unique<LogsCommand>();
}

} // namespace manager::cli

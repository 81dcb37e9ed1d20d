#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/cli/command.hpp"
#include "manager/cli/output_options.hpp"
#include "manager/store/sqlite_store.hpp"
#include "manager/target/nearest.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <ostream>
#include <thread>

namespace manager::cli {

namespace {

namespace fs = std::filesystem;
constexpr std::chrono::milliseconds look_again{500};

std::size_t target_index(const rollout::Run& run, const std::string& name)
{
    std::vector<std::string> names;
    for (const target::Target& target : run.request.targets) {
        if (target.name == name)
            return names.size();
        names.push_back(target.name);
    }
    const std::string near = target::nearest(name, names);
    throw common::Error(common::Trouble::invalid,
                        "run " + run.id.substr(0, 8) + " has no target '" + common::one_line(name, 80) + "'",
                        near.empty() ? "soapstone status " + run.id.substr(0, 8) + " lists its targets"
                                     : "did you mean '" + near + "'?");
}

std::vector<fs::path> files_in(const fs::path& folder)
{
    std::error_code failure;
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder, failure))
        if (entry.is_regular_file() && !entry.is_symlink())
            files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

/// A log comes from another machine: nothing in it may move the cursor.
void copy_file(const fs::path& file, std::ostream& out)
{
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);)
        out << common::one_line(line, 100'000) << '\n';
}

void print_event(const rollout::RunEvent& event, std::ostream& out)
{
    for (const std::string& line : common::split(event.output, '\n'))
        if (!line.empty())
            out << common::one_line(line, 100'000) << '\n';
    if (!event.output.empty())
        return;
    out << "--- " << (event.outcome ? name_of(*event.outcome) : event.phase ? name_of(*event.phase) : "note");
    out << (event.text.empty() ? "" : ": ") << common::one_line(event.text) << '\n';
}

class LogsCommand final : public Command {
public:
    std::string_view name() const override { return "logs"; }
    std::string_view summary() const override { return "Print the logs of one target that a run kept."; }
    std::string_view operands() const override { return "[RUN] TARGET"; }

    void declare(po::options_description& options, po::positional_options_description& operands) override
    {
        auto option = options.add_options();
        option("operand", po::value(&operands_),
               "run (default: the latest) and target, also without this name");
        option("follow,f", po::bool_switch(&follow_), "print what happens there until the run ends");
        operands.add("operand", 2);
        output_.declare(options);
    }

    ExitCode run(Workplace& workplace) override
    {
        if (operands_.empty() || operands_.size() > 2)
            throw common::Error(common::Trouble::invalid, "logs: name a run and a target, or only a target");
        const store::SqliteStore store(output_.data());
        const bool latest = operands_.size() == 1 || operands_.front() == "latest";
        const rollout::Run run = store.resolve(latest ? "" : operands_.front());
        const std::size_t index = target_index(run, operands_.back());
        if (follow_)
            follow(store, run.id, index, workplace.out);
        else
            print(store.folder_of(run.id) / run.request.targets[index].name, workplace.out);
        return ExitCode::ok;
    }

private:
    static void print(const fs::path& folder, std::ostream& out)
    {
        const std::vector<fs::path> files = files_in(folder);
        if (files.empty())
            throw common::Error(common::Trouble::not_found, "no logs in " + folder.string(),
                                "they are fetched at the end; -f shows what is known already");
        for (const fs::path& file : files) {
            if (files.size() > 1)
                out << "==> " << common::one_line(fs::relative(file, folder).string()) << " <==\n";
            copy_file(file, out);
        }
    }

    static void follow(const store::SqliteStore& store, const std::string& id, std::size_t index,
                       std::ostream& out)
    {
        constexpr std::size_t at_once = 1000;
        std::uint64_t since = 0;
        for (;;) {
            const bool over =
                store.find(id).value().ended != 0 || !store.is_owned(id); // before the last look
            const std::vector<rollout::RunEvent> events = store.events(id, since, at_once);
            for (const rollout::RunEvent& event : events) {
                since = event.seq;
                if (event.target == index)
                    print_event(event, out);
            }
            out.flush();
            if (events.size() == at_once)
                continue;
            if (over || !out)
                return;
            std::this_thread::sleep_for(look_again);
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

#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/cli/command.hpp"
#include "manager/cli/output_options.hpp"
#include "manager/cli/words.hpp"
#include "manager/link/log_check.hpp"
#include "manager/rollout/report.hpp"
#include "manager/store/sqlite_store.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <ostream>

namespace manager::cli {

namespace {

namespace fs = std::filesystem;
using common::Error;
using common::Trouble;
using nlohmann::ordered_json;

/// One log and what came of looking at it.
struct Verified {
    std::string name; ///< the file, or the target
    link::LogCheck check;
    bool against_head = false; ///< that the agent told, and not only against itself
};

Verified verify_file(const std::string& file)
{
    if (!fs::is_regular_file(file))
        throw Error(Trouble::invalid, "verify-log: there is no file " + common::one_line(file, 200));
    return {file, link::check_log(file, std::nullopt), false};
}

/// Against what the run was told by the target's agent. What was wrong when the log was fetched stays wrong.
Verified verify_target(const rollout::Run& run, std::size_t index, const fs::path& folder)
{
    const std::optional<rollout::LogProof>& proof = run.targets.at(index).log;
    std::optional<link::LogWish> wish;
    if (proof)
        wish = link::LogWish{common::tls::LineChain::header(run.id, std::to_string(index)),
                             {{proof->lines, proof->head}, std::nullopt}};
    Verified verified{run.request.targets.at(index).name, link::check_log(folder / "agent.log", wish),
                      proof.has_value()};
    if (proof && verified.check.problem.empty())
        verified.check.problem = proof->problem;
    return verified;
}

std::string sentence(const Verified& verified)
{
    const std::string name = common::one_line(verified.name, 500);
    const link::LogCheck& check = verified.check;
    if (!check.problem.empty())
        return name + ": the log " + common::one_line(check.problem);
    std::string line = name + ": ok, " + counted(check.head.lines, "line") + ", head " +
                       (check.head.value.empty() ? "none" : check.head.value);
    if (check.torn > 0)
        line += ", " + counted(check.torn, "line") + " torn by a crash";
    return line + (verified.against_head ? ", as its agent told" : "");
}

ordered_json json(const Verified& verified)
{
    ordered_json out{{"log", verified.name},
                     {"ok", verified.check.problem.empty()},
                     {"lines", verified.check.head.lines},
                     {"head", verified.check.head.value},
                     {"torn", verified.check.torn},
                     {"against_agent", verified.against_head}};
    if (!verified.check.problem.empty())
        out["problem"] = verified.check.problem;
    return out;
}

class VerifyLogCommand final : public Command {
public:
    std::string_view name() const override { return "verify-log"; }
    std::string_view summary() const override
    {
        return "Check that logs of agents are as they were written: files, or what a run kept.";
    }
    std::string_view operands() const override { return "FILE... | RUN [TARGET]"; }

    void declare(po::options_description& options, po::positional_options_description& operands) override
    {
        options.add_options()("operand", po::value(&operands_), "files, or a run and perhaps a target");
        operands.add("operand", -1);
        output_.declare(options);
    }

    ExitCode run(Workplace& workplace) override
    {
        if (operands_.empty())
            throw Error(Trouble::invalid, "verify-log: no log is named",
                        "as in 'soapstone verify-log latest', or with the name of a file");
        const std::vector<Verified> all = fs::exists(operands_.front()) ? files() : logs_of_run();
        if (output_.json())
            print_json(all, workplace.out);
        else
            for (const Verified& one : all)
                workplace.out << sentence(one) << '\n';
        const bool whole = std::all_of(all.begin(), all.end(),
                                       [](const Verified& one) { return one.check.problem.empty(); });
        return whole ? ExitCode::ok : ExitCode::not_verified;
    }

private:
    std::vector<Verified> files() const
    {
        std::vector<Verified> all;
        for (const std::string& file : operands_)
            all.push_back(verify_file(file));
        return all;
    }

    std::vector<Verified> logs_of_run() const
    {
        if (operands_.size() > 2)
            throw Error(Trouble::invalid,
                        "verify-log: " + common::one_line(operands_.front(), 200) + " is no file",
                        "name files, or one run and perhaps one of its targets");
        const store::SqliteStore store(output_.data());
        const rollout::Run run = store.resolve(operands_.front() == "latest" ? "" : operands_.front());
        const std::vector<std::string> folders = rollout::folder_names(run.request.targets);
        std::vector<Verified> all;
        for (std::size_t i = 0; i < run.request.targets.size(); ++i) {
            const fs::path folder = store.folder_of(run.id) / folders[i];
            const bool kept = run.targets[i].log || fs::exists(folder / "agent.log");
            const bool asked_for = operands_.size() == 2 && operands_[1] == run.request.targets[i].name;
            if (asked_for || (operands_.size() == 1 && kept))
                all.push_back(verify_target(run, i, folder));
        }
        if (all.empty())
            refuse(run);
        return all;
    }

    [[noreturn]] void refuse(const rollout::Run& run) const
    {
        if (operands_.size() == 1)
            throw Error(Trouble::invalid, "run " + short_id(run) + " has kept no log of an agent");
        throw Error(Trouble::invalid,
                    "run " + short_id(run) + " has no target '" + common::one_line(operands_[1], 80) + "'",
                    "'soapstone status " + short_id(run) + "' lists its targets");
    }

    static void print_json(const std::vector<Verified>& all, std::ostream& out)
    {
        ordered_json document{{"format", "soapstone-verify-log/1"}, {"logs", ordered_json::array()}};
        for (const Verified& one : all)
            document["logs"].push_back(json(one));
        out << document.dump(2, ' ', false, ordered_json::error_handler_t::replace) << '\n';
    }

    std::vector<std::string> operands_;
    OutputOptions output_;
};

} // namespace

CommandHandle make_verify_log()
{
    return std::make_unique<VerifyLogCommand>();
}

} // namespace manager::cli

#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/cli/campaign.hpp"
#include "manager/cli/command.hpp"
#include "manager/cli/login_options.hpp"
#include "manager/cli/output_options.hpp"
#include "manager/cli/targets_options.hpp"
#include "manager/cli/words.hpp"
#include "manager/rollout/report.hpp"
#include "manager/target/node_range.hpp"

#include <nlohmann/json.hpp>

#include <ostream>

namespace manager::cli {

namespace {

using nlohmann::ordered_json;

ExitCode code_of(const std::vector<CleanedUp>& results)
{
    ExitCode code = ExitCode::ok;
    for (const CleanedUp& result : results) {
        if (!result.error)
            continue;
        const common::Trouble trouble = result.error->trouble();
        if (trouble != common::Trouble::unreachable && trouble != common::Trouble::denied)
            return ExitCode::leftovers;
        code = ExitCode::unreachable;
    }
    return code;
}

/// What is told of a target behind its name, and the way out.
std::string story_of(const CleanedUp& result)
{
    if (!result.error)
        return result.removed.empty()
                   ? "nothing was left\n"
                   : "removed " + common::one_line(common::join(result.removed, ", "), 2'000) + '\n';
    const std::string& hint = result.error->hint();
    return common::one_line(result.error->text(), 2'000) + '\n' +
           (hint.empty() ? "" : "  what to do: " + common::one_line(hint, 2'000) + '\n');
}

void print(const std::vector<target::Target>& targets, const std::vector<CleanedUp>& results,
           std::ostream& out)
{
    std::vector<std::string> stories; // without what differs from target to target
    for (std::size_t i = 0; i < targets.size(); ++i)
        stories.push_back(rollout::cause_of(story_of(results[i]), targets[i]));
    for (const std::vector<std::size_t>& same : alike(stories)) {
        const std::size_t first = same.front();
        std::vector<std::string> names;
        for (const std::size_t target : same)
            names.push_back(targets[target].name);
        out << common::one_line(target::fold(names), 20'000) << ": "
            << (same.size() == 1 ? story_of(results[first]) : stories[first]);
    }
}

void print_json(const std::vector<target::Target>& targets, const std::vector<CleanedUp>& results,
                std::ostream& out)
{
    ordered_json document{{"format", "soapstone-cleanup/1"}, {"targets", ordered_json::array()}};
    for (std::size_t i = 0; i < targets.size(); ++i) {
        ordered_json entry{{"target", targets[i].name}, {"removed", results[i].removed}};
        if (const auto& error = results[i].error)
            entry["error"] = {
                {"trouble", name_of(error->trouble())}, {"text", error->text()}, {"hint", error->hint()}};
        document["targets"].push_back(std::move(entry));
    }
    out << document.dump(2, ' ', false, ordered_json::error_handler_t::replace) << '\n';
}

class CleanupCommand final : public Command {
public:
    std::string_view name() const override { return "cleanup"; }
    std::string_view summary() const override
    {
        return "Remove from targets what broken-off runs left there; ends agents at work, too. Logs stay.";
    }

    void declare(po::options_description& options, po::positional_options_description&) override
    {
        targets_.declare(options);
        login_.declare_user(options);
        login_.declare(options);
        output_.declare(options);
    }

    ExitCode run(Workplace& workplace) override
    {
        const std::vector<target::Target> targets = targets_.targets(login_.wishes(), workplace);
        CampaignOptions options;
        options.data = output_.data();
        login_.fill(options, workplace);
        const std::vector<CleanedUp> results = clean_up(options, targets);
        if (output_.json())
            print_json(targets, results, workplace.out);
        else
            print(targets, results, workplace.out);
        return code_of(results);
    }

private:
    TargetsOptions targets_;
    LoginOptions login_;
    OutputOptions output_;
};

} // namespace

CommandHandle make_cleanup()
{
    return std::make_unique<CleanupCommand>();
}

} // namespace manager::cli

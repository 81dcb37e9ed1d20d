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

#include <algorithm>
#include <ostream>

namespace manager::cli {

namespace {

using nlohmann::ordered_json;

constexpr auto hint_for_kept = "see on the target what holds it, then run the same command again";

bool is_unreached(const CleanedUp& result)
{
    return result.error && (result.error->trouble() == common::Trouble::unreachable ||
                            result.error->trouble() == common::Trouble::denied);
}

bool is_left_over(const CleanedUp& result)
{
    return result.error || !result.swept.kept.empty();
}

/// The one that stands first in docs/exit-codes.md.
ExitCode code_of(const std::vector<CleanedUp>& results)
{
    if (std::any_of(results.begin(), results.end(), is_unreached))
        return ExitCode::unreachable;
    return std::any_of(results.begin(), results.end(), is_left_over) ? ExitCode::leftovers : ExitCode::ok;
}

std::string list_text(const std::vector<std::string>& list)
{
    return common::one_line(common::join(list, ", "), 2'000);
}

/// What is told of a target behind its name, and the way out.
std::string story_of(const CleanedUp& result)
{
    if (result.error)
        return common::one_line(result.error->text(), 2'000);
    const auto& [removed, kept] = result.swept;
    if (removed.empty() && kept.empty())
        return "nothing was left";
    return (kept.empty() ? "" : "could not remove " + list_text(kept)) +
           (kept.empty() || removed.empty() ? "" : "; ") +
           (removed.empty() ? "" : "removed " + list_text(removed));
}

/// Empty where nothing is to be done.
std::string hint_of(const CleanedUp& result)
{
    if (result.error)
        return common::one_line(result.error->hint(), 2'000);
    return result.swept.kept.empty() ? "" : hint_for_kept;
}

void print(const std::vector<target::Target>& targets, const std::vector<CleanedUp>& results,
           std::ostream& out)
{
    const auto line = [&](std::size_t target) {
        const std::string hint = hint_of(results[target]);
        return story_of(results[target]) + '\n' + (hint.empty() ? "" : "  what to do: " + hint + '\n');
    };
    std::vector<std::string> stories; // without what differs from target to target
    for (std::size_t i = 0; i < targets.size(); ++i)
        stories.push_back(rollout::cause_of(line(i), targets[i]));
    for (const std::vector<std::size_t>& same : alike(stories)) {
        const std::size_t first = same.front();
        std::vector<std::string> names;
        for (const std::size_t target : same)
            names.push_back(targets[target].name);
        out << common::one_line(target::fold(names), 20'000) << ": "
            << (same.size() == 1 ? line(first) : stories[first]);
    }
}

void print_json(const std::vector<target::Target>& targets, const std::vector<CleanedUp>& results,
                std::ostream& out)
{
    ordered_json document{{"format", "soapstone-cleanup/1"}, {"targets", ordered_json::array()}};
    for (std::size_t i = 0; i < targets.size(); ++i) {
        ordered_json entry{{"target", targets[i].name},
                           {"removed", results[i].swept.removed},
                           {"kept", results[i].swept.kept}};
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

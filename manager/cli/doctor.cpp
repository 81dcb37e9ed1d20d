#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/cli/checkup.hpp"
#include "manager/cli/command.hpp"
#include "manager/cli/how_options.hpp"
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

using common::Trouble;
using drivers::Examination;
using drivers::Finding;
using drivers::Health;
using nlohmann::ordered_json;

constexpr std::size_t longest = 2'000; ///< bytes of what another machine says

ExitCode code_of(const std::vector<Examination>& targets)
{
    const auto all_are = [&](Trouble trouble) {
        return std::all_of(targets.begin(), targets.end(),
                           [&](const Examination& one) { return one.trouble == trouble; });
    };
    if (all_are(Trouble::busy))
        return ExitCode::locked;
    bool outside = false;
    bool left = false;
    for (const Examination& one : targets) {
        left = left || !one.left.empty();
        if (!one.trouble || one.trouble == Trouble::busy)
            continue;
        if (one.trouble != Trouble::unreachable && one.trouble != Trouble::denied)
            return ExitCode::component_failed;
        outside = true;
    }
    return outside ? ExitCode::unreachable : left ? ExitCode::leftovers : ExitCode::ok;
}

std::string names_of(const std::vector<std::size_t>& places, const std::vector<target::Target>& targets)
{
    std::vector<std::string> names;
    for (const std::size_t place : places)
        names.push_back(targets[place].name);
    return common::one_line(target::fold(names), 20'000);
}

/// What is told of a finding behind the target's name.
std::string story_of(const Finding& finding)
{
    std::string story = finding.hop + ' ' + std::string(name_of(finding.health)) + ": " +
                        common::one_line(finding.text, longest) + '\n';
    if (!finding.command.empty())
        story += "  to open it, type " + (finding.where == "here" ? finding.where : "on " + finding.where) +
                 " as root: " + common::one_line(finding.command, longest) + '\n';
    else if (!finding.way_out.empty())
        story += "  what to do: " + common::one_line(finding.way_out, longest) + '\n';
    return story;
}

/// Findings that are no reason to look there, in one line: `login, folders, clock: ok; a run would ...`
std::string good_story_of(const Examination& examination)
{
    std::vector<std::string> hops;
    for (const Finding& finding : examination.findings)
        if (finding.health == Health::ok)
            hops.push_back(finding.hop);
    std::string story = hops.empty() ? "" : "ok: " + common::join(hops, ", ");
    if (!examination.road.empty())
        story += "; a run would take the road \"" + examination.road + '"';
    return story.empty() ? story : story + '\n';
}

/// Equal stories of several targets together; one that holds for one target alone is told as it is.
void print_alike(const std::vector<std::pair<std::size_t, std::string>>& stories,
                 const std::vector<target::Target>& targets, std::ostream& out)
{
    std::vector<std::string> causes; // without what differs from target to target
    for (const auto& [index, story] : stories)
        causes.push_back(rollout::cause_of(story, targets[index]));
    for (const std::vector<std::size_t>& same : alike(causes)) {
        std::vector<std::size_t> places;
        for (const std::size_t one : same)
            places.push_back(stories[one].first);
        const std::size_t first = same.front();
        out << names_of(places, targets) << ": "
            << (same.size() == 1 ? stories[first].second : causes[first]);
    }
}

void print(const std::vector<target::Target>& targets, const std::vector<Examination>& found,
           std::ostream& out)
{
    std::vector<std::pair<std::size_t, std::string>> good;
    std::vector<std::pair<std::size_t, std::string>> bad;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        if (std::string story = good_story_of(found[i]); !story.empty())
            good.emplace_back(i, std::move(story));
        for (const Finding& finding : found[i].findings)
            if (finding.health != Health::ok)
                bad.emplace_back(i, story_of(finding));
    }
    print_alike(good, targets, out);
    print_alike(bad, targets, out);
}

ordered_json json_of(const Finding& finding)
{
    ordered_json entry{{"hop", finding.hop}, {"health", name_of(finding.health)}, {"text", finding.text}};
    if (!finding.way_out.empty())
        entry["way_out"] = finding.way_out;
    if (!finding.command.empty()) {
        entry["where"] = finding.where;
        entry["command"] = finding.command;
    }
    return entry;
}

void print_json(const std::vector<target::Target>& targets, const std::vector<Examination>& found,
                std::ostream& out)
{
    ordered_json document{{"format", "soapstone-doctor/1"}, {"targets", ordered_json::array()}};
    for (std::size_t i = 0; i < targets.size(); ++i) {
        ordered_json entry{{"target", targets[i].name}};
        if (found[i].trouble)
            entry["trouble"] = name_of(*found[i].trouble);
        if (!found[i].road.empty())
            entry["road"] = found[i].road;
        entry["findings"] = ordered_json::array();
        for (const Finding& finding : found[i].findings)
            entry["findings"].push_back(json_of(finding));
        entry["left"] = found[i].left;
        document["targets"].push_back(std::move(entry));
    }
    out << document.dump(2, ' ', false, ordered_json::error_handler_t::replace) << '\n';
}

class DoctorCommand final : public Command {
public:
    std::string_view name() const override { return "doctor"; }
    std::string_view summary() const override
    {
        return "Tell what a run would meet: logins, ports in both directions, room, clocks. Changes nothing.";
    }

    void declare(po::options_description& options, po::positional_options_description&) override
    {
        targets_.declare(options);
        login_.declare_user(options);
        login_.declare(options);
        how_.declare_parallel(options);
        how_.declare(options);
        output_.declare(options);
    }

    ExitCode run(Workplace& workplace) override
    {
        const std::vector<target::Target> targets = targets_.targets(login_.wishes(), workplace);
        CampaignOptions options;
        options.data = output_.data();
        how_.fill(options);
        login_.fill(options, workplace);
        const Checkup checkup = check_up(options, targets, how_.parallel());
        for (const std::string& notice : checkup.notices)
            workplace.err << notice << '\n';
        if (output_.json())
            print_json(targets, checkup.targets, workplace.out);
        else
            print(targets, checkup.targets, workplace.out);
        return code_of(checkup.targets);
    }

private:
    TargetsOptions targets_;
    LoginOptions login_;
    HowOptions how_;
    OutputOptions output_;
};

} // namespace

CommandHandle make_doctor()
{
    return std::make_unique<DoctorCommand>();
}

} // namespace manager::cli

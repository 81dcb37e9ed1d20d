#include "manager/serve/view/pages.hpp"

#include "common/clock.hpp"
#include "common/text.hpp"
#include "manager/rollout/exit_code.hpp"
#include "manager/rollout/plan.hpp"
#include "manager/rollout/report.hpp"
#include "manager/serve/url.hpp"
#include "manager/serve/view/html.hpp"
#include "manager/serve/view/table.hpp"

#include <algorithm>

namespace manager::serve::view {

namespace {

using rollout::Outcome;
using rollout::Run;
using rollout::TargetState;

std::string short_id(const Run& run)
{
    return run.id.substr(0, 8);
}

std::string address_of(const Run& run)
{
    return "/run/" + run.id;
}

std::string address_of(const Run& run, std::size_t target)
{
    return address_of(run) + "/target/" + std::to_string(target);
}

std::string time_text(std::int64_t milliseconds)
{
    std::string text = common::utc_text(common::from_milliseconds(milliseconds)).substr(0, 19);
    std::replace(text.begin(), text.end(), 'T', ' ');
    return text + " UTC";
}

std::string duration(const ShownRun& shown)
{
    const Run& run = shown.run;
    if (run.ended == 0 && !shown.at_work)
        return "";
    const std::int64_t end =
        run.ended != 0 ? run.ended : common::to_milliseconds(std::chrono::system_clock::now());
    return common::duration_text(std::chrono::milliseconds(std::max<std::int64_t>(end - run.started, 0)));
}

std::string words(std::string_view name)
{
    std::string text(name);
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
        return c == '_' ? ' ' : c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    });
    return text;
}

std::string words_of(Outcome outcome)
{
    if (outcome == Outcome::updated_reboot_pending)
        return "updated, reboot pending";
    return outcome == Outcome::omitted_dependency ? "left out" : words(name_of(outcome));
}

std::string_view colour_of(Outcome outcome)
{
    switch (outcome) {
    case Outcome::updated:
    case Outcome::nothing_needed:
        return "good";
    case Outcome::failed:
    case Outcome::unreached:
        return "bad";
    case Outcome::updated_reboot_pending:
    case Outcome::omitted_dependency:
    case Outcome::cancelled:
    case Outcome::not_started:
    case Outcome::interrupted:
    case Outcome::not_verified:
    case Outcome::unconfirmed:
        break;
    }
    return "warn";
}

std::string pill(std::string_view colour, std::string_view text)
{
    return "<span class=\"pill " + std::string(colour) + "\">" + html(text) + "</span>";
}

std::string pill_of(const ShownRun& shown)
{
    if (shown.run.ended != 0)
        return pill("", "finished");
    return shown.at_work ? pill("live", "running") : pill("warn", "interrupted");
}

std::string pill_of(const TargetState& state, bool at_work)
{
    if (!state.outcome && at_work)
        return pill("live", words(name_of(state.phase)));
    const Outcome outcome = rollout::outcome_of(state);
    return pill(colour_of(outcome), words_of(outcome));
}

/// How many targets are how, each with its colour.
std::string pills_of(const ShownRun& shown)
{
    std::size_t open = 0;
    std::map<Outcome, std::size_t> counts;
    for (const TargetState& state : shown.run.targets) {
        const bool still = !state.outcome && shown.at_work;
        open += still ? 1 : 0;
        if (!still)
            ++counts[rollout::outcome_of(state)];
    }
    std::string items;
    const auto add = [&items](std::string_view colour, std::size_t count, const std::string& text) {
        if (count > 0)
            items += "<li>" + pill(colour, std::to_string(count) + " " + text) + "</li>";
    };
    for (const Outcome outcome : rollout::every_outcome)
        add(colour_of(outcome), counts[outcome], words_of(outcome));
    add("live", open, "at work");
    return "<ul class=\"pills\">" + items + "</ul>\n";
}

std::string titles_of(const Run& run)
{
    std::vector<std::string> titles;
    for (const baseline::Component& component : run.request.components)
        titles.push_back(rollout::title(component));
    return titles.empty() ? "inventory" : common::join(titles, ", ");
}

std::string why(const std::string& text)
{
    return text.empty() ? "" : "<span class=\"why\">" + html(text) + "</span>";
}

/// `<dt>name</dt><dd>value</dd>`; nothing without a value, which is HTML.
std::string fact(std::string_view name, const std::string& value)
{
    return value.empty() ? "" : "<dt>" + html(name) + "</dt><dd>" + value + "</dd>\n";
}

std::string facts_of(const ShownRun& shown)
{
    const Run& run = shown.run;
    return "<div class=\"card\"><dl>\n" + fact("state", pill_of(shown)) +
           fact("started", html(time_text(run.started))) +
           fact("ended", run.ended == 0 ? "" : html(time_text(run.ended))) +
           fact("took", html(duration(shown))) + fact("components", html(titles_of(run))) +
           fact("result", run.ended == 0 ? "" : html(words(name_of(rollout::exit_code_of(run))))) +
           fact("id", "<code>" + html(run.id) + "</code>") + "</dl></div>\n";
}

std::string trail_to(const Run* run, std::optional<std::size_t> target = {})
{
    std::string trail = link("/", "Runs");
    if (run != nullptr)
        trail += " / " + link(address_of(*run), "run " + short_id(*run));
    if (target)
        trail += " / " + link(address_of(*run, *target), run->request.targets.at(*target).name);
    return trail;
}

/// What became of a component, in a few words.
std::string result_of(const rollout::ComponentState& state)
{
    if (state.action != rollout::action_install)
        return html(state.action);
    if (!state.report)
        return "";
    std::string text = words(name_of(state.report->state));
    if (state.report->exit_code)
        text += ", exit code " + std::to_string(*state.report->exit_code);
    if (state.report->signal)
        text += ", signal " + std::to_string(*state.report->signal);
    return html(text) + (state.verified ? " " + pill("good", "verified") : "") + why(state.report->text);
}

std::string versions_of(const rollout::ComponentState& state)
{
    if (state.version_before.empty() && state.version_after.empty())
        return "";
    const std::string before = state.version_before.empty() ? "none" : state.version_before;
    return html(before) + (state.version_after.empty() ? "" : " &rarr; " + html(state.version_after));
}

std::string components_table(const Run& run, const TargetState& state)
{
    Table table({{"component"}, {"version found"}, {"result"}});
    for (std::size_t i = 0; i < state.components.size() && i < run.request.components.size(); ++i)
        table.row({html(rollout::title(run.request.components[i])), versions_of(state.components[i]),
                   result_of(state.components[i])});
    return table.text();
}

std::string left_behind(const TargetState& state)
{
    if (!state.touched)
        return "nothing";
    if (!state.looked)
        return "not known: nobody could look";
    return state.left.empty() ? (state.logs ? "logs only" : "nothing") : common::join(state.left, ", ");
}

/// The name of a target, which leads to its page where it is in the run.
std::string linked_name(const Run& run, const std::string& name)
{
    const auto& targets = run.request.targets;
    const auto found = std::find_if(targets.begin(), targets.end(),
                                    [&](const target::Target& target) { return target.name == name; });
    return found == targets.end()
               ? html(name)
               : link(address_of(run, static_cast<std::size_t>(found - targets.begin())), name);
}

std::string facts_of(const Run& run, std::size_t index, bool at_work)
{
    const TargetState& state = run.targets.at(index);
    const target::Target& target = run.request.targets.at(index);
    return "<div class=\"card\"><dl>\n" +
           fact("state", pill_of(state, at_work) + why(state.text) + why(state.hint)) +
           fact("host", html(target.host)) +
           fact("BMC", target.its_bmc.empty() ? "" : linked_name(run, target.its_bmc)) +
           fact("BMC of", target.bmc.host.empty() ? "" : linked_name(run, target.bmc.host)) +
           fact("system", html(state.os)) +
           fact("left there", state.outcome ? html(left_behind(state)) : "") +
           fact("notices", html(common::join(state.notices, "; "))) +
           fact("agent's log", state.log && !state.log->problem.empty()
                                   ? pill("bad", state.log->problem)
                                   : std::string(state.log ? "not changed since it was written" : "")) +
           "</dl></div>\n";
}

std::string clusters_of(const Run& run)
{
    std::string text;
    for (const rollout::Cluster& cluster : rollout::clusters(run)) {
        std::vector<std::string> links;
        for (const std::size_t target : cluster.targets)
            links.push_back(link(address_of(run, target), run.request.targets.at(target).name));
        text += "<dt>" + pill(colour_of(cluster.outcome), words_of(cluster.outcome)) + "</dt><dd>" +
                html(cluster.cause) + why(cluster.hint) + "<span class=\"why\">" + common::join(links, ", ") +
                "</span></dd>\n";
    }
    return text.empty()
               ? ""
               : "<h2>What did not end well</h2>\n<div class=\"card\"><dl>\n" + text + "</dl></div>\n";
}

} // namespace

std::string runs_page(const std::vector<ShownRun>& runs, const std::vector<std::string>& unreadable)
{
    Table table({{"run", "short"}, {"started", "short"}, {"state", "short"}, {"what"}, {"took", "short"}});
    for (const ShownRun& shown : runs)
        table.row({link(address_of(shown.run), short_id(shown.run)), html(time_text(shown.run.started)),
                   pill_of(shown), html(titles_of(shown.run)), html(duration(shown))});
    const bool live =
        std::any_of(runs.begin(), runs.end(), [](const ShownRun& shown) { return shown.at_work; });
    std::string body = runs.empty() ? "<p class=\"card\">There are no runs yet.</p>\n" : table.text();
    for (const std::string& sentence : unreadable)
        body += "<p class=\"soft\">" + html(sentence) + "</p>\n";
    return whole_page({"Runs", std::move(body), {}, live});
}

std::string run_page(const ShownRun& shown)
{
    const Run& run = shown.run;
    Table table({{"target"}, {"state", "short"}, {"what"}});
    for (std::size_t i = 0; i < run.targets.size(); ++i)
        table.row({link(address_of(run, i), run.request.targets.at(i).name),
                   pill_of(run.targets[i], shown.at_work), html(run.targets[i].text)});
    const std::string report = "<p>" + link(address_of(run) + "/report", "The report on one page") +
                               " <span "
                               "class=\"soft\">or " +
                               link(address_of(run) + "/report.json", "as JSON") + "</span></p>\n";
    return whole_page({"Run " + short_id(run),
                       pills_of(shown) + facts_of(shown) + report + "<h2>Targets</h2>\n" + table.text(),
                       trail_to(nullptr), shown.at_work});
}

std::string report_page(const ShownRun& shown)
{
    const Run& run = shown.run;
    std::string body = pills_of(shown) + facts_of(shown) + clusters_of(run);
    for (std::size_t i = 0; i < run.targets.size(); ++i)
        body += "<h2>" + link(address_of(run, i), run.request.targets.at(i).name) + "</h2>\n" +
                facts_of(run, i, shown.at_work) +
                (run.request.components.empty() ? "" : components_table(run, run.targets[i]));
    return whole_page({"Report of run " + short_id(run), body, trail_to(&run), shown.at_work});
}

std::string target_page(const ShownRun& shown, std::size_t target, const std::vector<ShownLog>& logs)
{
    const Run& run = shown.run;
    Table table({{"log"}, {"size", "number"}});
    const std::string folder = address_of(run, target) + "/log/";
    table.row({link(folder + manager_log, manager_log) + why("what the manager saw of this target"), ""});
    for (const ShownLog& log : logs)
        table.row({link(folder + url_escaped(log.name), log.name), html(common::bytes_text(log.size))});
    const std::string components = run.request.components.empty()
                                       ? ""
                                       : "<h2>Components</h2>\n" + components_table(run, run.targets[target]);
    return whole_page({run.request.targets.at(target).name,
                       facts_of(run, target, shown.at_work) + components + "<h2>Logs</h2>\n" + table.text(),
                       trail_to(&run), shown.at_work && !run.targets[target].outcome});
}

std::string log_page(const Run& run, std::size_t target, const std::string& name, const LogPage& page,
                     bool refreshes)
{
    std::string pages;
    const std::string here = address_of(run, target) + "/log/" + url_escaped(name) + "?page=";
    const auto go = [&](std::string_view text, std::uint64_t to) {
        pages += link(here + std::to_string(to + 1), text);
    };
    if (page.page > 0) {
        go("First", 0);
        go("Previous", page.page - 1);
    }
    if (page.pages > 1)
        pages +=
            "<span>page " + std::to_string(page.page + 1) + " of " + std::to_string(page.pages) + "</span>";
    if (page.page + 1 < page.pages) {
        go("Next", page.page + 1);
        go("Last", page.pages - 1);
    }
    const std::string bar = pages.empty() ? "" : "<div class=\"pages\">" + pages + "</div>\n";
    std::string lines;
    for (std::size_t i = 0; i < page.lines.size(); ++i) {
        const std::string number = std::to_string(page.first_line + i);
        lines += "<div id=\"L" + number + "\"><a href=\"#L" + number + "\">" + number + "</a><span>" +
                 html(page.lines[i]) + "</span></div>\n";
    }
    if (lines.empty())
        lines = "<div><a></a><span>(nothing)</span></div>\n";
    return whole_page(
        {name, bar + "<div class=\"log\">\n" + lines + "</div>\n" + bar, trail_to(&run, target), refreshes});
}

std::string message_page(const std::string& title, const std::string& text, bool signed_in)
{
    return whole_page({title, "<p class=\"card\">" + html(text) + "</p>\n", {}, false, signed_in});
}

} // namespace manager::serve::view

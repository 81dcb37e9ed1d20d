#include "manager/cli/bmc_visit.hpp"

#include "common/error.hpp"
#include "common/text.hpp"
#include "common/tls/hash.hpp"
#include "manager/bmc/open.hpp"
#include "manager/cli/bmc_lock.hpp"
#include "manager/cli/words.hpp"
#include "manager/rollout/report.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <ostream>

namespace manager::cli {

namespace {

using common::Error;
using common::Trouble;
using nlohmann::ordered_json;
using rollout::ExitCode;

constexpr std::array actions{
    std::pair{std::string_view("discover"), BmcAction::discover},
    std::pair{std::string_view("inventory"), BmcAction::inventory},
    std::pair{std::string_view("logs"), BmcAction::logs},
    std::pair{std::string_view("reset"), BmcAction::reset},
};

/// What one visit brought: lines for people, and the same for programs.
struct Visit {
    std::vector<std::string> lines;
    ordered_json facts = ordered_json::object();
};

class Visitor {
public:
    using Notice = std::function<void(const target::Target& target, const std::string& text)>;

    Visitor(const CampaignOptions& options, Notice notice)
        : options_(options), notice_(std::move(notice)), pins_(options.data / "bmc_pins"),
          who_(rollout::text_of(rollout::this_workplace()))
    {
    }

    Visit visit(BmcAction action, const target::Target& target)
    {
        const bmc::Place place{target.host, target.port, target.bmc.legacy_tls};
        const auto notice = [&](const std::string& text) { notice_(target, text); };
        if (action == BmcAction::discover)
            return discover(place, target, notice);
        const auto keys = bmc::keys_for(place, {pins_, options_.accept_new, who_}, notice);
        if (options_.bmc_password.empty())
            throw Error(Trouble::denied, "a BMC wants a password, and there is none",
                        "--ask-bmc-password or --bmc-password-file FILE");
        const auto found = bmc::open_bmc(place, keys, {target.user, options_.bmc_password.copy()},
                                         target.bmc.method, notice);
        common::while_doing("login as " + target.user, [&] { found->log_in(); });
        Visit visit = action == BmcAction::inventory ? inventory(*found)
                      : action == BmcAction::logs    ? logs(*found)
                                                     : reset(*found, target);
        if (!found->log_out())
            notice("a session of the login stays there, until the BMC ends it");
        return visit;
    }

private:
    /// No password is sent, so the key that is shown will do.
    Visit discover(const bmc::Place& place, const target::Target& target, const bmc::Redfish::Notice& notice)
    {
        const bmc::ShownKey shown = bmc::look_at_key(place);
        const std::vector<std::string> known = pins_.keys_of(place.host, place.port);
        const bool trusted = std::find(known.begin(), known.end(), shown.pin) != known.end();
        const auto found = bmc::open_bmc(place, {shown.pin}, {}, target.bmc.method, notice);
        const bmc::Identity& identity = found->identity();
        const std::string state = trusted ? "trusted" : known.empty() ? "not known" : "CHANGED";
        Visit visit;
        visit.facts = {{"vendor", identity.vendor},
                       {"product", identity.product},
                       {"id", identity.id},
                       {"key", "sha256//" + shown.pin},
                       {"trust", state}};
        visit.lines = {common::one_line(identity.vendor + ' ' + identity.product + ", id " + identity.id),
                       "key " + bmc::text_of(shown) + ": " + state};
        if (!trusted)
            visit.lines.push_back("what to do: compare the key at the BMC" +
                                  std::string(known.empty() ? "" : ", and find out why it is another one") +
                                  ", then 'soapstone trust add " + bmc::place_text(place) + '\'');
        return visit;
    }

    static Visit inventory(bmc::Bmc& found)
    {
        Visit visit;
        visit.facts["firmware"] = ordered_json::array();
        std::vector<std::vector<std::string>> rows;
        for (const bmc::Installed& one : found.inventory()) {
            rows.push_back({common::one_line(one.entry.id, 60), common::one_line(one.entry.version, 60),
                            common::one_line(one.entry.name, 80)});
            visit.facts["firmware"].push_back(
                {{"id", one.entry.id}, {"name", one.entry.name}, {"version", one.entry.version}});
        }
        visit.lines = aligned(rows);
        return visit;
    }

    static Visit logs(bmc::Bmc& found)
    {
        Visit visit;
        visit.facts["logs"] = ordered_json::object();
        for (const bmc::BmcLog& log : found.logs()) {
            visit.facts["logs"][log.name] = log.lines;
            for (const std::string& line : log.lines)
                visit.lines.push_back(log.name + ": " + line);
        }
        return visit;
    }

    Visit reset(bmc::Bmc& found, const target::Target& target) const
    {
        const std::string& id = found.identity().id;
        const auto lock =
            lock_bmc(options_.data, id.empty() ? target.host + ':' + std::to_string(target.port) : id);
        if (found.running_update().is_known() || found.look({}).stage == bmc::Stage::working)
            throw Error(Trouble::busy, "an update is going on there, which a reset would destroy",
                        "wait until it has ended");
        found.reset();
        return {{"is being reset; its host runs on"}, {{"reset", true}}};
    }

    const CampaignOptions& options_;
    const Notice notice_;
    trust::BmcPins pins_;
    std::string who_;
};

void print(const target::Target& target, const Visit& visit, std::ostream& out)
{
    if (visit.lines.size() == 1)
        out << target.name << ": " << visit.lines.front() << '\n';
    else
        out << target.name << ":\n";
    for (std::size_t i = 0; visit.lines.size() != 1 && i < visit.lines.size(); ++i)
        out << "  " << visit.lines[i] << '\n';
}

/// Where the error itself names no way out.
std::string way_out(const Error& error)
{
    if (!error.hint().empty() || error.trouble() != Trouble::unreachable)
        return error.hint();
    return "see that the BMC is up (a restart takes it minutes), that its address and port are right, and "
           "that "
           "no firewall is between";
}

ordered_json new_document()
{
    return {{"format", "soapstone-bmc/1"}, {"targets", ordered_json::array()}};
}

ordered_json new_entry(const target::Target& target)
{
    ordered_json entry{{"target", target.name}};
    if (!target.bmc.host.empty())
        entry["bmc_of"] = target.bmc.host;
    return entry;
}

std::string text_of(const ordered_json& document)
{
    return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + '\n';
}

bool is_unreached(const Error& error)
{
    return error.trouble() == Trouble::unreachable || error.trouble() == Trouble::denied;
}

} // namespace

std::optional<BmcAction> bmc_action_named(const std::string& name)
{
    return target::named(actions, name);
}

ExitCode visit_bmcs(BmcAction action, const std::vector<target::Target>& targets,
                    const CampaignOptions& options, bool json, Workplace& workplace)
{
    Visitor visitor(options, [&](const target::Target& target, const std::string& text) {
        workplace.err << target.name << ": " << common::one_line(text, 1'000) << '\n';
    });
    ordered_json document = new_document();
    ExitCode code = ExitCode::ok;
    for (const target::Target& target : targets) {
        ordered_json entry = new_entry(target);
        try {
            const Visit visit = visitor.visit(action, target);
            if (!json)
                print(target, visit, workplace.out);
            entry.update(visit.facts);
        } catch (const Error& error) {
            if (!json)
                workplace.out << target.name << ": " << common::one_line(error.text(), 2'000) << '\n'
                              << (way_out(error).empty() ? "" : "  what to do: " + way_out(error) + '\n');
            entry["error"] = {
                {"trouble", name_of(error.trouble())}, {"text", error.text()}, {"hint", way_out(error)}};
            if (code != ExitCode::component_failed)
                code = is_unreached(error) ? ExitCode::unreachable : ExitCode::component_failed;
        }
        document["targets"].push_back(std::move(entry));
    }
    if (json)
        workplace.out << text_of(document);
    return code;
}

std::string visit_bmc(BmcAction action, const target::Target& target, const CampaignOptions& options)
{
    ordered_json entry = new_entry(target);
    try {
        const auto keep = [&](const target::Target&, const std::string& text) {
            entry["notices"].push_back(text);
        };
        entry.update(Visitor(options, keep).visit(action, target).facts);
    } catch (const Error& error) {
        throw Error(error.trouble(), error.text(), way_out(error));
    }
    ordered_json document = new_document();
    document["targets"].push_back(std::move(entry));
    return text_of(document);
}

} // namespace manager::cli

#include "manager/drivers/bmc_words.hpp"

#include "common/lower_case.hpp"
#include "common/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace manager::drivers {

using rollout::JobReport;
using rollout::JobState;

namespace {

constexpr std::array<std::string_view, 6> names_of_bmcs{
    "bmc", "ilo", "idrac", "integrated dell remote", "xcc", "integrated lights-out"};

std::string title_of(const bmc::Identity& identity)
{
    const bool repeats =
        common::lower_case(identity.product).starts_with(common::lower_case(identity.vendor));
    const std::string both = identity.vendor + ' ' + identity.product;
    return common::one_line(common::trim(repeats ? identity.product : both), 100);
}

} // namespace

rollout::Facts facts_of(const bmc::Identity& identity, const std::vector<bmc::Installed>& installed)
{
    rollout::Facts facts;
    facts.machine = identity.id;
    facts.os = title_of(identity);
    if (facts.os.empty())
        facts.os = "a BMC";
    facts.takes_firmware = true;
    for (const bmc::Installed& one : installed)
        facts.firmware.push_back(one.entry);
    return facts;
}

std::string inventory_json(const bmc::Identity& identity, const std::vector<bmc::Installed>& installed)
{
    nlohmann::ordered_json object{{"format", "soapstone-bmc-inventory/1"},
                                  {"vendor", identity.vendor},
                                  {"product", identity.product},
                                  {"id", identity.id},
                                  {"firmware", nlohmann::ordered_json::array()}};
    for (const bmc::Installed& one : installed)
        object["firmware"].push_back({{"id", one.entry.id},
                                      {"name", one.entry.name},
                                      {"version", one.entry.version},
                                      {"path", one.path}});
    return object.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

bool is_for_the_bmc(const baseline::FirmwareEntry& entry)
{
    for (const std::string& related : entry.related)
        if (related.find("/Managers/") != std::string::npos)
            return true;
    const std::string text = common::lower_case(entry.id + ' ' + entry.name);
    return std::any_of(names_of_bmcs.begin(), names_of_bmcs.end(),
                       [&](std::string_view name) { return text.find(name) != std::string::npos; });
}

JobReport running_report(const std::string& job)
{
    JobReport report;
    report.job = job;
    report.state = JobState::running;
    return report;
}

JobReport report_of(const bmc::UpdateNote& ended)
{
    JobReport report;
    report.job = ended.job;
    report.state = JobState::failed;
    report.text = ended.text;
    switch (ended.end.value()) {
    case bmc::UpdateEnd::confirmed:
        report.state = JobState::succeeded;
        report.result = "ok";
        break;
    case bmc::UpdateEnd::waits_for_host:
        report.state = JobState::succeeded_pending_reboot;
        report.result = "ok";
        break;
    case bmc::UpdateEnd::failed:
        report.result = "failed";
        break;
    case bmc::UpdateEnd::not_verified:
        report.result = rollout::result_not_verified;
        break;
    case bmc::UpdateEnd::unconfirmed:
        report.result = rollout::result_unconfirmed;
        break;
    case bmc::UpdateEnd::cancelled:
        report.state = JobState::cancelled;
        report.result = "cancelled";
        break;
    }
    return report;
}

std::string text_of(const bmc::BmcLog& log)
{
    std::string text;
    for (const std::string& line : log.lines)
        text += line + '\n';
    return text;
}

} // namespace manager::drivers

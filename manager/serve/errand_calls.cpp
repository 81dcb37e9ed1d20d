#include "manager/serve/errand_calls.hpp"

#include "common/error.hpp"
#include "common/soap/server.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

namespace manager::serve {

namespace {

using common::Error;
using common::Trouble;
using common::xml_safe;

constexpr int most_results = 100;

std::vector<std::string> texts(const std::vector<std::string>& list)
{
    std::vector<std::string> out;
    for (const std::string& text : list)
        out.push_back(xml_safe(text));
    return out;
}

wire::Finding wire_finding(const Finding& finding)
{
    wire::Finding out;
    out.hop = xml_safe(finding.hop);
    if (soap_s2t__FindingHealth(nullptr, finding.health.c_str(), &out.health) != SOAP_OK)
        throw Error(Trouble::defect, "a word that the contract does not have");
    out.text = xml_safe(finding.text);
    out.wayOut = text_or_none(finding.way_out);
    out.command = text_or_none(finding.command);
    if (out.command)
        out.where = text_or_none(finding.where);
    return out;
}

wire::Check wire_check(const Check& check)
{
    wire::Check out;
    if (check.trouble)
        out.trouble = common::soap::code_of(*check.trouble);
    out.road = text_or_none(check.road);
    for (const Finding& finding : check.findings)
        out.findings.push_back(wire_finding(finding));
    out.left = texts(check.left);
    return out;
}

wire::ErrandResult wire_result(const ErrandResult& result)
{
    wire::ErrandResult out;
    out.targetName = xml_safe(result.target);
    if (result.error)
        out.error = common::soap::error_info(*result.error, result.target);
    if (result.check)
        out.check = wire_check(*result.check);
    if (result.clean_up) {
        out.cleanUp.emplace();
        out.cleanUp->removed = texts(result.clean_up->removed);
        out.cleanUp->left = texts(result.clean_up->left);
    }
    out.document = text_or_none(result.document);
    return out;
}

wire::RunState state_of(const ErrandNews& news)
{
    if (news.broken_off)
        return wire::RunState::interrupted;
    return news.last == news.targets ? wire::RunState::finished : wire::RunState::running;
}

} // namespace

Errand errand_of(wire::BmcAction action)
{
    switch (action) {
    case wire::BmcAction::discover:
        return Errand::bmc_discover;
    case wire::BmcAction::inventory:
        return Errand::bmc_inventory;
    case wire::BmcAction::logs:
        return Errand::bmc_logs;
    case wire::BmcAction::reset:
        return Errand::bmc_reset;
    }
    throw Error(Trouble::invalid, "there is no such action");
}

void get_errand(const ManagerDesk& desk, Waiting& waiting, const _mgr__GetErrand& request,
                _mgr__GetErrandResponse& response)
{
    const auto since = static_cast<std::size_t>(std::max<LONG64>(request.since, 0));
    const auto most = static_cast<std::size_t>(std::clamp(request.most, 1, most_results));
    const ErrandNews news = desk.errand_news(request.errandId, since, most);
    const bool more_to_come = state_of(news) == wire::RunState::running;
    if (news.results.empty() && more_to_come && waiting.begins(request.waitSeconds))
        return;
    for (const ErrandResult& result : news.results)
        response.results.push_back(wire_result(result));
    response.lastPosition = static_cast<LONG64>(news.last);
    response.targets = static_cast<int>(news.targets);
    response.state = state_of(news);
}

wire::RunState state_of_errand(const ManagerDesk& desk, const std::string& id)
{
    return state_of(desk.errand_news(id, std::numeric_limits<std::size_t>::max(), 0));
}

} // namespace manager::serve

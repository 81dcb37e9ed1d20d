#include "common/text.hpp"
#include "manager/bmc/log_words.hpp"
#include "manager/bmc/redfish_bmc.hpp"

#include <set>

namespace manager::bmc {

namespace {

/// The parts of a BMC that may have logs.
std::vector<std::string> parts_with_logs(Redfish& redfish)
{
    std::vector<std::string> parts;
    const Service& service = redfish.service();
    for (const std::string& collection : {service.systems, service.managers, service.chassis})
        if (!collection.empty())
            for (std::string& path : redfish.member_paths(collection))
                parts.push_back(std::move(path));
    return parts;
}

} // namespace

std::vector<BmcLog> RedfishBmc::logs()
{
    std::vector<BmcLog> logs;
    std::set<std::string> names;
    std::set<std::string> seen; // a log may hang in two places
    for (const std::string& part : parts_with_logs(*redfish_)) {
        const Json owner = redfish_->get(part);
        const std::string services = link_at(owner, {"LogServices"});
        if (services.empty())
            continue;
        for (const std::string& path : redfish_->member_paths(services)) {
            const Json service = redfish_->get(path);
            const std::string entries = link_at(service, {"Entries"});
            if (entries.empty() || !seen.insert(entries).second)
                continue;
            std::string name = log_name(text_at(service, {"Id"}));
            if (!names.insert(name).second)
                name = log_name(text_at(owner, {"Id"}) + '-' + name);
            names.insert(name);
            logs.push_back({name, log_lines(redfish_->members(entries))});
        }
    }
    return logs;
}

} // namespace manager::bmc

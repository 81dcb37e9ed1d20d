#include "manager/bmc/redfish_bmc.hpp"

#include "common/lower_case.hpp"
#include "common/text.hpp"

#include <algorithm>

namespace manager::bmc {

namespace {

using common::Error;
using common::Trouble;

/// Of Dell's there are also those before and those in store, OpenBMC has images that wait for a restart.
bool runs(const Json& member)
{
    const std::string id = text_at(member, {"Id"});
    return text_at(member, {"Status", "State"}) != "StandbySpare" && !id.starts_with("Previous-") &&
           !id.starts_with("Available-");
}

Installed read_entry(const Json& member, const std::string& vendor)
{
    Installed installed;
    installed.path = link_at(member, {});
    baseline::FirmwareEntry& entry = installed.entry;
    entry.id = text_at(member, {"Id"});
    entry.name = text_at(member, {"Name"});
    entry.version = text_at(member, {"Version"});
    if (entry.version.empty())
        entry.version = text_at(member, {"VersionString"});
    entry.software_id = text_at(member, {"SoftwareId"});
    entry.vendor = text_at(member, {"Manufacturer"});
    if (entry.vendor.empty())
        entry.vendor = vendor;
    entry.targets = texts_at(member, {"Oem", "Hpe", "Targets"});
    entry.device_class = text_at(member, {"Oem", "Hpe", "DeviceClass"});
    entry.related = links_at(member, {"RelatedItem"});
    return installed;
}

/// What an action that is not its own wants to be told, by ActionInfo.
const Json& parameter(const Json& info, const std::string& name)
{
    const Json& list = at(info, {"Parameters"});
    for (std::size_t i = 0; list.is_array() && i < list.size(); ++i)
        if (text_at(list[i], {"Name"}) == name)
            return list[i];
    return at(info, {"there is none"});
}

std::string last_segment(const std::string& path)
{
    const std::size_t end = path.find_last_not_of('/');
    return end == std::string::npos ? "" : path.substr(path.rfind('/', end) + 1, end - path.rfind('/', end));
}

} // namespace

UpdateService read_update_service(const Json& document)
{
    UpdateService service;
    service.path = link_at(document, {});
    service.inventory = link_at(document, {"FirmwareInventory"});
    service.multipart = path_of(text_at(document, {"MultipartHttpPushUri"}));
    service.push = path_of(text_at(document, {"HttpPushUri"}));
    const Json& simple = at(document, {"Actions", "#UpdateService.SimpleUpdate"});
    service.simple_update = path_of(text_at(simple, {"target"}));
    service.protocols = texts_at(simple, {"TransferProtocol@Redfish.AllowableValues"});
    service.targets = texts_at(simple, {"Targets@Redfish.AllowableValues"});
    service.start_update = path_of(text_at(document, {"Actions", "#UpdateService.StartUpdate", "target"}));
    service.add_from_uri =
        path_of(text_at(document, {"Oem", "Hpe", "Actions", "#HpeiLOUpdateServiceExt.AddFromUri", "target"}));
    service.has_apply_time = at(document, {"HttpPushUriOptions", "HttpPushUriApplyTime"}).is_object();
    service.most_bytes = number_at(document, {"MaxImageSizeBytes"});
    return service;
}

RedfishBmc::RedfishBmc(std::unique_ptr<Redfish> redfish)
    : redfish_(std::move(redfish)), profile_(profile_of(redfish_->service()))
{
    const Service& service = redfish_->service();
    identity_ = {service.vendor, service.product, service.uuid};
}

UpdateService RedfishBmc::update_service()
{
    const std::string& path = redfish_->service().update;
    if (path.empty())
        throw Error(Trouble::rejected, "the BMC has no update service");
    const Json document = redfish_->get(path);
    UpdateService service = read_update_service(document);
    service.path = path;
    const std::string info =
        path_of(text_at(document, {"Actions", "#UpdateService.SimpleUpdate", "@Redfish.ActionInfo"}));
    if (info.empty())
        return service;
    const Reply reply = redfish_->ask(bmc::get(info));
    const Json described = reply.ok() ? json_or_null(reply.body) : Json();
    const Json& protocol = parameter(described, "TransferProtocol");
    service.wants_protocol = flag_at(protocol, {"Required"});
    if (const auto allowed = texts_at(protocol, {"AllowableValues"}); !allowed.empty())
        service.protocols = allowed;
    return service;
}

std::vector<Installed> RedfishBmc::inventory()
{
    std::vector<Installed> entries;
    const std::string& path = redfish_->service().update;
    const std::string list = path.empty() ? "" : link_at(redfish_->get(path), {"FirmwareInventory"});
    if (!list.empty())
        for (const Json& member : redfish_->members(list))
            if (member.is_object() && runs(member))
                entries.push_back(read_entry(member, redfish_->service().vendor));
    if (entries.empty())
        if (auto own = manager_firmware())
            entries.push_back(std::move(*own));
    return entries;
}

/// What the BMC says of its own firmware, where it has no inventory.
std::optional<Installed> RedfishBmc::manager_firmware()
{
    const Json manager = main_manager();
    Installed installed;
    installed.path = link_at(manager, {});
    baseline::FirmwareEntry& entry = installed.entry;
    entry.id = "BMC";
    entry.name = text_at(manager, {"Model"});
    entry.version = text_at(manager, {"FirmwareVersion"});
    entry.vendor = redfish_->service().vendor;
    entry.related = {installed.path};
    return entry.version.empty() ? std::nullopt : std::optional(std::move(installed));
}

/// The manager that is the BMC; null when there is none.
Json RedfishBmc::main_manager()
{
    Json first;
    if (redfish_->service().managers.empty())
        return first;
    for (const std::string& path : redfish_->member_paths(redfish_->service().managers)) {
        Json manager = redfish_->get(path);
        if (text_at(manager, {"ManagerType"}) == "BMC")
            return manager;
        if (first.is_null())
            first = std::move(manager);
    }
    return first;
}

Look RedfishBmc::look(const TaskPlace& place)
{
    Look look = !place.task.empty()      ? look_at_task(place)
                : !place.monitor.empty() ? look_at_monitor(place)
                                         : look_at_service();
    if (look.stage == Stage::working && !look.percent.value_or(0) && place.is_known()) {
        const Look more = look_at_service(); // HPE shows the percentage there alone
        if (more.percent)
            look.percent = more.percent;
    }
    return look;
}

Look RedfishBmc::look_at_task(const TaskPlace& place)
{
    const Reply reply = redfish_->ask(bmc::get(place.task));
    if (reply.status == 404 || reply.status == 410)
        return redfish_->service().jobs.empty()
                   ? Look{Stage::gone, {}, "the BMC knows the task no more", {}, {}}
                   : look_at_job(place);
    expect_ok(reply, "the task of the update");
    const Json task = json_or_null(reply.body);
    if (!task.is_object()) // perhaps it was the monitor's address: 202 and 204 without a body
        return {reply.status == 202 ? Stage::working : Stage::gone, {}, "the task tells nothing", {}, {}};
    return read_task(task);
}

/// Its end means neither success nor failure: only whether it goes on can be learned.
Look RedfishBmc::look_at_monitor(const TaskPlace& place)
{
    const Reply reply = redfish_->ask(bmc::get(place.monitor));
    if (reply.status == 404 || reply.status == 410)
        return {Stage::gone, {}, "the BMC knows the task no more", {}, {}};
    if (reply.status == 202 || reply.status == 200) {
        const Json body = json_or_null(reply.body);
        Look look = read_task(body);
        if (reply.status == 202)
            look.stage = Stage::working;
        return look;
    }
    expect_ok(reply, "the monitor of the update");
    return {Stage::gone, {}, "the task has ended", {}, {}};
}

/// Dell forgets a task with the restart, and keeps the job of the same name.
Look RedfishBmc::look_at_job(const TaskPlace& place)
{
    const std::string name = last_segment(place.task);
    const std::string list = link_at(redfish_->get(redfish_->service().jobs), {"Jobs"});
    if (!list.empty())
        for (const std::string& path : redfish_->member_paths(list))
            if (last_segment(path) == name)
                return read_task(redfish_->get(path));
    return {Stage::gone, {}, "the BMC knows the job no more", {}, {}};
}

/// HPE's own state of the update service, of which others have none.
Look RedfishBmc::look_at_service()
{
    const Json document = redfish_->get(redfish_->service().update);
    const Json& own = at(document, {"Oem", "Hpe"});
    const std::string state = common::lower_case(text_at(own, {"State"}));
    Look look;
    look.text = common::one_line(text_at(own, {"Result", "MessageId"}), 100);
    if (look.text.empty())
        look.text = common::one_line(text_at(own, {"State"}), 60);
    if (const auto percent = number_at(own, {"FlashProgressPercent"}))
        look.percent = static_cast<unsigned>(std::min<std::uint64_t>(*percent, 100));
    if (state.empty() || state == "idle" || state == "unknown")
        look.stage = Stage::gone;
    else if (state == "complete")
        look.stage = Stage::ended;
    else if (state == "error")
        look.stage = Stage::failed;
    const std::string status = common::lower_case(text_at(document, {"Status", "State"}));
    if (look.stage == Stage::gone && status == "updating")
        look.stage = Stage::working;
    look.needs_reset = look.text.find("ResetRequired") != std::string::npos;
    return look;
}

TaskPlace RedfishBmc::running_update()
{
    if (redfish_->service().tasks.empty())
        return {};
    const std::string list = link_at(redfish_->get(redfish_->service().tasks), {"Tasks"});
    if (list.empty())
        return {};
    for (const Json& task : redfish_->members(list))
        if (task.is_object() && !text_at(task, {"TaskState"}).empty() &&
            read_task(task).stage == Stage::working)
            return {link_at(task, {}), path_of(text_at(task, {"TaskMonitor"}))};
    return {};
}

void RedfishBmc::reset()
{
    const Json manager = main_manager();
    const Json& action = at(manager, {"Actions", "#Manager.Reset"});
    const std::string target = path_of(text_at(action, {"target"}));
    if (target.empty())
        throw Error(Trouble::rejected, "the BMC cannot be reset by Redfish");
    const std::vector<std::string> allowed = texts_at(action, {"ResetType@Redfish.AllowableValues"});
    const bool graceful =
        allowed.empty() || std::find(allowed.begin(), allowed.end(), "GracefulRestart") != allowed.end();
    const Json body{{"ResetType", graceful ? "GracefulRestart" : "ForceRestart"}};
    expect_ok(redfish_->ask(post(target, body.dump())), "resetting the BMC");
}

} // namespace manager::bmc

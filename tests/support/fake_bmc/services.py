"""The resources that all Redfish kinds have: root, sessions, systems, managers, chassis, tasks, logs."""

import time

from . import logs
from .messages import Refused, Response, as_header, public, retry_after
from .tasks import stamp

V1 = "/redfish/v1"


def link(path):
    return {"@odata.id": path}


def collection(path, name, kind, members, **more):
    return {"@odata.id": path, "@odata.type": f"#{kind}.{kind}", "Name": name, "Members": members,
            "Members@odata.count": len(members), **more}


def paged(request, path, name, kind, members, size):
    """A page of a collection; `members` are dicts, whole or links."""
    skip = int(request.query.get("$skip") or 0)
    page = members[skip:skip + size] if size else members[skip:]
    words = collection(path, name, kind, page)
    words["Members@odata.count"] = len(members)
    if skip + len(page) < len(members):
        words["Members@odata.nextLink"] = f"{path}?$skip={skip + len(page)}"
    return words


@public
def root(bmc, request):
    kind = bmc.kind
    words = {"@odata.id": V1, "@odata.type": "#ServiceRoot.v1_9_0.ServiceRoot", "Id": "RootService",
             "Name": "Root Service", "RedfishVersion": kind.redfish_version, "UUID": bmc.uuid, "Vendor": kind.vendor,
             "Product": kind.product, "Systems": link(f"{V1}/Systems"), "Managers": link(f"{V1}/Managers"),
             "Chassis": link(f"{V1}/Chassis"), "UpdateService": link(f"{V1}/UpdateService"),
             "Tasks": link(f"{V1}/TaskService")}
    if not bmc.knobs["no-expand"] and kind.expands:
        words["ProtocolFeaturesSupported"] = {"ExpandQuery": {"NoLinks": True, "Levels": True, "MaxLevels": 1,
                                                              "ExpandAll": False, "Links": False}}
    if not bmc.knobs["no-sessions"]:
        words["SessionService"] = link(f"{V1}/SessionService")
        words["Links"] = {"Sessions": link(f"{V1}/SessionService/Sessions")}
    if kind.oem_root:
        words["Oem"] = kind.oem_root(bmc)
    return {key: value for key, value in words.items() if value is not None}


@public
def versions(bmc, request):
    return {"v1": f"{V1}/"}


@public
def odata(bmc, request):
    return {"@odata.context": f"{V1}/$metadata", "value": [{"name": "Service", "kind": "Singleton", "url": f"{V1}/"}]}


@public
def metadata(bmc, request):
    return Response(200, b'<?xml version="1.0"?><edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" '
                         b'Version="4.0"/>', {"Content-Type": "application/xml"})


# --- sessions

def with_sessions(bmc):
    if bmc.knobs["no-sessions"]:
        raise Refused(404, "Base.1.8.ResourceMissingAtURI", "There is no SessionService.")


def session_service(bmc, request):
    with_sessions(bmc)
    path = f"{V1}/SessionService"
    return {"@odata.id": path, "@odata.type": "#SessionService.v1_1_8.SessionService", "Id": "SessionService",
            "Name": "Session Service", "ServiceEnabled": True, "SessionTimeout": 1800,
            "Sessions": link(f"{path}/Sessions")}


def sessions(bmc, request):
    with_sessions(bmc)
    path = f"{V1}/SessionService/Sessions"
    return collection(path, "Sessions", "SessionCollection", [link(f"{path}/{one}") for one in bmc.sessions.open])


@public
def log_in(bmc, request):
    with_sessions(bmc)
    number, token = bmc.sessions.begin(request)
    path = f"{V1}/SessionService/Sessions/{number}"
    return Response(201, {"@odata.id": path, "@odata.type": "#Session.v1_3_0.Session", "Id": number,
                          "Name": "User Session", "UserName": bmc.sessions.user},
                    {"X-Auth-Token": token, "Location": path})


def session(bmc, request, number):
    if number not in bmc.sessions.open:
        raise Refused(404, "Base.1.8.ResourceMissingAtURI", "No such session.")
    return {"@odata.id": f"{V1}/SessionService/Sessions/{number}", "@odata.type": "#Session.v1_3_0.Session", "Id": number,
            "Name": "User Session", "UserName": bmc.sessions.user}


def log_out(bmc, request, number):
    if not bmc.sessions.end(number):
        raise Refused(404, "Base.1.8.ResourceMissingAtURI", "No such session.")
    return Response(204)


# --- what there is

def gathering(name, kind, ident):
    """A collection of one."""
    def answer(bmc, request):
        path = f"{V1}/{name}"
        return collection(path, name, kind, [link(f"{path}/{ident(bmc.kind)}")])
    return answer


def known(wanted, ident):
    if wanted != ident:
        raise Refused(404, "Base.1.8.ResourceMissingAtURI", f"There is no '{ident}'.")


def system(bmc, request, ident):
    kind, path = bmc.kind, f"{V1}/Systems/{ident}"
    known(kind.system, ident)
    bios = bmc.component("BIOS")
    return {"@odata.id": path, "@odata.type": "#ComputerSystem.v1_13_0.ComputerSystem", "Id": ident, "Name": "System",
            "Manufacturer": kind.vendor, "Model": kind.model, "SerialNumber": bmc.serial, "UUID": bmc.uuid,
            "PowerState": "On", "BiosVersion": bios.read(bmc.knobs) if bios else None, "HostName": f"host-{bmc.index}",
            "Status": {"State": "Enabled", "Health": "OK"}, "LogServices": link(f"{path}/LogServices"),
            "Boot": {"BootSourceOverrideEnabled": "Disabled", "BootSourceOverrideTarget": "None",
                     "BootSourceOverrideTarget@Redfish.AllowableValues": ["None", "Pxe", "Hdd"]},
            "Links": {"ManagedBy": [link(f"{V1}/Managers/{kind.manager}")],
                      "Chassis": [link(f"{V1}/Chassis/{kind.chassis}")]},
            "Actions": {"#ComputerSystem.Reset": {"target": f"{path}/Actions/ComputerSystem.Reset",
                                                  "ResetType@Redfish.AllowableValues": kind.system_resets}},
            **kind.oem_system(bmc)}


def bios(bmc, request, ident):
    known(bmc.kind.system, ident)
    return {"@odata.id": f"{V1}/Systems/{ident}/Bios", "@odata.type": "#Bios.v1_1_0.Bios", "Id": "Bios", "Name": "BIOS"}


def chassis(bmc, request, ident):
    kind, path = bmc.kind, f"{V1}/Chassis/{ident}"
    known(kind.chassis, ident)
    return {"@odata.id": path, "@odata.type": "#Chassis.v1_10_2.Chassis", "Id": ident, "Name": "Chassis",
            "ChassisType": "RackMount", "Manufacturer": kind.vendor, "Model": kind.model, "SerialNumber": bmc.serial,
            "Links": {"ManagedBy": [link(f"{V1}/Managers/{kind.manager}")],
                      "ComputerSystems": [link(f"{V1}/Systems/{kind.system}")]}}


def manager(bmc, request, ident):
    kind, path = bmc.kind, f"{V1}/Managers/{ident}"
    known(kind.manager, ident)
    return {"@odata.id": path, "@odata.type": "#Manager.v1_9_0.Manager", "Id": ident, "Name": "Manager",
            "ManagerType": "BMC", "Model": kind.product, "UUID": bmc.uuid, "ServiceEntryPointUUID": bmc.uuid,
            "FirmwareVersion": kind.manager_version(bmc), "DateTime": stamp(time.time()), "DateTimeLocalOffset": "+00:00",
            "Status": {"State": "Enabled", "Health": "OK"}, "PowerState": "On", "LogServices": link(f"{path}/LogServices"),
            "Links": {"ManagerForServers": [link(f"{V1}/Systems/{kind.system}")],
                      "ManagerForChassis": [link(f"{V1}/Chassis/{kind.chassis}")], **kind.manager_links(bmc)},
            "Actions": {"#Manager.Reset": {"target": f"{path}/Actions/Manager.Reset",
                                           "ResetType@Redfish.AllowableValues": kind.manager_resets}}}


def reset_type(request, allowed):
    """The one that was asked for, or the first."""
    wanted = request.body.json().get("ResetType", allowed[0])
    if wanted not in allowed:
        raise Refused(400, "Base.1.8.ActionParameterValueNotInList", f"ResetType {wanted} is not one of {allowed}.")
    return wanted


def reset_manager(bmc, request, ident):
    known(bmc.kind.manager, ident)
    reset_type(request, bmc.kind.manager_resets)
    bmc.restart_soon("asked")
    return bmc.kind.done()


def reset_system(bmc, request, ident):
    known(bmc.kind.system, ident)
    reset_type(request, bmc.kind.system_resets)
    bmc.host_reset()
    return bmc.kind.done()


# --- tasks

def task_service(bmc, request):
    path = f"{V1}/TaskService"
    return {"@odata.id": path, "@odata.type": "#TaskService.v1_1_4.TaskService", "Id": "TaskService",
            "Name": "Task Service", "ServiceEnabled": True, "Tasks": link(f"{path}/Tasks")}


def tasks(bmc, request):
    path = f"{V1}/TaskService/Tasks"
    return collection(path, "Tasks", "TaskCollection", [link(f"{path}/{one}") for one in list(bmc.tasks.all)])


def found_task(bmc, ident, knob):
    bmc.watched()
    task = bmc.tasks.all.get(ident)
    if not task or bmc.knobs[knob]:
        raise Refused(404, "Base.1.8.ResourceMissingAtURI", "No such task.")
    return task


def task(bmc, request, ident):
    return bmc.kind.task_words(bmc, found_task(bmc, ident, "task-404"))


def monitor(bmc, request, ident):
    found = found_task(bmc, ident, "monitor-404")
    if found.live:
        return Response(202, bmc.kind.task_words(bmc, found),
                        {"Location": bmc.kind.monitor_path(ident), **as_header(retry_after(bmc.knobs))})
    return bmc.kind.monitor_end(bmc, found)


# --- logs

def log_services(bmc, request, owner, ident):
    path = f"{V1}/{owner}/{ident}/LogServices"
    return collection(path, "Logs", "LogServiceCollection",
                      [link(f"{path}/{log.name}") for log in bmc.logs if log.owner == owner])


def found_log(bmc, owner, name):
    for log in bmc.logs:
        if (log.owner, log.name) == (owner, name):
            return log
    raise Refused(404, "Base.1.8.ResourceMissingAtURI", f"There is no log '{name}'.")


def log_service(bmc, request, owner, ident, name):
    log, path = found_log(bmc, owner, name), f"{V1}/{owner}/{ident}/LogServices/{name}"
    return {"@odata.id": path, "@odata.type": "#LogService.v1_2_0.LogService", "Id": name, "Name": log.title,
            "MaxNumberOfRecords": logs.MOST, "OverWritePolicy": "WrapsWhenFull", "ServiceEnabled": True,
            "DateTime": stamp(time.time()), "DateTimeLocalOffset": "+00:00", "Entries": link(f"{path}/Entries"),
            "Actions": {"#LogService.ClearLog": {"target": f"{path}/Actions/LogService.ClearLog"}}}


def entry_words(bmc, path, one):
    make = logs.hpe_entry if bmc.kind.hpe_logs else logs.entry
    return {"@odata.id": f"{path}/{one.number}", **make(one, bmc.text(one.text))}


def entries(bmc, request, owner, ident, name):
    log, path = found_log(bmc, owner, name), f"{V1}/{owner}/{ident}/LogServices/{name}/Entries"
    return paged(request, path, log.title, "LogEntryCollection",
                 [entry_words(bmc, path, one) for one in log.listing()], bmc.knobs["page-size"])


def entry(bmc, request, owner, ident, name, number):
    path = f"{V1}/{owner}/{ident}/LogServices/{name}/Entries"
    for one in found_log(bmc, owner, name).listing():
        if str(one.number) == number:
            return entry_words(bmc, path, one)
    raise Refused(404, "Base.1.8.ResourceMissingAtURI", "No such entry.")


def clear_log(bmc, request, owner, ident, name):
    log = found_log(bmc, owner, name)
    with log.lock:
        log.entries.clear()
    bmc.note("log-cleared", log=name)
    return bmc.kind.done()


OWNED = V1 + r"/(Systems|Managers|Chassis)/([^/]+)/LogServices"
ROUTES = [
    ("GET", "/redfish", versions),
    ("GET", V1, root),
    ("GET", V1 + "/odata", odata),
    ("GET", V1 + r"/\$metadata", metadata),
    ("GET", V1 + "/SessionService", session_service),
    ("GET", V1 + "/SessionService/Sessions", sessions),
    ("POST", V1 + "/SessionService/Sessions", log_in),
    ("GET", V1 + "/SessionService/Sessions/([^/]+)", session),
    ("DELETE", V1 + "/SessionService/Sessions/([^/]+)", log_out),
    ("GET", V1 + "/Systems", gathering("Systems", "ComputerSystemCollection", lambda kind: kind.system)),
    ("GET", V1 + "/Systems/([^/]+)", system),
    ("GET", V1 + "/Systems/([^/]+)/Bios", bios),
    ("POST", V1 + "/Systems/([^/]+)/Actions/ComputerSystem.Reset", reset_system),
    ("GET", V1 + "/Chassis", gathering("Chassis", "ChassisCollection", lambda kind: kind.chassis)),
    ("GET", V1 + "/Chassis/([^/]+)", chassis),
    ("GET", V1 + "/Managers", gathering("Managers", "ManagerCollection", lambda kind: kind.manager)),
    ("GET", V1 + "/Managers/([^/]+)", manager),
    ("POST", V1 + "/Managers/([^/]+)/Actions/Manager.Reset", reset_manager),
    ("GET", V1 + "/TaskService", task_service),
    ("GET", V1 + "/TaskService/Tasks", tasks),
    ("GET", V1 + "/TaskService/Tasks/([^/]+)", task),
    ("GET", V1 + "/TaskService/TaskMonitors/([^/]+)", monitor),
    ("GET", OWNED, log_services),
    ("GET", OWNED + "/([^/]+)", log_service),
    ("GET", OWNED + "/([^/]+)/Entries", entries),
    ("GET", OWNED + r"/([^/]+)/Entries/(\d+)", entry),
    ("POST", OWNED + "/([^/]+)/Actions/LogService.ClearLog", clear_log),
]

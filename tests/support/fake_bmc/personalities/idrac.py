"""Dell iDRAC 9: jobs that are tasks until the restart, an upload in two steps by ETag, ids that contain the version."""

import hashlib

from .. import image, update
from ..components import Component
from ..inventory import (FIRMWARE, SERVICE, Reserved, etag, image_uri, protocols, push_form, pushable, receive,
                         receive_form)
from ..logs import Log
from ..messages import Refused, Response, as_header, retry_after
from ..multipart import boundary
from ..services import V1, collection, link
from ..tasks import stamp
from . import base

SIMPLE = f"{SERVICE}/Actions/UpdateService.SimpleUpdate"
JOBS = f"{V1}/JobService/Jobs"
OEM_JOBS = f"{V1}/Managers/iDRAC.Embedded.1/Oem/Dell/Jobs"


def available(came):
    return f"Available-{came.target}-{came.version}"


def upload(bmc, request):
    """First step: the file lies there as an Available-... entry; nothing is flashed."""
    pushable(bmc)
    if request.headers.get("If-Match") != etag(bmc):
        raise Refused(412, "Base.1.8.PreconditionFailed", "The ETag does not match.")
    with Reserved(bmc):
        form = boundary(request.headers.get("Content-Type"))
        came = receive_form(request, ("file", "UpdateFile"))[0] if form else receive(request.body)
        if came.kind not in bmc.kind.pushed or not came.intact:
            raise Refused(400, "IDRAC.2.2.RED007", "Unable to verify Update Package signature.")
        bmc.settings["available"] = {**bmc.settings["available"], available(came): came}
        path = f"{FIRMWARE}/{available(came)}"
        bmc.release(bmc.boot)
        return Response(201, {"@odata.id": path, "Id": available(came), "Version": came.version}, {"Location": path})


def simple_update(bmc, request):
    words = request.body.json()
    uri = words.get("ImageURI")
    if len(words.get("Targets") or []) > 1:
        raise Refused(400, "IDRAC.2.2.SYS442", "Only one component can be updated at a time.")
    if isinstance(uri, str) and uri.startswith(FIRMWARE):
        came = bmc.settings["available"].get(uri.rpartition("/")[2])
        if not came:
            raise Refused(404, "Base.1.8.ResourceMissingAtURI", f"There is no {uri}.")
        obtain = update.received(came)
    elif bmc.knobs["no-pull"]:
        raise Refused(400, "Base.1.8.ActionParameterNotSupported", "Only files that were uploaded.")
    else:
        obtain = update.by_uri(bmc, image_uri(bmc, words))
    bmc.reserve()
    return bmc.kind.accepted(bmc, bmc.begin(obtain, bmc.kind.pulled))


def jobs(bmc, request):
    return collection(JOBS, "Jobs", "JobCollection", [link(f"{JOBS}/{one}") for one in bmc.jobs])


def job(bmc, request, ident):
    task = bmc.jobs.get(ident)
    if not task:
        raise Refused(404, "Base.1.8.ResourceMissingAtURI", "No such job.")
    return {"@odata.id": request.path, "@odata.type": "#Job.v1_0_1.Job", "Id": ident, "Name": task.name,
            "JobState": STATES.get(task.state, task.state), "PercentComplete": task.percent,
            "StartTime": stamp(task.began), "Message": job_message(task), "Messages": list(task.messages)}


STATES = {"Exception": "Failed", "Starting": "Starting"}


def job_message(task):
    return task.messages[-1]["Message"] if task.messages else {
        "Completed": "Job completed successfully.", "Scheduled": "Task successfully scheduled."}.get(task.state, "Running.")


class Idrac(base.Kind):
    name, vendor, product, model = "idrac", "Dell", "Integrated Dell Remote Access Controller", "PowerEdge R640"
    user_agent = "iDRAC/9"
    system, manager, chassis = "System.Embedded.1", "iDRAC.Embedded.1", "System.Embedded.1"
    manager_resets = ["GracefulRestart"]
    session_limit = 8
    most_bytes = None
    pulled = pushed = ("raw", "dell")
    first_target = "25227"
    settings = {"available": {}}

    def components(self):
        return [Component("25227", "Integrated Dell Remote Access Controller", "6.00.30.00", names=("iDRAC", "BMC"),
                          place="iDRAC.Embedded.1-1"),
                Component("159", "BIOS", "2.8.1", "host", names=("BIOS",), place="BIOS.Setup.1-1"),
                Component("27763", "System CPLD", "1.0.6", "host", place="CPLD.Embedded.1"),
                Component("101548", "Power Supply", "00.1D.7D", "none", updateable=False, place="PSU.Slot.1")]

    def logs(self):
        return [Log("Managers", "Sel", "System Event Log"), Log("Managers", "Lclog", "Lifecycle Log")]

    def make_image(self, version, target=None, size=65536):
        target = target or self.first_target
        ids = {name: one.ident for one in self.components() for name in (one.ident, *one.names)}
        return image.dell_package(target, version, size, component=ids.get(target, "25227"))

    def oem_root(self, bmc):
        return {"Dell": {"ServiceTag": bmc.serial[-7:], "ManagerMACAddress": "02:00:00:00:00:01", "IsBranded": 0}}

    def oem_system(self, bmc):
        return {"Oem": {"Dell": {"DellSystem": {"SystemID": 1814, "NodeID": bmc.serial[-7:]}}}}

    def item_id(self, component):
        return f"Installed-{component.ident}-{component.version}__{component.place}"

    def component_at(self, bmc, path):
        for component in bmc.components:
            if component.place in path:
                return component
        return super().component_at(bmc, path)

    def more_items(self, bmc):
        """What was there before, and what was uploaded: neither is what runs."""
        found = [(f"Previous-{one.ident}-{one.old}__{one.place}", one.name, one.old) for one in bmc.components[:2]]
        found += [(ident, ident, came.version) for ident, came in bmc.settings["available"].items()]
        return [{"@odata.id": f"{FIRMWARE}/{ident}", "@odata.type": "#SoftwareInventory.v1_2_1.SoftwareInventory",
                 "Id": ident, "Name": name, "Version": version, "Updateable": True,
                 "Status": {"State": "Disabled", "Health": "OK"}} for ident, name, version in found]

    def update_service(self, bmc):
        return {"HttpPushUri": FIRMWARE, "MultipartHttpPushUri": f"{SERVICE}/MultipartUpload", "Actions": {
            "#UpdateService.SimpleUpdate": {"target": SIMPLE,
                                            "TransferProtocol@Redfish.AllowableValues": [*protocols(bmc), "NFS", "CIFS"],
                                            "@Redfish.OperationApplyTimeSupport": {
                                                "SupportedValues": ["Immediate", "OnReset"]}}}}

    def routes(self):
        return [("POST", SIMPLE, simple_update), ("POST", f"{SERVICE}/MultipartUpload", push_form),
                ("POST", FIRMWARE, upload), ("GET", f"{V1}/JobService", job_service), ("GET", JOBS, jobs),
                ("GET", JOBS + "/([^/]+)", job), ("GET", OEM_JOBS + "/([^/]+)", job)]

    def choose(self, bmc, words):
        """The image says what it is for; Targets are left empty by Dell's own scripts."""
        return None, "immediate"

    # --- jobs outlive the restart that makes an end to tasks

    def task_id(self, count):
        return f"JID_{int(hashlib.sha256(str(count).encode()).hexdigest(), 16) % 10**12:012d}"

    def settled(self, bmc, task, how):
        super().settled(bmc, task, how)
        if how == "host":
            task.say("IDRAC.2.2.JCP001", "Task successfully scheduled.")

    def task_words(self, bmc, task):
        words = task.words(self.task_path(task.id), None)
        words["Oem"] = {"Dell": {"@odata.type": "#DellJob.v1_1_0.DellJob", "Id": task.id, "JobType": "FirmwareUpdate",
                                 "JobState": STATES.get(task.state, task.state), "PercentComplete": task.percent,
                                 "Message": job_message(task)}}
        return words

    def accepted(self, bmc, task):
        bmc.jobs[task.id] = task
        if bmc.knobs["no-task"]:
            return Response(202)
        return Response(202, None, {"Location": self.task_path(task.id), **as_header(retry_after(bmc.knobs))})

    def host_was_reset(self, bmc):
        for task in bmc.jobs.values():
            if task.state == "Scheduled":
                task.end("Completed")


def job_service(bmc, request):
    path = f"{V1}/JobService"
    return {"@odata.id": path, "@odata.type": "#JobService.v1_0_4.JobService", "Id": "JobService", "Name": "Job Service",
            "ServiceEnabled": True, "Jobs": link(JOBS)}

"""OpenBMC's bmcweb: no pull, a monitor that says 204 once whatever came of it, and no restart of its own."""

import hashlib

from .. import image
from ..components import Component
from ..failures import Failed
from ..inventory import FIRMWARE, SERVICE, push, push_form
from ..logs import Log
from ..messages import Refused, Response
from ..services import link
from . import base

MACHINE = "soapstone-board"
TIMES = {"Immediate": "immediate", "OnReset": "reset"}


def push_octets(bmc, request):
    return push(bmc, request, apply=TIMES[bmc.settings["ApplyTime"]])


def patch(bmc, request):
    try:
        chosen = request.body.json()["HttpPushUriOptions"]["HttpPushUriApplyTime"]["ApplyTime"]
    except (KeyError, TypeError):
        raise Refused(400, "Base.1.8.PropertyUnknown", "Only the apply time can be changed.") from None
    if chosen not in TIMES:
        raise Refused(400, "Base.1.8.PropertyValueNotInList", f"ApplyTime {chosen} is none.")
    bmc.settings["ApplyTime"] = chosen
    return Response(204)


class OpenBmc(base.Kind):
    name, vendor, product, model = "openbmc", None, None, MACHINE
    user_agent = "bmcweb"
    system, manager, chassis = "system", "bmc", "chassis"
    manager_resets = ["GracefulRestart", "ForceRestart"]
    most_bytes = 419430400
    session_limit = 64
    pushed = ("tar", "pldm")
    first_target = "bmc_active"
    settings = {"ApplyTime": "OnReset"}

    def components(self):
        return [Component("bmc_active", "BMC image", "2.14.0-dev-1073-g3d8ac5b2c1"),
                Component("bios_active", "Host image", "C27", "host", names=("BIOS",)),
                Component("PSU.1", "Power Supply", "undefined", "none", updateable=False)]

    def logs(self):
        return [Log("Systems", "EventLog", "Event Log"), Log("Systems", "SEL", "System Event Log"),
                Log("Managers", "Journal", "Journal")]

    def make_image(self, version, target=None, size=65536):
        purpose = "Host" if target in ("BIOS", "bios_active") else "BMC"
        return image.openbmc_tar(target or self.first_target, version, size, MACHINE, purpose)

    def update_service(self, bmc):
        return {"HttpPushUri": f"{SERVICE}/update", "MultipartHttpPushUri": f"{SERVICE}/update-multipart",
                "HttpPushUriOptions": {"HttpPushUriApplyTime": {"ApplyTime": bmc.settings["ApplyTime"]}}}

    def routes(self):
        return [("POST", f"{SERVICE}/update", push_octets), ("POST", f"{SERVICE}/update-multipart", push_form),
                ("PATCH", SERVICE, patch)]

    def choose(self, bmc, words):
        targets = words.get("Targets", [])
        if len(targets) != 1 or not self.component_at(bmc, str(targets[0]).rstrip("/")):
            raise Refused(400, "Base.1.8.PropertyValueFormatError", "Targets takes exactly one manager or firmware.")
        chosen = words.get("@Redfish.OperationApplyTime", "OnReset")
        if chosen not in TIMES:
            raise Refused(400, "Base.1.8.PropertyValueNotInList", f"Apply time {chosen} is none.")
        return targets[0], TIMES[chosen]

    def look_at(self, bmc, came):
        machine = came.facts.get("MachineName")
        if came.kind == "tar" and machine != MACHINE:
            raise Failed("NoTargetsDetermined", f"MachineName '{machine}' is not {MACHINE}.")

    def settled(self, bmc, task, how):
        if how == "bmc":
            return  # the restart comes before anybody could say that it is done
        super().settled(bmc, task, how)

    def staged(self, bmc):
        """[(hash, component)] of images that wait for a reset: each is in the inventory, with the new version."""
        return [(hashlib.sha256(one.staged[0].encode()).hexdigest()[:8], one) for one in bmc.components if one.staged]

    def more_items(self, bmc):
        return [{"@odata.id": f"{FIRMWARE}/{ident}", "@odata.type": "#SoftwareInventory.v1_3_0.SoftwareInventory",
                 "Id": ident, "Name": "Software Inventory", "Description": one.name, "Version": one.staged[0],
                 "Updateable": True, "Status": {"State": "StandbySpare", "Health": "OK"}}
                for ident, one in self.staged(bmc)]

    def manager_links(self, bmc):
        images = ["bmc_active", *(ident for ident, one in self.staged(bmc) if one is bmc.main())]
        return {"ActiveSoftwareImage": link(f"{FIRMWARE}/bmc_active"),
                "SoftwareImages": [link(f"{FIRMWARE}/{ident}") for ident in images]}

    def monitor_end(self, bmc, task):
        if task.monitor_taken:
            raise Refused(404, "Base.1.8.ResourceMissingAtURI", "No such monitor.")
        task.monitor_taken = True
        return Response(204)

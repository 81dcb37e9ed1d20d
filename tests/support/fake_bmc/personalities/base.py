"""What a kind of BMC is made of, as DMTF would have it. A kind changes what is different there."""

from ..components import Component
from ..logs import Log
from ..messages import Refused, Response, as_header, retry_after
from ..services import V1

ANY = ("raw", "fwpkg", "dell", "zip", "tar", "pldm", "unknown")


class Kind:
    """One object may serve many BMCs: it keeps nothing about any of them."""

    name = vendor = product = model = ""
    redfish = True
    redfish_version = "1.11.0"
    user_agent = "BMC/1.0"
    system, manager, chassis = "1", "1", "1"
    system_resets = ["On", "ForceOff", "GracefulRestart", "ForceRestart"]
    manager_resets = ["GracefulRestart", "ForceRestart"]
    session_limit = 16
    most_bytes = 838860800
    trailing_slash = False
    expands = True
    hpe_logs = False
    says_downloading = False
    key = "ec"
    oem_root = None
    defaults = {}  # of knobs
    settings = {}  # what clients can PATCH in the UpdateService
    pulled = pushed = ("raw",)  # which images are taken how
    first_target = "BMC"

    def components(self):
        """New ones; the BMC's own firmware first."""
        raise NotImplementedError

    def logs(self):
        return [Log("Systems", "SEL", "System Event Log"), Log("Managers", "Log", "Manager Log")]

    def routes(self):
        return []

    def update_service(self, bmc):
        return {}

    def make_image(self, version, target=None, size=65536):
        raise NotImplementedError

    # --- words

    def oem_system(self, bmc):
        return {}

    def manager_links(self, bmc):
        return {}

    def manager_version(self, bmc):
        return bmc.main().read(bmc.knobs)

    def item_id(self, component):
        return component.ident

    def more_items(self, bmc):
        """Entries of the inventory that are no component of their own."""
        return []

    def related(self, component):
        return f"{V1}/Managers/{self.manager}" if component.resets == "bmc" else f"{V1}/Systems/{self.system}/Bios"

    def component_at(self, bmc, path):
        """What a link in Targets means."""
        for component in bmc.components:
            if path.rpartition("/")[2] == self.item_id(component):
                return component
        if path == f"{V1}/Managers/{self.manager}":
            return bmc.main()
        return bmc.component("BIOS") if path == f"{V1}/Systems/{self.system}/Bios" else None

    def message_id(self, name):
        return f"Update.1.0.{name}"

    def error(self, refused):
        info = {"@odata.type": "#Message.v1_1_1.Message", "MessageId": refused.message_id, "Message": refused.text,
                "MessageArgs": [], "Severity": "Critical", "Resolution": "None."}
        return {"error": {"code": "Base.1.8.GeneralError", "message": refused.text, "@Message.ExtendedInfo": [info]}}

    def done(self):
        """The answer to an action that has nothing to tell."""
        return Response(204)

    def busy(self, bmc):
        return Refused(503, "Base.1.8.ServiceTemporarilyUnavailable", "An update is in progress.",
                       **retry_after(bmc.knobs))

    # --- updates

    def choose(self, bmc, words):
        """(target, apply) by UpdateParameters."""
        targets = words.get("Targets") or [None]
        return targets[0], "immediate"

    def look_at(self, bmc, image):
        """Raises Failed when the image is not for this machine."""

    def settled(self, bmc, task, how):
        """The image is written; `how` it comes up."""
        if how == "host":
            task.say(self.message_id("AwaitToActivate"), "Waiting for a reset of the host.")
            task.go("Scheduled", 100)
            return
        if how == "manager":
            task.say("Base.1.8.ResetRequired", "A reset of the manager is required.", "Warning")
        task.end("Completed")

    def host_was_reset(self, bmc):
        pass

    def task_id(self, count):
        return str(count)

    def task_path(self, ident):
        return f"{V1}/TaskService/Tasks/{ident}"

    def monitor_path(self, ident):
        return f"{V1}/TaskService/TaskMonitors/{ident}"

    def task_words(self, bmc, task):
        return task.words(self.task_path(task.id), self.monitor_path(task.id))

    def accepted(self, bmc, task):
        """The answer to an update that begins."""
        if bmc.knobs["no-task"]:
            return Response(204)
        return Response(202, self.task_words(bmc, task),
                        {"Location": self.monitor_path(task.id), **as_header(retry_after(bmc.knobs))})

    def monitor_end(self, bmc, task):
        """As the standard says: the answer that the operation itself would have had."""
        if task.state == "Completed":
            return Response(204)
        return Response(400, {"error": {"code": "Base.1.8.GeneralError", "message": "The update failed.",
                                        "@Message.ExtendedInfo": task.messages}})

    def raw(self, bmc, connection):
        """XML straight into the TLS socket is nothing for this kind."""
        connection.close_connection = True


def awkward():
    """Parts whose versions real inventories have."""
    return [
        Component("NIC.1", "Ethernet Adapter", "20.5.13", "host"),
        Component("CPLD", "System Programmable Logic Device", "0x0D", "host"),
        Component("PSU.1", "Power Supply 1", "9.1.0 Build 36", "none", updateable=False),
        Component("PSU.2", "Power Supply 2", "N/A", "none", updateable=False),
        Component("Disk.1", "Disk", "fd.88", "host", updateable=None),
        Component("Backplane", "Backplane", "0\x14", "none", updateable=False),
        Component("PFR", "Root of Trust", "PFC_01.13-SEC_04.08", "none", updateable=False),
        Component("Bay", "Empty Bay", "", "none", updateable=False),
    ]

"""HPE iLO 5: SimpleUpdate answers 200 and names no task; what becomes of it is in UpdateService.Oem.Hpe and the logs."""

import uuid

from .. import image, update, xmldata
from ..components import Component
from ..failures import Failed
from ..inventory import SERVICE, Reserved, image_uri, parameters, pushable, receive_form
from ..logs import Log
from ..messages import Refused, Response
from ..services import V1
from . import base

SIMPLE = f"{SERVICE}/Actions/UpdateService.SimpleUpdate"
FROM_URI = f"{SERVICE}/Actions/Oem/Hpe/HpeiLOUpdateServiceExt.AddFromUri"
UPLOAD = "/cgi-bin/uploadFile"
MESSAGES = {"VerificationFailed": "UpdateInvalidFile", "NoTargetsDetermined": "UnsupportedFirmware"}


def guid(name):
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.fake-bmc"))


def component(ident, name, version, resets, **more):
    hpe = {"@odata.type": "#HpeiLOSoftwareInventory.v2_0_0.HpeiLOSoftwareInventory", "DeviceClass": guid(f"class {name}"),
           "Targets": [guid(name)], "DeviceContext": more.pop("context", "System Board")}
    return Component(ident, name, version, resets, updateable=None, Oem={"Hpe": hpe}, **more)


def simple_update(bmc, request):
    """Raw images only. What else comes is answered in the same way, and never flashed."""
    if bmc.knobs["no-pull"]:
        raise Refused(404, "Base.1.8.ResourceMissingAtURI", "There is no such action.")
    uri = image_uri(bmc, request.body.json())
    bmc.reserve()
    return bmc.kind.accepted(bmc, bmc.begin(update.by_uri(bmc, uri), ("raw",)))


def add_from_uri(bmc, request):
    """Images of every kind; into the repository only, when UpdateTarget is false."""
    if bmc.knobs["no-pull"]:
        raise Refused(404, "Base.1.8.ResourceMissingAtURI", "There is no such action.")
    words = request.body.json()
    uri = image_uri(bmc, words)
    bmc.reserve()
    return bmc.kind.accepted(bmc, bmc.begin(update.by_uri(bmc, uri), ("raw", "fwpkg"), apply=only_kept(words)))


def only_kept(words):
    return "immediate" if words.get("UpdateTarget", True) else "verify"


def upload(bmc, request):
    """The form of the web page: the session's key in a cookie and in a part; Basic does not do."""
    pushable(bmc)
    if request.credentials not in ("cookie", "token") or "sessionKey=" not in (request.headers.get("Cookie") or ""):
        raise Refused(401, "Base.1.8.NoValidSession", "There is no valid session established.")
    with Reserved(bmc):
        came, fields = receive_form(request, ("file", "files[]"))
        if not bmc.sessions.holds(fields.get("sessionKey", b"").decode(errors="replace")):
            raise Refused(401, "Base.1.8.NoValidSession", "The sessionKey is none.")
        apply = only_kept(parameters(fields, "parameters"))
        return bmc.kind.accepted(bmc, bmc.begin(update.received(came), ("raw", "fwpkg"), apply=apply))


class Ilo5(base.Kind):
    name, vendor, product, model = "ilo5", "HPE", "ProLiant DL380 Gen10", "ProLiant DL380 Gen10"
    redfish_version = "1.6.0"
    user_agent = "iLO/5"
    session_limit = 8
    most_bytes = None
    trailing_slash = True
    hpe_logs = True
    first_target = "1"

    def components(self):
        return [component("1", "iLO 5", "2.14 Feb 11 2020", "bmc", names=("iLO", "BMC")),
                component("2", "System ROM", "U30 v2.20 (05/29/2019)", "host", names=("BIOS",)),
                component("3", "Intelligent Platform Abstraction Data", "9.1.0 Build 36", "none"),
                component("4", "System Programmable Logic Device", "0x2A", "host"),
                component("5", "Server Platform Services (SPS) Firmware", "4.1.4.251", "none"),
                component("6", "Power Supply Firmware", "1.00", "none", context="Bay 1"),
                component("7", "HPE Smart Array P408i-a SR Gen10", "1.98", "host"),
                component("8", "Embedded Video Controller", "N/A", "none"),
                component("9", "Drive", "HPG5", "none", context="Slot=0:Port=1I:Box=1:Bay=1")]

    def logs(self):
        return [Log("Systems", "IML", "Integrated Management Log"), Log("Systems", "SL", "Security Log"),
                Log("Managers", "IEL", "iLO Event Log")]

    def make_image(self, version, target=None, size=65536):
        return image.raw(target or self.first_target, version, size)

    def oem_root(self, bmc):
        short = self.short_version(bmc)
        return {"Hpe": {"@odata.type": "#HpeiLOServiceExt.v2_3_0.HpeiLOServiceExt", "Manager": [
            {"DefaultLanguage": "en", "FQDN": f"ilo-{bmc.serial.lower()}.example", "ManagerType": "iLO 5",
             "ManagerFirmwareVersion": short, "Status": {"Health": "OK"}}]}}

    def oem_system(self, bmc):
        path = f"{V1}/Systems/1/Actions/Oem/Hpe"
        actions = {f"#{name}": {"target": f"{path}/{name}"}
                   for name in ("HpeComputerSystemExt.PowerButton", "HpeComputerSystemExt.SystemReset")}
        return {"Oem": {"Hpe": {"@odata.type": "#HpeComputerSystemExt.v2_9_0.HpeComputerSystemExt",
                                "PostState": "FinishedPost", "Actions": actions}}}

    def short_version(self, bmc):
        return bmc.main().read(bmc.knobs).split(" ")[0]

    def manager_version(self, bmc):
        return f"iLO 5 v{self.short_version(bmc)}"

    def update_service(self, bmc):
        state = bmc.state
        hpe = {"@odata.type": "#HpeiLOUpdateServiceExt.v2_2_0.HpeiLOUpdateServiceExt", "Accept3rdPartyFirmware": False,
               "DowngradePolicy": "AllowDowngrade", "State": "Updating" if bmc.knobs["busy"] else state["state"],
               "Actions": {"#HpeiLOUpdateServiceExt.AddFromUri": {"target": FROM_URI}},
               "Bundles": {"@odata.id": f"{SERVICE}/Bundles"},
               "Capabilities": {"AddFromUri": True, "UpdateFWPKG": True, "PLDMFirmwareUpdate": False}}
        if bmc.updating:
            bmc.watched()
        if state["percent"] is not None:
            hpe["FlashProgressPercent"] = state["percent"]
        if state["message"]:
            hpe["Result"] = {"MessageId": state["message"]}
        if bmc.knobs["no-pull"]:
            del hpe["Actions"]
        return {"HttpPushUri": UPLOAD, "Oem": {"Hpe": hpe},
                "Actions": {"#UpdateService.SimpleUpdate": {"target": SIMPLE}}}

    def routes(self):
        return [("POST", SIMPLE, simple_update), ("POST", FROM_URI, add_from_uri), ("POST", UPLOAD, upload),
                ("GET", "/xmldata", xmldata.answer)]

    def look_at(self, bmc, came):
        found = bmc.component(came.target)
        if came.kind != "fwpkg" or not found:
            return
        hpe = found.more["Oem"]["Hpe"]
        targets = [one.get("Target") for one in came.facts.get("Devices", {}).get("Device", [])]
        wanted = came.facts.get("DeviceClass")
        if wanted not in (None, hpe["DeviceClass"]) or any(one and one not in hpe["Targets"] for one in targets):
            raise Failed("NoTargetsDetermined", "The package is for another device.")

    def message_id(self, name):
        return f"iLO.2.14.{MESSAGES.get(name, 'UpdateFailed')}"

    def error(self, refused):
        info = {"MessageId": refused.message_id, "MessageArgs": []}
        return {"error": {"code": "iLO.0.10.ExtendedInfo", "message": "See @Message.ExtendedInfo for more information.",
                          "@Message.ExtendedInfo": [info]}}

    def done(self):
        return Response(200, {"error": {"code": "iLO.0.10.ExtendedInfo", "message": "See @Message.ExtendedInfo.",
                                        "@Message.ExtendedInfo": [{"MessageId": "Base.1.4.Success"}]}})

    def busy(self, bmc):
        return Refused(400, "iLO.2.14.UpdateInProgress", "An update is in progress.") if not bmc.knobs["busy"] else \
            super().busy(bmc)

    def settled(self, bmc, task, how):
        if how == "host":
            bmc.progress("Complete", 100, "iLO.2.14.SystemResetRequired")
        elif how == "manager":
            bmc.progress("Complete", 100, "iLO.2.14.ResetRequired")
        task.end("Completed")

    def task_words(self, bmc, task):
        words = super().task_words(bmc, task)
        del words["PercentComplete"]
        return words

    def accepted(self, bmc, task):
        response = self.done()
        if bmc.knobs["ilo-tasks"]:
            response.headers["Location"] = self.monitor_path(task.id)
        return response

    def related(self, component):
        return f"{V1}/Managers/1" if component.resets == "bmc" else f"{V1}/Systems/1"

    def package(self, bmc, version, target=None, **more):
        """A .fwpkg for a component of this very BMC."""
        found = bmc.component(target or self.first_target)
        hpe = found.more["Oem"]["Hpe"]
        return image.fwpkg(found.ident, version, guid=hpe["Targets"][0], device_class=hpe["DeviceClass"], **more)

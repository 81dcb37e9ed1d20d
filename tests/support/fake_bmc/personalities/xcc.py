"""Lenovo XCC: octets to /fwupdate after reserving it by HttpPushUriTargetsBusy; multipart; each excludes the other. Its
SimpleUpdate knows SFTP and TFTP; HTTPS if the knob xcc-https says so."""

from .. import image, update
from ..components import Component
from ..inventory import FIRMWARE, SERVICE, image_uri, push, push_form
from ..logs import Log
from ..messages import Refused, Response
from . import base

BUSY, TARGETS = "HttpPushUriTargetsBusy", "HttpPushUriTargets"
SIMPLE = f"{SERVICE}/Actions/UpdateService.SimpleUpdate"
BACKUP = f"{FIRMWARE}/BMC-Backup"


def patch(bmc, request):
    words = request.body.json()
    if set(words) - {BUSY, TARGETS}:
        raise Refused(400, "Base.1.8.PropertyUnknown", "Only the push targets can be changed.")
    targets = words.get(TARGETS, [])
    if not isinstance(targets, list) or len(targets) > 1:
        raise Refused(400, "Base.1.8.PropertyValueFormatError", "There is one target at most.")
    if any(not bmc.component_at(str(one)) for one in targets):
        raise Refused(400, "Base.1.8.PropertyValueNotInList", f"There is no target {targets[0]}.")
    if words.get(BUSY) is True and bmc.settings[BUSY]:
        raise bmc.kind.busy(bmc)
    bmc.settings.update(words)
    return Response(200, {"@odata.id": SERVICE, **bmc.settings})


def simple_update(bmc, request):
    """Only the backup may be named; what else an image is for it says itself."""
    words = request.body.json()
    uri, targets = image_uri(bmc, words, ("https",) if bmc.knobs["xcc-https"] else ()), words.get("Targets") or [None]
    if targets not in ([None], [BACKUP]):
        raise Refused(400, "Base.1.8.ActionParameterNotSupported", "No target but the backup.")
    bmc.reserve()
    return bmc.kind.accepted(bmc, bmc.begin(update.by_uri(bmc, uri), bmc.kind.pulled, target=targets[0]))


def push_octets(bmc, request):
    if not bmc.settings[BUSY]:
        raise Refused(400, "Base.1.8.GeneralError", f"Set {BUSY} first.")
    targets = bmc.settings[TARGETS]
    return push(bmc, request, target=targets[0] if targets else None)


def push_multipart(bmc, request):
    if bmc.settings[BUSY]:
        raise bmc.kind.busy(bmc)
    return push_form(bmc, request)


class Xcc(base.Kind):
    name, vendor, product, model = "xcc", "Lenovo", "XClarity Controller", "ThinkSystem SR650"
    session_limit = 16
    pulled = pushed = ("raw", "zip")
    first_target = "BMC-Primary"
    settings = {BUSY: False, TARGETS: []}

    def components(self):
        return [Component("BMC-Primary", "Firmware:BMC-Primary", "2.14"),
                Component("BMC-Backup", "Firmware:BMC-Backup", "1.90", "none", updateable=False),
                Component("UEFI", "Firmware:UEFI", "4.0a", "host", names=("BIOS",)),
                Component("Ob_1.1", "Firmware:Adapter", "11A-1.02", "host")]

    def logs(self):
        return [Log("Systems", "PlatformLog", "Platform Log"), Log("Managers", "AuditLog", "Audit Log")]

    def make_image(self, version, target=None, size=65536):
        return image.raw(target or self.first_target, version, size)

    def related(self, component):
        return f"{FIRMWARE}/{component.ident}"

    def update_service(self, bmc):
        busy = bmc.settings[BUSY] or bmc.updating or bool(bmc.knobs["busy"])
        fetches = ["SFTP", "TFTP", *(["HTTPS"] if bmc.knobs["xcc-https"] else [])]
        return {"HttpPushUri": "/fwupdate", "MultipartHttpPushUri": "/mfwupdate", BUSY: busy,
                TARGETS: bmc.settings[TARGETS], "Actions": {"#UpdateService.SimpleUpdate": {
                    "target": SIMPLE, "TransferProtocol@Redfish.AllowableValues": fetches,
                    "Targets@Redfish.AllowableValues": [BACKUP]}}}

    def routes(self):
        return [("POST", "/fwupdate", push_octets), ("POST", "/mfwupdate", push_multipart),
                ("POST", SIMPLE, simple_update), ("PATCH", SERVICE, patch)]

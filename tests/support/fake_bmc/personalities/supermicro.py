"""Supermicro X12 and later: an upload that is only looked at, then StartUpdate. A message's arguments name the task."""

from .. import image, update
from ..components import Component
from ..inventory import SERVICE, Reserved, parameters, pushable, receive_form
from ..logs import Log
from ..messages import Refused, Response
from ..services import V1
from . import base

UPLOAD = f"{SERVICE}/upload"
START = f"{SERVICE}/Actions/UpdateService.StartUpdate"


def look(bmc, request):
    """Only says whether there is a licence."""
    if bmc.knobs["unlicensed"]:
        raise Refused(405, "SMC.1.0.OemLicenseNotPassed", "Not licensed to perform this request.")
    raise Refused(405, "Base.1.8.OperationNotAllowed", "Not allowed.")


def upload(bmc, request):
    pushable(bmc, "no-multipart")
    if bmc.knobs["unlicensed"]:
        raise Refused(403, "SMC.1.0.OemLicenseNotPassed", "Not licensed to perform this request.")
    with Reserved(bmc):
        came, fields = receive_form(request)
        words = parameters(fields)
        targets = words.get("Targets") or []
        if words.get("@Redfish.OperationApplyTime") != "OnStartUpdateRequest" or len(targets) != 1:
            raise Refused(400, "Base.1.8.PropertyValueFormatError", "One target, and OnStartUpdateRequest.")
        task = bmc.begin(update.received(came), bmc.kind.pushed, "Verify", target=targets[0], apply="verify")
        return bmc.kind.accepted(bmc, task)


def start(bmc, request):
    with Reserved(bmc):
        if not bmc.verified:
            raise Refused(400, "SMC.1.0.OemFirmwareNotUploaded", "There is no verified image.")
        came, bmc.verified = bmc.verified, None
        return bmc.kind.accepted(bmc, bmc.begin(update.received(came), bmc.kind.pushed, "Update"))


class Supermicro(base.Kind):
    name, vendor, product, model = "supermicro", "SMCI", None, "X12DPi-N6"
    pushed = ("raw",)
    first_target = "BMC"

    def components(self):
        return [Component("BMC", "BMC Firmware", "01.01.52"),
                Component("BIOS", "BIOS", "1.4b", "host"),
                Component("CPLD_Motherboard", "CPLD", "F0.A0.99", "none", updateable=False)]

    def logs(self):
        return [Log("Systems", "Log1", "Health Event Log"), Log("Managers", "Log1", "Maintenance Event Log")]

    def make_image(self, version, target=None, size=65536):
        return image.raw(target or self.first_target, version, size)

    def update_service(self, bmc):
        return {"MultipartHttpPushUri": UPLOAD, "Actions": {"#UpdateService.StartUpdate": {"target": START}}}

    def routes(self):
        return [("GET", UPLOAD, look), ("POST", UPLOAD, upload), ("POST", START, start)]

    def busy(self, bmc):
        return Refused(503 if bmc.knobs["busy"] else 400, "SMC.1.0.OemFirmwareAlreadyInUpdateMode",
                       "The firmware is in update mode already.")

    def accepted(self, bmc, task):
        if bmc.knobs["no-task"]:
            return Response(202)
        info = {"MessageId": "SMC.1.0.OemSimpleupdateAcceptedMessage", "Severity": "Ok", "Resolution": "No resolution.",
                "Message": "The request was accepted.", "MessageArgs": [self.task_path(task.id)],
                "RelatedProperties": ["EnterUpdateMode_StatusCheck"]}
        return Response(202, {"Accepted": {"code": "Base.v1_4_0.Accepted", "Message": "Successfully Accepted Request.",
                                           "@Message.ExtendedInfo": [info]}})

    def related(self, component):
        return f"{V1}/Managers/1" if component.resets == "bmc" else f"{V1}/Systems/1/Bios"

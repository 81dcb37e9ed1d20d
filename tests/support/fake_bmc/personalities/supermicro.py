"""Supermicro X12 and later: an upload that is only looked at, then StartUpdate; SimpleUpdate with an address that has no
scheme. A message's arguments name the task."""

from .. import image, update
from ..components import Component
from ..inventory import SERVICE, Reserved, image_uri, parameters, protocols, pushable, receive_form
from ..logs import Log
from ..messages import Refused, Response
from ..services import V1
from . import base

UPLOAD = f"{SERVICE}/upload"
START = f"{SERVICE}/Actions/UpdateService.StartUpdate"
SIMPLE = f"{SERVICE}/Actions/UpdateService.SimpleUpdate"
SIMPLE_INFO = f"{SERVICE}/SimpleUpdateActionInfo"


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


def simple_info(bmc, request):
    protocol = {"Name": "TransferProtocol", "Required": True, "DataType": "String",
                "AllowableValues": ["FTP", *protocols(bmc)]}
    return {"@odata.id": SIMPLE_INFO, "@odata.type": "#ActionInfo.v1_1_2.ActionInfo", "Id": "SimpleUpdateActionInfo",
            "Name": "SimpleUpdate", "Parameters": [{"Name": "ImageURI", "Required": True, "DataType": "String"}, protocol,
                                                   {"Name": "Targets", "Required": True, "DataType": "StringArray"}]}


def simple_update(bmc, request):
    """Targets are the machine or its manager, not entries of the inventory."""
    if bmc.knobs["unlicensed"]:
        raise Refused(403, "SMC.1.0.OemLicenseNotPassed", "Not licensed to perform this request.")
    words = request.body.json()
    if "://" in str(words.get("ImageURI")) or not words.get("TransferProtocol"):
        raise Refused(400, "Base.1.8.ActionParameterValueFormatError", "An address without scheme, and a TransferProtocol.")
    uri, targets = image_uri(bmc, words), words.get("Targets")
    if targets not in ([f"{V1}/Managers/1"], [f"{V1}/Systems/1"]):
        raise Refused(400, "Base.1.8.PropertyValueNotInList", "One target: the manager or the system.")
    target = targets[0] if "Managers" in targets[0] else f"{V1}/Systems/1/Bios"
    bmc.reserve()
    return bmc.kind.accepted(bmc, bmc.begin(update.by_uri(bmc, uri), bmc.kind.pulled, target=target))


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
        return {"MultipartHttpPushUri": UPLOAD, "Actions": {
            "#UpdateService.StartUpdate": {"target": START},
            "#UpdateService.SimpleUpdate": {"target": SIMPLE, "@Redfish.ActionInfo": SIMPLE_INFO}}}

    def routes(self):
        return [("GET", UPLOAD, look), ("POST", UPLOAD, upload), ("POST", START, start),
                ("GET", SIMPLE_INFO, simple_info), ("POST", SIMPLE, simple_update)]

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

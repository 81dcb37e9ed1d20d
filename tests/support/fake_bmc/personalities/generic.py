"""A BMC as DMTF describes it: pull, multipart push, octet-stream push."""

from .. import image
from ..components import Component
from ..inventory import SERVICE, protocols, push, push_form, simple_update
from . import base

SIMPLE = f"{SERVICE}/Actions/UpdateService.SimpleUpdate"


def action_info(bmc, request):
    return {"@odata.id": f"{SERVICE}/SimpleUpdateActionInfo", "@odata.type": "#ActionInfo.v1_1_2.ActionInfo",
            "Id": "SimpleUpdateActionInfo", "Name": "Simple Update Action Info", "Parameters": [
                {"Name": "ImageURI", "Required": True, "DataType": "String"},
                {"Name": "TransferProtocol", "Required": False, "DataType": "String", "AllowableValues": protocols(bmc)},
                {"Name": "Targets", "Required": False, "DataType": "StringArray"}]}


class Generic(base.Kind):
    name, vendor, product, model = "generic", "Contoso", "Contoso BMC", "3500RX"
    pulled = pushed = base.ANY
    says_downloading = True

    def components(self):
        return [Component("BMC", "Contoso BMC Firmware", "1.2.0"),
                Component("Bios", "Contoso BIOS", "A43 v2.52 (10/29/2021)", "host", names=("BIOS",)), *base.awkward()]

    def make_image(self, version, target=None, size=65536):
        return image.raw(target or self.first_target, version, size)

    def update_service(self, bmc):
        return {"MultipartHttpPushUri": f"{SERVICE}/upload", "HttpPushUri": f"{SERVICE}/update", "Actions": {
            "#UpdateService.SimpleUpdate": {"target": SIMPLE, "TransferProtocol@Redfish.AllowableValues": protocols(bmc),
                                            "@Redfish.ActionInfo": f"{SERVICE}/SimpleUpdateActionInfo"}}}

    def routes(self):
        return [("GET", f"{SERVICE}/SimpleUpdateActionInfo", action_info), ("POST", SIMPLE, simple_update),
                ("POST", f"{SERVICE}/upload", push_form), ("POST", f"{SERVICE}/update", push)]

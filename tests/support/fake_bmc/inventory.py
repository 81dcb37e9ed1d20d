"""UpdateService, FirmwareInventory, and the ways in for images that several kinds share."""

import hashlib
import json
from urllib.parse import urlsplit

from . import image, multipart, update
from .messages import Refused, Response, as_header, retry_after
from .services import V1, link, paged

SERVICE = f"{V1}/UpdateService"
FIRMWARE = f"{SERVICE}/FirmwareInventory"


def update_service(bmc, request):
    words = {"@odata.id": SERVICE, "@odata.type": "#UpdateService.v1_8_1.UpdateService", "Id": "UpdateService",
             "Name": "Update Service", "ServiceEnabled": True, "Status": {"State": "Enabled", "Health": "OK"},
             "FirmwareInventory": link(FIRMWARE), "MaxImageSizeBytes": bmc.kind.most_bytes,
             **bmc.kind.update_service(bmc)}
    if bmc.knobs["no-push"]:
        words.pop("HttpPushUri", None)
    if bmc.knobs["no-push"] or bmc.knobs["no-multipart"]:
        words.pop("MultipartHttpPushUri", None)
    if bmc.knobs["no-pull"]:
        words.get("Actions", {}).pop("#UpdateService.SimpleUpdate", None)
    return {key: value for key, value in words.items() if value is not None}


def item(bmc, component):
    """An entry of the inventory."""
    ident = bmc.kind.item_id(component)
    words = {"@odata.id": f"{FIRMWARE}/{ident}", "@odata.type": "#SoftwareInventory.v1_3_0.SoftwareInventory",
             "Id": ident, "Name": component.name, "Version": component.read(bmc.knobs),
             "SoftwareId": component.software_id, "Updateable": component.updateable,
             "Status": {"State": "Enabled", "Health": "OK"}, "RelatedItem": [link(bmc.kind.related(component))],
             **component.more}
    return {key: value for key, value in words.items() if value is not None}


def firmware(bmc, request):
    whole = "$expand" in request.query and bmc.kind.expands and not bmc.knobs["no-expand"]
    members = [item(bmc, one) if whole else link(f"{FIRMWARE}/{bmc.kind.item_id(one)}") for one in bmc.components]
    members += [one if whole else link(one["@odata.id"]) for one in bmc.kind.more_items(bmc)]
    return Response(200, paged(request, FIRMWARE, "Firmware", "SoftwareInventoryCollection", members,
                               bmc.knobs["page-size"]), {"ETag": etag(bmc)})


def etag(bmc):
    told = "".join(f"{one.ident}{one.version}" for one in bmc.components)
    return f'"{hashlib.sha256(told.encode()).hexdigest()[:8]}"'


def firmware_item(bmc, request, ident):
    for component in bmc.components:
        if bmc.kind.item_id(component) == ident:
            return item(bmc, component)
    for one in bmc.kind.more_items(bmc):
        if one["Id"] == ident:
            return one
    raise Refused(404, "Base.1.8.ResourceMissingAtURI", f"There is no '{ident}'.")


# --- ways in

def image_uri(bmc, words, schemes=("http", "https")):
    """The URI to fetch from, by a SimpleUpdate's body."""
    uri = words.get("ImageURI")
    if not isinstance(uri, str) or not uri:
        raise Refused(400, "Base.1.8.ActionParameterMissing", "ImageURI is missing.")
    if "://" not in uri and words.get("TransferProtocol"):
        uri = f"{words['TransferProtocol'].lower()}://{uri}"
    scheme = urlsplit(uri).scheme
    if scheme not in schemes or scheme == "https" and bmc.knobs["fetch-plain-only"]:
        raise Refused(400, "Base.1.8.ActionParameterNotSupported", f"'{scheme}' is not supported.")
    return uri


def protocols(bmc):
    return ["HTTP"] if bmc.knobs["fetch-plain-only"] else ["HTTP", "HTTPS"]


def simple_update(bmc, request):
    if bmc.knobs["no-pull"]:
        raise Refused(404, "Base.1.8.ResourceMissingAtURI", "There is no such action.")
    words = request.body.json()
    uri, targets = image_uri(bmc, words), words.get("Targets") or [None]
    bmc.reserve()
    return bmc.kind.accepted(bmc, bmc.begin(update.by_uri(bmc, uri), bmc.kind.pulled, target=targets[0]))


def pushable(bmc, *knobs):
    if any(bmc.knobs[knob] for knob in ("no-push", *knobs)):
        raise Refused(404, "Base.1.8.ResourceMissingAtURI", "There is no such way in.")


def receive(body):
    """The image in a body of octets."""
    receiver = image.Receiver()
    while data := body.read(1 << 16):
        receiver.write(data)
    return receiver.finish()


def receive_form(request, files=("UpdateFile",)):
    """(image, {name: bytes}) of a multipart body."""
    mark = multipart.boundary(request.headers.get("Content-Type"))
    if not mark:
        raise Refused(415, "Base.1.8.GeneralError", "This takes multipart/form-data.")
    receiver = image.Receiver()
    try:
        fields = multipart.read(request.body, mark, lambda name, file: receiver if name in files else None)
    except ValueError as error:
        raise Refused(400, "Base.1.8.GeneralError", f"Malformed multipart body: {error}") from None
    if not any(name in fields for name in files):
        raise Refused(400, "Base.1.8.ActionParameterMissing", f"The part {files[0]} is missing.")
    return receiver.finish(), fields


def parameters(fields, name="UpdateParameters"):
    """The JSON part of a form; {} when there is none."""
    try:
        words = json.loads(fields.get(name) or b"{}")
    except ValueError:
        raise Refused(400, "Base.1.8.MalformedJSON", f"{name} is not JSON.") from None
    if not isinstance(words, dict):
        raise Refused(400, "Base.1.8.MalformedJSON", f"{name} is no JSON object.")
    return words


class Reserved:
    """Keeps the update service while an image comes in; gives it back when that goes wrong."""

    def __init__(self, bmc):
        self.bmc, self.boot = bmc, bmc.boot
        bmc.reserve()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind:
            self.bmc.release(self.boot)


def push(bmc, request, target=None, apply="immediate"):
    """Octets in the body."""
    pushable(bmc)
    with Reserved(bmc):
        came = receive(request.body)
        return bmc.kind.accepted(bmc, bmc.begin(update.received(came), bmc.kind.pushed, target=target, apply=apply))


def push_form(bmc, request):
    """As DMTF has it: UpdateParameters and UpdateFile."""
    pushable(bmc, "no-multipart")
    with Reserved(bmc):
        came, fields = receive_form(request)
        words = parameters(fields)
        target, apply = bmc.kind.choose(bmc, words)
        return bmc.kind.accepted(bmc, bmc.begin(update.received(came), bmc.kind.pushed, target=target, apply=apply))


def accepted_headers(bmc, location):
    return {"Location": location, **as_header(retry_after(bmc.knobs))}


ROUTES = [
    ("GET", SERVICE, update_service),
    ("GET", FIRMWARE, firmware),
    ("GET", FIRMWARE + "/([^/]+)", firmware_item),
]

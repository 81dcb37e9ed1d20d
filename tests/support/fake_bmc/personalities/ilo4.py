"""HPE iLO 4 by RIBCL over HTTP, and iLO 2 by RIBCL straight in the TLS socket."""

import random
import re

from .. import image, ribcl, xmldata
from ..components import Component
from ..inventory import receive_form
from ..logs import Log
from ..messages import Response
from . import base

REQUEST_LIMIT = 1 << 20
DECLARATION = re.compile(rb"\s*<\?xml[^>]*\?>\s*")


def ribcl_post(bmc, request):
    text = request.body.read(REQUEST_LIMIT).decode(errors="replace")
    secret = ribcl.user_of(text)
    if secret:
        request.credentials, request.secret = "ribcl", secret
    cookie = request.headers.get("Cookie", "").strip()
    return Response(200, ribcl.torn(ribcl.answer(bmc, text, lambda: bmc.uploads.pop(cookie, None))),
                    {"Content-Type": "text/xml"})


def upload(bmc, request):
    """Anybody may upload; what lies there does nothing before somebody with a password says so."""
    came, _ = receive_form(request, ("fwimgfile",))
    cookie = f"hp-iLO-Session={random.getrandbits(64):016x}"
    bmc.uploads[cookie] = came
    return Response(200, b"<html><body>OK</body></html>", {"Content-Type": "text/html", "Set-Cookie": f"  {cookie} "})


class Ilo4(base.Kind):
    name, vendor, product, model = "ilo4", "HP", "Integrated Lights-Out 4", "ProLiant DL380p Gen8"
    redfish = False
    key = "rsa"
    first_target = "1"
    defaults = {"no-pull": True}

    def components(self):
        return [Component("1", "iLO 4", "2.30", "bmc", names=("iLO", "BMC"))]

    def logs(self):
        return [Log("Systems", "IML", "Integrated Management Log"), Log("Managers", "IEL", "iLO 4 Event Log")]

    def make_image(self, version, target=None, size=65536):
        return image.raw(target or self.first_target, version, size)

    def routes(self):
        return [("GET", "/xmldata", xmldata.answer), ("POST", "/ribcl", ribcl_post),
                ("POST", "/cgi-bin/uploadRibclFiles", upload)]


class Ilo2(Ilo4):
    """No HTTP for RIBCL; the image comes inline. The XML declaration must come before the rest, on its own."""

    name, product, model = "ilo2", "Integrated Lights-Out 2", "ProLiant DL380 G6"

    def components(self):
        return [Component("1", "iLO 2", "2.20", "bmc", names=("iLO", "BMC"))]

    def routes(self):
        return [("GET", "/xmldata", xmldata.answer)]

    def raw(self, bmc, connection):
        alone = DECLARATION.fullmatch(connection.rfile.peek(1))  # one TLS record
        text, came = read_raw(connection.rfile) if alone else ("", None)
        secret = ribcl.user_of(text)
        bmc.note("request", secret, method="RIBCL", path="", credentials="ribcl" if secret else "none",
                 bytes_in=len(text), status=200, bytes_out=0, seconds=0, tls=connection.connection.version(), host=None,
                 **{"from": connection.client_address[0]})
        for document in ribcl.answer(bmc, text, lambda: came):
            connection.wfile.write(document.encode())
            connection.wfile.flush()


def read_raw(file):
    """(XML, image or None) of a request without HTTP."""
    text, came = b"", None
    while b"</RIBCL>" not in text and len(text) < REQUEST_LIMIT:
        byte = file.read(1)
        if not byte:
            break
        text += byte
        found = re.search(rb'IMAGE_LENGTH\s*=\s*"(\d+)"[^>]*>\s*$', text) if byte == b">" and came is None else None
        if found:
            came = inline(file, int(found.group(1)))
    return text.decode(errors="replace"), came


def inline(file, length):
    """The image right after its tag; line breaks before it do not count."""
    receiver = image.Receiver()
    first = file.read(1)
    while first in (b"\r", b"\n"):
        first = file.read(1)
    receiver.write(first)
    left = length - 1
    while left and (data := file.read(min(left, 1 << 16))):
        receiver.write(data)
        left -= len(data)
    return receiver.finish()

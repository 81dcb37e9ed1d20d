"""RIBCL as iLO 1 to 4 speak it: several XML documents in one answer, with the password in the request."""

import re
import time
import xml.etree.ElementTree as tree
from xml.sax.saxutils import quoteattr

from . import xmldata
from .failures import PoweredOff

DECLARATION = '<?xml version="1.0"?>\r\n'
VERSION = '"2.23"'
OK = (0, "No error")
LOGIN_FAILED = (0x5F, "Login failed.")
SYNTAX = (0x1, "Syntax error: Line #0: syntax error near \"\" in the line: \"\"")
FAILED = (0x3, "The firmware image file is not valid.")


def document(status, inner=""):
    """One document of an answer."""
    return (f'{DECLARATION}<RIBCL VERSION={VERSION}>\r\n<RESPONSE\r\n    STATUS="0x{status[0]:04X}"\r\n'
            f"    MESSAGE={apostrophes(status[1])}\r\n     />\r\n{inner}</RIBCL>\r\n")


def apostrophes(text):
    """As attribute between apostrophes, as iLOs have it."""
    return "'" + quoteattr(text)[1:-1].replace("'", "&apos;") + "'"


def parse(text):
    """(user, password, scope, mode, [(tag, attributes)]) of a request; a ValueError when it is none."""
    try:
        root = tree.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text))
        login = root.find("LOGIN")
        scope = login[0]
        return (login.get("USER_LOGIN"), login.get("PASSWORD"), scope.tag, scope.get("MODE"),
                [(one.tag, dict(one.attrib)) for one in scope])
    except (tree.ParseError, AttributeError, IndexError, TypeError):
        raise ValueError("no RIBCL") from None


def answer(bmc, text, given=None):
    """Yields the documents that answer a request. `given()`: the image that came for UPDATE_RIB_FIRMWARE, or None."""
    yield document(OK)
    if re.fullmatch(r"\s*<\?xml[^>]*\?>\s*<RIBCL [^>]*>\s*</RIBCL>\s*", text):
        return  # nothing is asked
    try:
        user, password, scope, mode, commands = parse(text)
    except ValueError:
        yield document(SYNTAX)
        return
    if not bmc.sessions.right(user, password):
        yield document(LOGIN_FAILED)
        return
    for tag, words in commands:
        yield document(OK)
        yield from command(bmc, scope, mode, tag, words, given)
    yield document(OK)


def command(bmc, scope, mode, tag, words, given):
    if tag == "GET_FW_VERSION":
        yield document(OK, firmware_version(bmc))
    elif tag == "GET_EVENT_LOG":
        yield document(OK, event_log(bmc, "IEL" if scope == "RIB_INFO" else "IML"))
    elif tag == "GET_PRODUCT_NAME":
        yield document(OK, f"<GET_PRODUCT_NAME>\r\n<PRODUCT_NAME VALUE ={quoteattr(bmc.kind.model)}/>\r\n"
                           "</GET_PRODUCT_NAME>\r\n")
    elif tag == "GET_HOST_POWER_STATUS":
        yield document(OK, '<GET_HOST_POWER\r\n    HOST_POWER="ON"\r\n/>\r\n')
    elif tag == "TPM_ENABLED":
        return
    elif mode != "write":
        yield document((0x1, f"{tag} is not supported, or wants MODE=\"write\"."))
    elif tag == "RESET_RIB":
        yield document(OK, "<INFORM>Integrated Lights-Out will reset at the end of the script.</INFORM>\r\n")
        bmc.restart_soon("asked")
    elif tag == "COLD_BOOT_SERVER" or tag == "RESET_SERVER":
        yield document(OK, "<INFORM>Server being reset.</INFORM>\r\n")
        bmc.host_reset()
    elif tag in ("UPDATE_RIB_FIRMWARE", "UPDATE_FIRMWARE"):
        yield from flash(bmc, given)
    else:
        yield document((0x1, f"Syntax error: Line #0: unknown tag {tag}."))


def flash(bmc, given):
    came = given() if given else None
    if not came:
        yield document((0x4, "No image was uploaded."))
        return
    if bmc.updating or bmc.knobs.take("busy"):
        yield document((0x57, "A firmware upgrade is already in progress."))
        return
    bmc.updating = True
    task = bmc.begin(lambda update: came, bmc.kind.pushed)
    last = -1
    try:
        while task.live:
            if task.percent >= 10 and task.percent != last:
                last = task.percent
                yield document(OK, f"<INFORM>Flashing is in progress: {last}% complete.</INFORM>\r\n")
            bmc.pause(0.01)
    except PoweredOff:
        return
    if task.state != "Completed":
        text = task.messages[-1]["Message"] if task.messages else FAILED[1]
        yield document((FAILED[0], text))
        return
    yield document(OK, "<INFORM>Firmware flash completed successfully.</INFORM>\r\n")


def firmware_version(bmc):
    return (f"<GET_FW_VERSION\r\n    FIRMWARE_VERSION = {quoteattr(xmldata.short(bmc))}\r\n"
            f'    FIRMWARE_DATE    = "Jun 12 2019"\r\n'
            f'    MANAGEMENT_PROCESSOR    = "iLO{bmc.kind.name[-1]}"\r\n    LICENSE_TYPE = "iLO Advanced"\r\n/>\r\n')


def event_log(bmc, name):
    log = next(one for one in bmc.logs if one.name == name)
    lines = []
    for one in log.listing():
        text = bmc.text(one.text).replace("\x1b", "").replace("\x14", "")  # XML cannot carry them
        lines.append(f"<EVENT\r\n    SEVERITY={quoteattr(SEVERITIES[one.severity])}\r\n    CLASS={quoteattr(one.kind)}\r\n"
                     f"    LAST_UPDATE=\"{local(one.updated)}\"\r\n    INITIAL_UPDATE=\"{local(one.created)}\"\r\n"
                     f'    COUNT="{one.count}"\r\n    DESCRIPTION={quoteattr(text)}\r\n/>\r\n')
    return f'<EVENT_LOG DESCRIPTION={quoteattr(log.title)}>\r\n{"".join(lines)}</EVENT_LOG>\r\n'


SEVERITIES = {"OK": "Informational", "Warning": "Caution", "Critical": "Critical"}


def local(seconds):
    return time.strftime("%m/%d/%Y %H:%M", time.gmtime(seconds))


def user_of(text):
    """user:password of a request, for the trace."""
    found = [re.search(rf'{name}\s*=\s*"([^"]*)"', text) for name in ("USER_LOGIN", "PASSWORD")]
    return ":".join(one.group(1) for one in found) if all(found) else None


def torn(documents):
    """The documents as pieces whose borders fall into tags and attributes. What is told meanwhile comes in one piece."""
    rest = b""
    for text in documents:
        if "<INFORM>" in text:
            if rest:
                yield rest
            rest = b""
            yield text.encode()
            continue
        data = rest + text.encode()
        at = data.rfind(b"<", 0, len(data) - 4) + 2
        yield data[:at]
        rest = data[at:]
    if rest:
        yield rest

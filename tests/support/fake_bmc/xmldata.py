"""/xmldata?item=all: what every iLO tells anybody."""

from xml.sax.saxutils import escape

from .messages import Refused, Response, public


@public
def answer(bmc, request):
    if bmc.knobs["no-xmldata"]:
        raise Refused(404, "Base.1.8.ResourceMissingAtURI", "There is no such page.")
    if request.query.get("item", "").lower() != "all":
        raise Refused(404, "Base.1.8.ResourceMissingAtURI", "Only item=all.")
    kind = bmc.kind
    text = (f'<?xml version="1.0"?>\r\n<RIMP>\r\n<HSI>\r\n<SBSN>{bmc.serial}      </SBSN>\r\n'
            f"<SPN>{escape(kind.model)}</SPN>\r\n"
            f"<UUID>{bmc.serial}</UUID>\r\n<SP>1</SP>\r\n<cUUID>{bmc.uuid.upper()}</cUUID>\r\n</HSI>\r\n"
            f"<MP>\r\n<ST>1</ST>\r\n<PN>{escape(pn(kind))}</PN>\r\n<FWRI>{escape(short(bmc))}</FWRI>\r\n"
            f"<HWRI>ASIC: 21</HWRI>\r\n<SN>ILO{bmc.serial}</SN>\r\n<UUID>ILO{bmc.serial}</UUID>\r\n</MP>\r\n</RIMP>\r\n")
    return Response(200, text.encode(), {"Content-Type": "text/xml"})


def pn(kind):
    generation = kind.name[-1]
    return f"Integrated Lights-Out {generation} (iLO {generation})"


def short(bmc):
    return bmc.main().read(bmc.knobs).split(" ")[0].replace("\x1b", "").replace("\x14", "")

"""Which path is answered by what: the tree that all kinds have in common, and what a kind adds."""

import re
import time

from . import inventory, services
from .messages import Refused, Response, retry_after

PUBLIC = re.compile(r"/redfish(/v1(/odata|/\$metadata)?)?|/xmldata|/")


class Tree:
    def __init__(self, bmc):
        self.bmc = bmc
        common = [*services.ROUTES, *inventory.ROUTES] if bmc.kind.redfish else []
        self.routes = [(method, re.compile(pattern), answer) for method, pattern, answer in [*bmc.kind.routes(), *common]]

    def answer(self, request):
        bmc = self.bmc
        fit = [(method, found, answer) for method, pattern, answer in self.routes
               if (found := pattern.fullmatch(request.path))]
        method = "GET" if request.method == "HEAD" else request.method
        if bmc.kind.redfish and not self.open(method, request, fit):
            if not request.authorized:
                raise Refused(401, "Base.1.8.NoValidSession", "There is no valid session established.",
                              WWW_Authenticate='Basic realm="BMC"')
            if time.monotonic() - bmc.booted_at < bmc.knobs.seconds("boot-seconds") and bmc.booted_at:
                raise Refused(503, "Base.1.8.ServiceTemporarilyUnavailable", "Starting.", **retry_after(bmc.knobs))
        for wanted, found, answer in fit:
            if wanted == method:
                return self.shown(answer(bmc, request, *found.groups()))
        if fit:
            raise Refused(405, "Base.1.8.OperationNotAllowed", "Not allowed.", Allow=", ".join({one for one, *_ in fit}))
        raise Refused(404, "Base.1.8.ResourceMissingAtURI", f"There is nothing at {request.path}.")

    def open(self, method, request, fit):
        """Whether one gets there without a login."""
        if method == "GET" and PUBLIC.fullmatch(request.path):
            return True
        return any(wanted == method and getattr(answer, "public", False) for wanted, _, answer in fit)

    def shown(self, response):
        if not isinstance(response, Response):
            response = Response(200, response)
        if isinstance(response.body, dict):
            response.headers.setdefault("OData-Version", "4.0")
            if self.bmc.kind.trailing_slash:
                response.body = slashed(response.body)
        return response


def slashed(part):
    """Links end in a slash, as in some iLOs."""
    if isinstance(part, dict):
        return {key: value.rstrip("/") + "/" if key == "@odata.id" else slashed(value) for key, value in part.items()}
    return [slashed(one) for one in part] if isinstance(part, list) else part


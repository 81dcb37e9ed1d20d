"""What the tests with fake BMCs share."""

import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
sys.dont_write_bytecode = True

from fake_bmc.process import FakeBmc  # noqa: E402  (the path had to come first)
from images import served  # noqa: E402
from plain_client import Plain  # noqa: E402

V1 = "/redfish/v1"
SERVICE = f"{V1}/UpdateService"
FIRMWARE = f"{SERVICE}/FirmwareInventory"
SIMPLE = f"{SERVICE}/Actions/UpdateService.SimpleUpdate"


class BmcTest(unittest.TestCase):
    def bmc(self, kind, **knobs):
        """A BMC for the rest of the test, and a client with Basic."""
        bmc = FakeBmc(kind, knobs={name.replace("_", "-"): value for name, value in knobs.items()}).start()
        self.addCleanup(bmc.stop)
        return bmc, Plain(bmc)

    def serve(self, *arguments, **how):
        """Serves files for the rest of the test."""
        context = served(*arguments, **how)
        url = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return url

    def pull(self, client, uri, **more):
        return client("POST", SIMPLE, {"ImageURI": uri, **more})

    def updated(self, bmc, version, target=None):
        """Until the double has the version and answers again; it was written once."""
        bmc.wait(lambda state: state["up"] and not state["updating"] and bmc.version(target) == version,
                 what=f"version {version}")
        self.assertEqual([one["version"] for one in bmc.flashes()], [version])

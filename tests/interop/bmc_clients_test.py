#!/usr/bin/env python3
"""Clients that know nothing of Soapstone update fake BMCs: so the double is not merely what our own driver expects.

python3-sushy, fwupdtool (package fwupd), python3-hpilo and python3-proliantutils, as Debian 12 has them. What a client
cannot do is said where it shows. `served` may be any function that serves files as `images.served` does.
"""

import json
import os
import subprocess
import tempfile
import threading
import unittest
import warnings
from pathlib import Path
from unittest import mock

from bmc_case import FIRMWARE, BmcTest

for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
    os.environ.pop(name, None)  # requests lets them override what its caller said
warnings.simplefilter("ignore")

import hpilo  # noqa: E402  (the environment had to be cleared first)
import sushy  # noqa: E402
import urllib3  # noqa: E402
from proliantutils.exception import IloError  # noqa: E402
from proliantutils.redfish.redfish import RedfishOperations  # noqa: E402

urllib3.disable_warnings()
LIMIT = 300  # seconds: on a busy machine everything takes long


class Sushy(BmcTest):
    """OpenStack's Redfish client. Its own TaskMonitor takes a task for done while it runs and stumbles over Retry-After,
    so the test waits itself."""

    def client(self, bmc, password=None):
        return sushy.Sushy(bmc.url, bmc.user, password or bmc.password, verify=False)

    def firmware(self, client):
        return {one.identity: one.version for one in client.get_update_service().firmware_inventory.get_members()}

    def test_it_logs_in_reads_the_inventory_and_pulls(self):
        for kind, ident, target in (("generic", "BMC", f"{FIRMWARE}/BMC"),
                                    ("idrac", "Installed-25227-7.5__iDRAC.Embedded.1-1", None)):
            with self.subTest(kind):
                bmc, _ = self.bmc(kind)
                client = self.client(bmc)
                before = self.firmware(client)
                url = self.serve({"bmc.bin": bmc.image("7.5", size=500_000)})
                client.get_update_service().simple_update(url("bmc.bin"), targets=[target] if target else None)
                self.updated(bmc, "7.5")
                after = self.firmware(self.client(bmc))
                self.assertEqual((after[ident], before.get(ident)), ("7.5", "1.2.0" if kind == "generic" else None))
                self.assertEqual([method for method, *_ in url.seen], ["GET"])

    def test_it_reads_managers_and_systems_of_every_kind(self):
        for kind in ("generic", "ilo5", "openbmc", "idrac", "xcc", "supermicro"):
            with self.subTest(kind):
                bmc, _ = self.bmc(kind)
                client = self.client(bmc)
                self.assertTrue(client.get_manager_collection().get_members()[0].firmware_version)
                self.assertEqual(client.get_system_collection().get_members()[0].uuid.lower(), client.uuid.lower())
                if kind != "openbmc":  # sushy wants every UpdateService to have actions
                    self.assertTrue(self.firmware(client))
                self.assertIn("token", {one["credentials"] for one in bmc.requests()})

    def test_a_wrong_password(self):
        bmc, _ = self.bmc("generic")
        with self.assertRaises(sushy.exceptions.AccessError):
            self.client(bmc, "wrong").get_system_collection()


class Fwupd(BmcTest):
    """fwupd's plugin for Redfish: HPE's form, Dell's multipart, Supermicro's two steps. Its plugin for the older
    HttpPushUri fails in this version before it asks anything, and it reads a task monitor as if it were a task."""

    SLOW = {"restart_delay": 3000, "flash_seconds": 300}  # it asks once a second, and must see the task

    def run_tool(self, bmc, *words):
        folder = tempfile.TemporaryDirectory(prefix="fwupd-")
        self.addCleanup(folder.cleanup)
        configuration = Path(folder.name) / "etc" / "fwupd" / "fwupd.conf"
        configuration.parent.mkdir(parents=True)
        configuration.touch(0o600)
        configuration.write_text(f"[fwupd]\n[redfish]\nUri={bmc.url}\nUsername={bmc.user}\nPassword={bmc.password}\n"
                                 "CACheck=false\n")
        environment = {**os.environ, "FWUPD_SYSCONFDIR": f"{folder.name}/etc", "FWUPD_LOCALSTATEDIR": f"{folder.name}/var",
                       "CACHE_DIRECTORY": f"{folder.name}/cache"}
        return subprocess.run(["fwupdtool", "--plugins", "redfish", *words], env=environment, capture_output=True,
                              text=True, timeout=LIMIT, stdin=subprocess.DEVNULL)

    def devices(self, bmc):
        done = self.run_tool(bmc, "get-devices", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return {one["Name"]: one for one in json.loads(done.stdout)["Devices"]}

    def install(self, bmc, device, image):
        ident = self.devices(bmc)[device]["DeviceId"]
        with tempfile.NamedTemporaryFile(prefix="image-") as file:
            file.write(image)
            file.flush()
            return self.run_tool(bmc, "install-blob", file.name, ident, "--force")

    def test_hpe(self):
        bmc, _ = self.bmc("ilo5", **self.SLOW)
        done = self.install(bmc, "iLO 5", bmc.image("2.78"))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(bmc.requests("POST", "/cgi-bin/uploadFile")[0]["status"], 200)
        self.updated(bmc, "2.78")

    def test_dell(self):
        bmc, _ = self.bmc("idrac", **self.SLOW)
        device = "Integrated Dell Remote Access Controller"
        done = self.install(bmc, device, bmc.image("7.00.00.171"))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.updated(bmc, "7.00.00.171")
        self.assertEqual(self.devices(bmc)[device]["Version"], "7.00.00.171")

    def test_supermicro(self):
        bmc, _ = self.bmc("supermicro", no_restart=True, **self.SLOW)
        done = self.install(bmc, "BIOS", bmc.image("2.0", "BIOS"))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.updated(bmc, "2.0", "BIOS")

    def test_supermicro_says_that_the_host_must_be_reset(self):
        bmc, _ = self.bmc("supermicro", **self.SLOW)
        done = self.install(bmc, "BIOS", bmc.image("2.0", "BIOS"))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("Waiting for a reset of the host", done.stdout + done.stderr)
        self.assertEqual((bmc.version("BIOS"), len(bmc.flashes())), ("1.4b", 1))

    def test_a_bad_signature(self):
        bmc, _ = self.bmc("idrac", bad_signature=True)
        done = self.install(bmc, "BIOS", bmc.image("2.19.1", "BIOS"))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("The signature of the image is not valid", done.stdout + done.stderr)
        state = bmc.state()
        self.assertEqual([task["state"] for task in state["tasks"].values()], ["Exception"])
        self.assertEqual((bmc.version("BIOS"), bmc.flashes(), state["updating"]), ("2.8.1", [], False))

    def test_awkward_versions_are_read(self):
        bmc, _ = self.bmc("generic")
        versions = {name: one.get("Version") for name, one in self.devices(bmc).items()}
        self.assertEqual((versions["BIOS"], versions["BMC Firmware"], versions["Disk"]), ("2.52", "1.2.0", "fd.88"))


class Hpilo(BmcTest):
    """python-hpilo speaks RIBCL as real iLOs taught it."""

    def client(self, bmc, password=None):
        return hpilo.Ilo(bmc.address, bmc.user, password or bmc.password, port=bmc.port, timeout=60)

    def test_it_updates_by_http_and_by_raw_xml(self):
        for kind, old, new in (("ilo4", 2.30, "2.82"), ("ilo2", 2.20, "2.33")):
            with self.subTest(kind), tempfile.NamedTemporaryFile(suffix=".bin") as file:
                bmc, _ = self.bmc(kind)
                client = self.client(bmc)
                self.assertEqual(float(client.get_fw_version()["firmware_version"]), old)
                self.assertEqual(client.protocol, hpilo.ILO_HTTP if kind == "ilo4" else hpilo.ILO_RAW)
                file.write(bmc.image(new, size=200_000))
                file.flush()
                said = []
                client.update_rib_firmware(file.name, progress=said.append)
                self.assertTrue([line for line in said if "Sending request" in line], said)
                self.assertTrue([line for line in said if "Flashing is in progress" in line], said)
                self.updated(bmc, new)
                self.assertEqual(self.client(bmc).get_fw_version()["firmware_version"], new)

    def test_it_discovers_and_reads_both_logs(self):
        bmc, _ = self.bmc("ilo4")
        client = self.client(bmc)
        bmc.do("add-log", log="IML", message="POST Error: 1785 <&\"'> drive", severity="Critical")
        bmc.do("touch-log")
        self.assertEqual(len(client.get_ilo_event_log()), 60)
        last = client.get_server_event_log()[-1]
        self.assertEqual((last["description"], last["severity"], last["count"]),
                         ("POST Error: 1785 <&\"'> drive", "Critical", 2))
        self.assertEqual(client.get_product_name(), "ProLiant DL380p Gen8")

    def test_a_wrong_password_and_a_bad_signature(self):
        bmc, _ = self.bmc("ilo4", bad_signature=True)
        with self.assertRaises(hpilo.IloLoginFailed):
            self.client(bmc, "wrong").get_fw_version()
        with tempfile.NamedTemporaryFile(suffix=".bin") as file:
            file.write(bmc.image("2.82"))
            file.flush()
            with self.assertRaisesRegex(hpilo.IloError, "signature"):
                self.client(bmc).update_rib_firmware(file.name)
        self.assertEqual((bmc.version(), bmc.flashes()), ("2.30", []))

    def test_it_resets_the_ilo(self):
        bmc, _ = self.bmc("ilo4")
        self.client(bmc).reset_rib()
        bmc.wait(lambda state: bmc.trace("up"), LIMIT)


class Proliantutils(BmcTest):
    """HPE's own library, here over Redfish. (Its upload by RIBCL does not work with Python 3.11.)"""

    def client(self, bmc):
        quick = mock.patch("proliantutils.ilo.common.time.sleep", lambda seconds: threading.Event().wait(seconds / 200))
        quick.start()
        self.addCleanup(quick.stop)
        return RedfishOperations(bmc.host, bmc.user, bmc.password)

    def test_it_updates_by_pull(self):
        bmc, _ = self.bmc("ilo5")
        url = self.serve({"ilo5_278.bin": bmc.image("2.78")})
        self.client(bmc).update_firmware(url("ilo5_278.bin"), "ilo")
        self.assertIn("2.78", [one["version"] for one in bmc.flashes()])
        self.updated(bmc, "2.78")

    def test_what_cannot_be_fetched_or_is_not_signed_fails(self):
        bmc, _ = self.bmc("ilo5")
        url = self.serve({"ilo5_278.bin": bmc.image("2.78")})
        with self.assertRaisesRegex(IloError, "Unable to update firmware"):
            self.client(bmc).update_firmware(url("nothing.bin"), "ilo")
        bmc.knob("bad-signature")
        with self.assertRaisesRegex(IloError, "Unable to update firmware"):
            self.client(bmc).update_firmware(url("ilo5_278.bin"), "ilo")
        self.assertEqual((bmc.version(), bmc.flashes()), ("2.14 Feb 11 2020", []))


if __name__ == "__main__":
    unittest.main(warnings="ignore")

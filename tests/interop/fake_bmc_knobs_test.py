#!/usr/bin/env python3
"""Each knob of the BMC test double but those about fetching shows its effect to a plain client."""

import base64
import http.client
import socket
import ssl
import time
import unittest
from pathlib import Path

from bmc_case import FIRMWARE, SERVICE, V1, BmcTest, Plain
from fake_bmc.knobs import KNOBS

PUSH = f"{SERVICE}/update"
CUT = (OSError, http.client.HTTPException)


class Outcomes(BmcTest):
    """How an update goes."""

    def push(self, version="2.0", target=None, **knobs):
        """Sends an image to a BMC with these knobs; returns BMC, client and the task's path."""
        bmc, client = self.bmc("generic", **knobs)
        answer = client("POST", PUSH, bmc.image(version, target))
        self.assertEqual(answer.status, 202)
        return bmc, client, answer.json["@odata.id"]

    def test_bad_signature(self):
        bmc, client, path = self.push(bad_signature=True)
        task = client.task(path)
        self.assertEqual((task["TaskState"], task["TaskStatus"]), ("Exception", "Critical"))
        self.assertIn("signature", task["Messages"][-1]["Message"])
        self.assertEqual(client.get(f"{FIRMWARE}/BMC")["Version"], "1.2.0")
        self.assertEqual(bmc.trace("flash-begins"), [])

    def test_fails_silently(self):
        _, client, path = self.push(bad_signature=True, fails_silently=True)
        self.assertEqual((client.task(path)["TaskState"], client.task(path)["Messages"]), ("Exception", []))

    def test_never_finishes(self):
        bmc, client, path = self.push(never_finishes=True)
        client.until(path, lambda one: one.json["PercentComplete"] >= 50)
        time.sleep(0.6)
        task = client.get(path)
        self.assertEqual((task["TaskState"], task["PercentComplete"] <= 60), ("Running", True))
        self.assertEqual(client("POST", PUSH, b"x").status, 503)
        bmc.knob("never-finishes", False)
        self.updated(bmc, "2.0")

    def test_keeps_version(self):
        bmc, client, path = self.push(keeps_version=True)
        self.assertEqual(client.task(path)["TaskState"], "Completed")
        self.assertEqual((bmc.version(), client.get(f"{FIRMWARE}/BMC")["Version"]), ("1.2.0", "1.2.0"))

    def test_installs_version(self):
        bmc, client, _ = self.push(installs_version="v2.0 (build 7)")
        bmc.wait(lambda state: bmc.trace("up"))
        self.assertEqual(client.get(f"{FIRMWARE}/BMC")["Version"], "v2.0 (build 7)")

    def test_needs_reset(self):
        bmc, client, path = self.push(needs_reset=True)
        task = client.task(path)
        self.assertIn("ResetRequired", task["Messages"][-1]["MessageId"])
        time.sleep(0.3)
        self.assertEqual((bmc.version(), bmc.trace("restart")), ("1.2.0", []))
        client("POST", f"{V1}/Managers/1/Actions/Manager.Reset", {"ResetType": "ForceRestart"})
        self.updated(bmc, "2.0")

    def test_host_reboot(self):
        bmc, client, path = self.push(host_reboot=True)
        self.assertEqual(client.task(path)["TaskState"], "Scheduled")
        bmc.do("host-reset")
        self.updated(bmc, "2.0")

    def test_no_restart(self):
        bmc, client, path = self.push(no_restart=True)
        self.assertEqual(client.task(path)["TaskState"], "Completed")
        self.updated(bmc, "2.0")
        self.assertEqual(bmc.trace("restart"), [])

    def test_the_restart_refuses_and_forgets(self):
        bmc, client = self.bmc("generic", restart_seconds=300)
        client.log_in()
        path = client("POST", PUSH, bmc.image("2.0")).json["@odata.id"]
        bmc.wait(lambda state: not state["up"])
        time.sleep(0.1)
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection((bmc.address, bmc.port))
        bmc.wait(lambda state: state["up"] and bmc.trace("up"))
        self.assertEqual(client("GET", path).status, 401)
        client.token = None
        self.assertEqual(client("GET", path).status, 404)

    def test_stays_down(self):
        bmc, client, _ = self.push(stays_down=True)
        bmc.wait(lambda state: not state["up"])
        time.sleep(1)
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection((bmc.address, bmc.port))

    def test_new_key(self):
        bmc, client, _ = self.push(new_key=True)
        self.updated(bmc, "2.0")
        bmc.wait(lambda state: state["pin"] != bmc.pin)
        self.assertEqual(client.get(f"{FIRMWARE}/BMC")["Version"], "2.0")

    def test_boot_seconds(self):
        bmc, client, _ = self.push(boot_seconds=400)
        bmc.wait(lambda state: bmc.trace("up"))
        self.assertEqual((client("GET", FIRMWARE).status, client("GET", V1).status), (503, 200))
        client.until(FIRMWARE, lambda one: one.status == 200)

    def test_flapping(self):
        bmc, client, _ = self.push(flapping=4)
        bmc.wait(lambda state: bmc.trace("up"))
        seen = [client.get(f"{FIRMWARE}/BMC")["Version"] for _ in range(7)]
        self.assertEqual(seen, ["2.0", "1.2.0"] * 2 + ["2.0"] * 3)

    def test_rolls_back(self):
        bmc, client, _ = self.push(rolls_back=2)
        bmc.wait(lambda state: bmc.trace("up"))
        self.assertEqual([client.get(f"{FIRMWARE}/BMC")["Version"] for _ in range(4)], ["2.0", "2.0", "1.2.0", "1.2.0"])

    def test_restarts_unasked(self):
        bmc, client, path = self.push(restarts_unasked=2, flash_seconds=600)
        for _ in range(2):
            try:
                client("GET", path)
            except CUT:
                pass
        bmc.wait(lambda state: bmc.trace("up"))
        self.assertEqual((bmc.version(), bmc.flashes(), bmc.trace("restart")[0]["why"]), ("1.2.0", [], "unasked"))

    def test_no_task(self):
        bmc, client = self.bmc("generic", no_task=True)
        answer = client("POST", PUSH, bmc.image("2.0"))
        self.assertEqual((answer.status, answer.headers["Location"], answer.data), (204, None, b""))
        self.updated(bmc, "2.0")

    def test_monitor_404_and_task_404(self):
        bmc, client = self.bmc("generic", monitor_404=True)
        answer = client("POST", PUSH, bmc.image("2.0"))
        path = answer.json["@odata.id"]
        self.assertEqual((client("GET", answer.headers["Location"]).status, client("GET", path).status), (404, 200))
        bmc.knob("task-404")
        self.assertEqual(client("GET", path).status, 404)

    def test_task_completed(self):
        bmc, client, path = self.push(task_completed=True, bad_signature=True)
        task = client.task(path)
        self.assertEqual((task["TaskState"], task["PercentComplete"], bmc.version()), ("Completed", 100, "1.2.0"))
        bmc.wait(lambda state: not state["updating"])
        self.assertEqual(client.task(path)["TaskState"], "Completed")


class BusyAndSessions(BmcTest):
    def test_busy_with_every_kind_of_retry_after(self):
        bmc, client = self.bmc("generic", busy=3, retry_after="7")
        self.assertEqual(client("POST", PUSH, b"x").headers["Retry-After"], "7")
        bmc.knob("retry-after", "date")
        self.assertIn("GMT", client("POST", PUSH, b"x").headers["Retry-After"])
        bmc.knob("retry-after", "none")
        answer = client("POST", PUSH, b"x")
        self.assertEqual((answer.status, answer.headers["Retry-After"]), (503, None))
        self.assertEqual(client("POST", PUSH, bmc.image("2.0")).status, 202)
        self.updated(bmc, "2.0")

    def test_busy_is_shown_where_the_kind_has_a_word_for_it(self):
        _, client = self.bmc("ilo5", busy=-1)
        self.assertEqual(client.get(SERVICE)["Oem"]["Hpe"]["State"], "Updating")
        _, client = self.bmc("xcc", busy=-1)
        self.assertTrue(client.get(SERVICE)["HttpPushUriTargetsBusy"])

    def test_session_limit(self):
        bmc, client = self.bmc("generic", session_limit=2)
        self.assertEqual([client.log_in().status for _ in range(3)], [201, 201, 503])
        self.assertIn("SessionLimitExceeded", client.log_in().data.decode())
        client.token = None
        sessions = client.get(f"{V1}/SessionService/Sessions")["Members"]
        self.assertEqual(client("DELETE", sessions[0]["@odata.id"]).status, 204)
        self.assertEqual(client.log_in().status, 201)

    def test_no_sessions_and_no_basic(self):
        bmc, client = self.bmc("generic", no_sessions=True)
        self.assertNotIn("SessionService", client.get(V1))
        self.assertEqual(client.log_in().status, 404)
        bmc.knob("no-basic")
        self.assertEqual(client("GET", SERVICE).status, 401)

    def test_expire_after(self):
        bmc, client = self.bmc("generic", expire_after=2, flash_seconds=400)
        client.log_in()
        path = client("POST", PUSH, bmc.image("2.0")).json["@odata.id"]
        self.assertEqual([client("GET", path).status for _ in range(3)], [200, 401, 401])
        client.token = None
        client.log_in()
        self.assertEqual(client("GET", path).status, 200)

    def test_wrong_password(self):
        bmc, client = self.bmc("generic")
        self.assertEqual(Plain(bmc, password="wrong")("GET", SERVICE).status, 401)
        self.assertEqual(Plain(bmc, password="wrong").log_in().status, 401)
        bmc.knob("wrong-password")
        self.assertEqual((client("GET", SERVICE).status, client.log_in().status), (401, 401))

    def test_delay(self):
        _, client = self.bmc("generic", delay=0.7)
        began = time.monotonic()
        client.get(V1)
        self.assertGreater(time.monotonic() - began, 0.6)


class Hostile(BmcTest):
    def hostile(self, kind, path="/UpdateService/?$", **knobs):
        return self.bmc("generic", hostile=kind, hostile_path=path, **knobs)

    def test_bodies_that_are_no_json(self):
        for kind in ("malformed", "html"):
            _, client = self.hostile(kind)
            with self.assertRaises(ValueError):
                client.get(SERVICE)
            self.assertIn("Systems", client.get(V1))

    def test_truncated(self):
        _, client = self.hostile("truncated")
        with self.assertRaises(http.client.IncompleteRead):
            client.get(SERVICE)

    def test_huge_and_deep(self):
        _, client = self.hostile("huge")
        self.assertGreater(len(client("GET", SERVICE).data), 10_000_000)
        _, client = self.hostile("deep")
        with self.assertRaises(RecursionError):
            client.get(SERVICE)

    def test_slow_ones(self):
        for kind in ("slowloris", "stall"):
            _, client = self.hostile(kind)
            with self.assertRaises(OSError):
                client("GET", SERVICE, timeout=2) if kind == "stall" else self.watch(client)

    def watch(self, client):
        """Reads two bytes and no third within a second."""
        login = base64.b64encode(f"{client.user}:{client.password}".encode()).decode()
        request = f"GET {SERVICE} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {login}\r\n\r\n"
        host, port = client.url[8:].split(":")
        with ssl._create_unverified_context().wrap_socket(socket.create_connection((host, int(port)), 3)) as line:
            line.sendall(request.encode())
            data = b""
            while data.partition(b"\r\n\r\n")[2] == b"":
                data += line.recv(1)
            line.settimeout(0.5)
            line.recv(1)

    def test_redirect(self):
        for where in ("file:///etc/passwd", "https://other.example/redfish/v1"):
            _, client = self.hostile("redirect", redirect_to=where)
            answer = client("GET", SERVICE)
            self.assertEqual((answer.status, answer.headers["Location"]), (302, where))

    def test_foreign_links(self):
        _, client = self.hostile("foreign-links", "/redfish/v1/?$", redirect_to="https://10.0.0.1/x")
        self.assertEqual(client.get(V1)["UpdateService"]["@odata.id"], "https://10.0.0.1/x")

    def test_loop_many_and_wrong_types(self):
        _, client = self.hostile("loop", "/FirmwareInventory/?$")
        self.assertEqual(client.get(FIRMWARE)["Members@odata.nextLink"], FIRMWARE)
        _, client = self.hostile("many", "/FirmwareInventory/?$")
        self.assertEqual(len(client.get(FIRMWARE)["Members"]), 20000)
        _, client = self.hostile("wrong-types", "/FirmwareInventory/BMC$")
        self.assertEqual(client.get(f"{FIRMWARE}/BMC")["Version"], 17)

    def test_header_flood(self):
        _, client = self.hostile("header-flood")
        with self.assertRaises(http.client.HTTPException):
            client.get(SERVICE)

    def test_only_so_often(self):
        _, client = self.hostile("html", hostile_times=2)
        self.assertEqual([client("GET", SERVICE).data[:1] for _ in range(3)], [b"<", b"<", b"{"])

    def test_control_characters(self):
        _, client = self.bmc("generic", control_characters=True)
        self.assertIn("\x1b[2J", client.get(f"{FIRMWARE}/Bios")["Version"])
        entries = client.get(f"{V1}/Systems/1/LogServices/SEL/Entries")["Members"]
        self.assertIn("\r\nforged", entries[0]["Message"])

    def test_legacy_tls(self):
        for how, version in (("tls1.0", "TLSv1"), ("tls1.1", "TLSv1.1"), ("dh1024", "TLSv1.2")):
            with self.subTest(how):
                bmc, _ = self.bmc("ilo4", legacy_tls=how)
                with self.assertRaises(OSError):
                    ssl._create_unverified_context().wrap_socket(socket.create_connection((bmc.address, bmc.port)))
                for _ in range(100):  # it is told after the client was
                    if bmc.trace("handshake"):
                        break
                    time.sleep(0.05)
                self.assertEqual(len(bmc.trace("handshake")), 1)
                context = ssl._create_unverified_context()
                context.set_ciphers("DEFAULT@SECLEVEL=0")
                context.minimum_version = ssl.TLSVersion.TLSv1
                with context.wrap_socket(socket.create_connection((bmc.address, bmc.port))) as line:
                    self.assertEqual(line.version(), version)

    def test_no_xmldata(self):
        bmc, client = self.bmc("ilo2", no_xmldata=True)
        self.assertEqual(client("GET", "/xmldata?item=all").status, 404)


class Logs(BmcTest):
    def test_pages_and_entries_that_change_in_place(self):
        bmc, client = self.bmc("ilo5", page_size=25)
        path, found = f"{V1}/Systems/1/LogServices/IML/Entries", []
        while path:
            page = client.get(path)
            found += page["Members"]
            path = page.get("Members@odata.nextLink")
        self.assertEqual((len(found), page["Members@odata.count"], len({one["Id"] for one in found})), (60, 60, 60))
        bmc.do("touch-log")
        again = client.get(found[-1]["@odata.id"])
        self.assertEqual((again["Oem"]["Hpe"]["Count"], again["Id"]), (2, found[-1]["Id"]))
        bmc.do("add-log", log="IML", message="new one", severity="Warning")
        self.assertEqual(client.get(f"{V1}/Systems/1/LogServices/IML/Entries?$skip=60")["Members"][0]["Message"], "new one")

    def test_expand(self):
        bmc, client = self.bmc("generic")
        self.assertIn("Version", client.get(f"{FIRMWARE}?$expand=.")["Members"][0])
        bmc.knob("no-expand")
        self.assertEqual(list(client.get(f"{FIRMWARE}?$expand=.")["Members"][0]), ["@odata.id"])


class Manual(unittest.TestCase):
    def test_it_has_every_knob_and_each_is_tried(self):
        folder = Path(__file__).resolve().parent
        manual = (folder.parent / "support" / "fake_bmc" / "README.md").read_text()
        tests = "".join((folder / f"fake_bmc{name}_test.py").read_text() for name in ("", "_knobs", "_fetching"))
        for name in KNOBS:
            self.assertIn(f"| `{name}` |", manual)
            if name not in NOT_TRIED:
                self.assertRegex(tests, rf"\b{name.replace('-', '[-_]')}\b", name)


NOT_TRIED = ("scale", "verify-seconds", "restart-delay", "fetch-delay", "ilo-tasks")

if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""The BMC test double tries itself: every kind takes its update by every way in, as a plain client does it."""

import hashlib
import json
import socket
import ssl
import tempfile
import unittest
from pathlib import Path

from bmc_case import FIRMWARE, SERVICE, V1, BmcTest, FakeBmc, Plain
from fake_bmc import image

FROM_URI = f"{SERVICE}/Actions/Oem/Hpe/HpeiLOUpdateServiceExt.AddFromUri"


class Generic(BmcTest):
    def test_it_pulls(self):
        bmc, client = self.bmc("generic")
        url = self.serve({"bmc 2.bin": bmc.image("2.0", size=3_000_000)})
        answer = self.pull(client, url("bmc%202.bin"))
        self.assertEqual(answer.status, 202)
        self.assertIn("TaskMonitors", answer.headers["Location"])
        self.updated(bmc, "2.0")
        self.assertEqual(client.get(f"{FIRMWARE}/BMC")["Version"], "2.0")
        self.assertEqual([(one["status"], one["bytes"]) for one in bmc.fetches()],
                         [(200, len(bmc.image("2.0", size=3_000_000)))])

    def test_it_takes_forms_and_octets(self):
        bmc, client = self.bmc("generic")
        service = client.get(SERVICE)
        answer = client.push_form(service["MultipartHttpPushUri"], bmc.image("2.1"), {"Targets": [f"{FIRMWARE}/BMC"]})
        self.assertEqual(answer.status, 202)
        self.updated(bmc, "2.1")
        bmc.process.forget_trace()
        self.assertEqual(client("POST", service["HttpPushUri"], bmc.image("2.2")).status, 202)
        self.updated(bmc, "2.2")

    def test_a_form_with_anything_in_it_arrives_whole(self):
        bmc, client = self.bmc("generic")
        content = b"\r\n--" * 30000 + b"\r\n-------" + bytes(range(256)) * 500
        raw = image.raw("BMC", "2.3", 0)
        words = json.loads(raw) | {"sha256": hashlib.sha256(content).hexdigest()}
        client.push_form(f"{SERVICE}/upload", json.dumps(words).encode() + b"\n" + content, {})
        self.updated(bmc, "2.3")

    def test_it_takes_every_container(self):
        bmc, client = self.bmc("generic")
        for number, make in enumerate((image.fwpkg, image.dell_package, image.openbmc_tar, image.pldm)):
            bmc.process.forget_trace()
            client("POST", f"{SERVICE}/update", make("BMC", f"3.{number}"))
            self.updated(bmc, f"3.{number}")

    def test_a_part_of_the_host_waits_for_the_host(self):
        bmc, client = self.bmc("generic")
        answer = client("POST", f"{SERVICE}/update", bmc.image("A43 v2.60 (01/01/2022)", "Bios"))
        task = client.task(answer.json["@odata.id"])
        self.assertEqual((task["TaskState"], bmc.version("BIOS")), ("Scheduled", "A43 v2.52 (10/29/2021)"))
        client("POST", f"{V1}/Systems/1/Actions/ComputerSystem.Reset", {"ResetType": "ForceRestart"})
        self.updated(bmc, "A43 v2.60 (01/01/2022)", "BIOS")
        self.assertEqual(client.task(answer.json["@odata.id"])["TaskState"], "Completed")

    def test_a_spoilt_image_is_found_out(self):
        bmc, client = self.bmc("generic")
        for spoilt, message in ((bmc.image("2.0")[:-1] + b"?", "checksum"), (bmc.image("2.0")[:-1], "checksum"),
                                (bmc.image("2.0", "Nothing"), "not updateable"), (b"x" * 999, "not supported")):
            task = client.task(client("POST", f"{SERVICE}/update", spoilt).json["@odata.id"])
            self.assertEqual((task["TaskState"], task["TaskStatus"]), ("Exception", "Critical"))
            self.assertIn(message, task["Messages"][-1]["Message"])
            bmc.wait(lambda state: not state["updating"])
        self.assertEqual((bmc.version(), bmc.flashes()), ("1.2.0", []))

    def test_the_task_counts_up_and_the_monitor_ends_as_the_operation(self):
        bmc, client = self.bmc("generic", no_restart=True)
        answer = client("POST", f"{SERVICE}/update", bmc.image("2.0"))
        monitor, path, seen = answer.headers["Location"], answer.json["@odata.id"], set()
        self.assertEqual(client("GET", monitor).status, 202)
        client.until(path, lambda one: seen.add(one.json["PercentComplete"]) or one.json["TaskState"] == "Completed")
        self.assertGreater(len(seen), 3)
        self.assertEqual((max(seen), client("GET", monitor).status), (100, 204))
        bmc.knob("bad-signature")
        monitor = client("POST", f"{SERVICE}/update", bmc.image("2.5")).headers["Location"]
        failed = client.until(monitor, lambda one: one.status != 202)
        self.assertEqual(failed.status, 400)
        self.assertIn("VerificationFailed", failed.data.decode())


class Ilo5(BmcTest):
    def test_it_pulls_raw_images_and_shows_progress_of_its_own(self):
        bmc, client = self.bmc("ilo5")
        url = self.serve({"ilo5_278.bin": bmc.image("2.78 Mar 01 2023")})
        answer = self.pull(client, url("ilo5_278.bin"))
        self.assertEqual((answer.status, answer.headers["Location"]), (200, None))
        states = set()
        client.until(SERVICE, lambda one: states.add(one.json["Oem"]["Hpe"]["State"]) or "Complete" in states)
        self.assertIn("Writing", states)
        self.updated(bmc, "2.78 Mar 01 2023")
        manager = client.get(f"{V1}/Managers/1/")
        self.assertEqual((manager["FirmwareVersion"], manager["@odata.id"]), ("iLO 5 v2.78", f"{V1}/Managers/1/"))

    def test_a_package_given_to_simple_update_is_never_flashed(self):
        bmc, client = self.bmc("ilo5")
        url = self.serve({"ilo.fwpkg": bmc.kind().package(bmc_of(bmc), "2.78")})
        self.assertEqual(self.pull(client, url("ilo.fwpkg")).status, 200)
        bmc.wait(lambda state: not state["updating"])
        self.assertEqual((bmc.flashes(), bmc.version()), ([], "2.14 Feb 11 2020"))
        self.assertEqual(client.get(SERVICE)["Oem"]["Hpe"]["State"], "Error")
        last = client.get(f"{V1}/Managers/1/LogServices/IEL/Entries?$skip=60")["Members"][-1]
        self.assertIn("not supported", last["Message"])
        self.assertNotIn("MessageId", last)
        client("POST", FROM_URI, {"ImageURI": url("ilo.fwpkg"), "UpdateTarget": True, "UpdateRepository": False})
        self.updated(bmc, "2.78")

    def test_the_form_wants_a_session(self):
        bmc, client = self.bmc("ilo5")
        package = bmc.kind().package(bmc_of(bmc), "2.80")
        parts = [("parameters", None, "application/json", b'{"UpdateTarget": true}'),
                 ("file", "ilo.fwpkg", "application/octet-stream", package)]
        self.assertEqual(client.form("/cgi-bin/uploadFile", parts).status, 401)
        client.log_in()
        self.assertEqual(client.form("/cgi-bin/uploadFile", parts).status, 401)
        wrong = {"Cookie": "sessionKey=0123", "X-Auth-Token": "0123"}
        forged = [("sessionKey", None, None, b"0123"), *parts]
        self.assertEqual(Plain(bmc).form("/cgi-bin/uploadFile", forged, wrong).status, 401)
        cookie = {"Cookie": f"sessionKey={client.token}"}
        parts.insert(0, ("sessionKey", None, None, client.token.encode()))
        self.assertEqual(client.form("/cgi-bin/uploadFile", parts, cookie).status, 200)
        self.updated(bmc, "2.80")

    def test_a_package_for_another_device_is_refused(self):
        bmc, client = self.bmc("ilo5")
        url = self.serve({"x.fwpkg": image.fwpkg("1", "2.78", guid="00000000-0000-0000-0000-000000000000")})
        client("POST", FROM_URI, {"ImageURI": url("x.fwpkg")})
        bmc.wait(lambda state: not state["updating"] and bmc.fetches())
        self.assertEqual(bmc.flashes(), [])


def bmc_of(member):
    """The components of a kind, to make packages for: all BMCs of a kind have the same."""
    from types import SimpleNamespace
    components = member.kind().components()
    return SimpleNamespace(component=lambda name: next(one for one in components if one.called(name)))


class OpenBmc(BmcTest):
    def test_octets_wait_for_a_reset(self):
        bmc, client = self.bmc("openbmc")
        self.assertNotIn("Actions", client.get(SERVICE))
        answer = client("POST", f"{SERVICE}/update", bmc.image("2.18.0"))
        self.assertEqual(answer.status, 202)
        client.task(answer.json["@odata.id"])
        versions = {one["Id"]: one["Version"] for one in self.inventory(client)}
        self.assertNotEqual(versions.pop("bmc_active"), "2.18.0")
        self.assertIn("2.18.0", versions.values())  # the new image is there, and does not run
        client("POST", f"{V1}/Managers/bmc/Actions/Manager.Reset", {"ResetType": "GracefulRestart"})
        self.updated(bmc, "2.18.0")

    def inventory(self, client):
        return client.get(f"{FIRMWARE}?$expand=.")["Members"]

    def test_a_form_with_immediate_restarts_at_once(self):
        bmc, client = self.bmc("openbmc")
        for targets in ([], [f"{FIRMWARE}/bmc_active", f"{V1}/Managers/bmc"], [f"{FIRMWARE}/nothing"]):
            answer = client.push_form(f"{SERVICE}/update-multipart", bmc.image("3"), {"Targets": targets})
            self.assertEqual(answer.status, 400)
        answer = client.push_form(f"{SERVICE}/update-multipart", bmc.image("2.18.1"), {
            "Targets": [f"{V1}/Managers/bmc"], "@Redfish.OperationApplyTime": "Immediate"})
        self.assertEqual(answer.status, 202)
        self.updated(bmc, "2.18.1")
        self.assertEqual(client("GET", answer.headers["Location"]).status, 404)

    def test_the_monitor_says_204_once_for_success_and_for_failure(self):
        bmc, client = self.bmc("openbmc")
        for spoil in (False, True):
            bmc.knob("bad-signature", spoil)
            answer = client("POST", f"{SERVICE}/update", bmc.image("2.18.2"))
            client.until(answer.headers["Location"], lambda one: one.status == 204)
            self.assertEqual(client("GET", answer.headers["Location"]).status, 404)
            self.assertEqual(client.get(answer.json["@odata.id"])["TaskState"], "Exception" if spoil else "Completed")
            bmc.wait(lambda state: not state["updating"])

    def test_the_apply_time_of_octets_can_be_chosen_and_the_machine_must_fit(self):
        bmc, client = self.bmc("openbmc")
        task = client.task(client("POST", f"{SERVICE}/update",
                                  image.openbmc_tar("bmc_active", "3", machine="other")).json["@odata.id"])
        self.assertEqual(task["TaskState"], "Exception")
        bmc.wait(lambda state: not state["updating"])
        options = {"HttpPushUriOptions": {"HttpPushUriApplyTime": {"ApplyTime": "Immediate"}}}
        self.assertEqual(client("PATCH", SERVICE, options).status, 204)
        client("POST", f"{SERVICE}/update", bmc.image("2.18.3"))
        self.updated(bmc, "2.18.3")


class Idrac(BmcTest):
    def test_it_pulls_and_the_job_outlives_the_task(self):
        bmc, client = self.bmc("idrac")
        client.log_in()
        url = self.serve({"idrac.d9": bmc.image("7.00.00.171")})
        answer = self.pull(client, url("idrac.d9"))
        location = answer.headers["Location"]
        self.assertRegex(location, "/Tasks/JID_")
        self.updated(bmc, "7.00.00.171")
        self.assertEqual(client("GET", location).status, 401)  # the token died with the restart
        client.token = None
        self.assertEqual(client("GET", location).status, 404)
        job = client.get(f"{V1}/JobService/Jobs/{location.rpartition('/')[2]}")
        self.assertEqual((job["JobState"], job["PercentComplete"]), ("Completed", 100))
        ids = [one["@odata.id"] for one in client.get(FIRMWARE)["Members"]]
        self.assertTrue(any("Installed-25227-7.00.00.171__" in one for one in ids), ids)

    def test_the_upload_in_two_steps(self):
        bmc, client = self.bmc("idrac")
        parts = [("file", "idrac.exe", "application/octet-stream", bmc.image("7.10"))]
        self.assertEqual(client.form(FIRMWARE, parts).status, 412)
        etag = client("GET", FIRMWARE).headers["ETag"]
        answer = client.form(FIRMWARE, parts, {"If-Match": etag})
        self.assertEqual(answer.status, 201)
        self.assertIn("Available-", answer.headers["Location"])
        self.assertEqual(bmc.flashes(), [])
        self.pull(client, answer.headers["Location"])
        self.updated(bmc, "7.10")

    def test_the_form_schedules_parts_of_the_host(self):
        bmc, client = self.bmc("idrac")
        answer = client.push_form(f"{SERVICE}/MultipartUpload", bmc.image("2.19.1", "BIOS"), {"Targets": []})
        task = client.task(answer.headers["Location"])
        self.assertEqual(task["Oem"]["Dell"]["JobState"], "Scheduled")
        self.assertEqual(bmc.version("BIOS"), "2.8.1")
        bmc.do("host-reset")
        self.updated(bmc, "2.19.1", "BIOS")

    def test_one_component_a_call(self):
        _, client = self.bmc("idrac")
        answer = self.pull(client, "http://127.0.0.1:9/x", Targets=["/a", "/b"])
        self.assertEqual((answer.status, "SYS442" in answer.data.decode()), (400, True))


class Xcc(BmcTest):
    def test_octets_need_the_reservation_and_exclude_forms(self):
        bmc, client = self.bmc("xcc")
        reserve = {"HttpPushUriTargetsBusy": True, "HttpPushUriTargets": [f"{FIRMWARE}/BMC-Primary"]}
        self.assertEqual(client("POST", "/fwupdate", bmc.image("3.0")).status, 400)
        self.assertEqual(client("PATCH", SERVICE, reserve).status, 200)
        self.assertEqual(client("PATCH", SERVICE, reserve).status, 503)
        self.assertEqual(client.push_form("/mfwupdate", bmc.image("3.0"), {}).status, 503)
        answer = client("POST", "/fwupdate", bmc.image("3.0"))
        self.assertEqual((answer.status, answer.json["TaskState"] in ("Starting", "Running")), (202, True))
        self.updated(bmc, "3.0")
        self.assertFalse(client.get(SERVICE)["HttpPushUriTargetsBusy"])

    def test_it_does_not_pull_from_web_servers(self):
        _, client = self.bmc("xcc")
        for scheme in ("http", "https"):
            self.assertEqual(self.pull(client, f"{scheme}://127.0.0.1/x").status, 400)

    def test_it_pulls_by_https_where_it_knows_that(self):
        bmc, client = self.bmc("xcc", xcc_https=True)
        url = self.serve({"xcc.bin": bmc.image("3.2")})
        self.assertEqual(self.pull(client, url("xcc.bin"), Targets=[f"{FIRMWARE}/BMC-Primary"]).status, 400)
        self.assertEqual(self.pull(client, url("xcc.bin").replace("https:", "http:")).status, 400)
        self.assertEqual(self.pull(client, url("xcc.bin")).status, 202)
        self.updated(bmc, "3.2")

    def test_a_form_and_wrong_targets(self):
        bmc, client = self.bmc("xcc")
        two = {"HttpPushUriTargets": [f"{FIRMWARE}/BMC-Primary", f"{FIRMWARE}/UEFI"]}
        self.assertEqual(client("PATCH", SERVICE, two).status, 400)
        self.assertEqual(client.push_form("/mfwupdate", bmc.image("3.1"), {}).status, 202)
        self.updated(bmc, "3.1")


class Supermicro(BmcTest):
    CHOSEN = {"Targets": [f"{V1}/Managers/1"], "@Redfish.OperationApplyTime": "OnStartUpdateRequest"}

    def start(self, client):
        return client("POST", f"{SERVICE}/Actions/UpdateService.StartUpdate", {})

    def named(self, answer):
        return answer.json["Accepted"]["@Message.ExtendedInfo"][0]["MessageArgs"][0]

    def test_two_steps(self):
        bmc, client = self.bmc("supermicro")
        self.assertEqual(self.start(client).status, 400)
        self.assertEqual(client.push_form(f"{SERVICE}/upload", bmc.image("01.02"), {"Targets": []}).status, 400)
        answer = client.push_form(f"{SERVICE}/upload", bmc.image("01.02"), self.CHOSEN)
        self.assertEqual((answer.status, answer.headers["Location"]), (202, None))
        self.assertEqual(client.task(self.named(answer))["TaskState"], "Completed")
        self.assertEqual(bmc.flashes(), [])
        bmc.wait(lambda state: not state["updating"])
        self.assertEqual(self.start(client).status, 202)
        self.updated(bmc, "01.02")

    def test_without_a_licence(self):
        bmc, client = self.bmc("supermicro", unlicensed=True)
        answer = client("GET", f"{SERVICE}/upload")
        self.assertEqual((answer.status, "OemLicenseNotPassed" in answer.data.decode()), (405, True))
        self.assertEqual(client.push_form(f"{SERVICE}/upload", bmc.image("01.02"), self.CHOSEN).status, 403)
        self.assertEqual(self.pull(client, "127.0.0.1/x", TransferProtocol="HTTP", Targets=[f"{V1}/Managers/1"]).status, 403)

    def test_it_pulls_from_an_address_without_scheme_for_the_manager_or_the_system(self):
        bmc, client = self.bmc("supermicro")
        url = self.serve({"bmc.bin": bmc.image("01.02")}, tls=False)
        bare = url("bmc.bin").partition("://")[2]
        manager = {"TransferProtocol": "HTTP", "Targets": [f"{V1}/Managers/1"]}
        for uri, words in ((url("bmc.bin"), manager), (bare, {**manager, "TransferProtocol": None}),
                           (bare, {**manager, "Targets": [f"{FIRMWARE}/BMC"]}), (bare, {"TransferProtocol": "HTTP"})):
            self.assertEqual(self.pull(client, uri, **words).status, 400, (uri, words))
        self.assertEqual(self.pull(client, bare, **manager).status, 202)
        self.updated(bmc, "01.02")


class Ribcl(BmcTest):
    def ask(self, client, scope, mode, command, password=None, headers=None):
        text = (f'<?xml version="1.0"?>\r\n<RIBCL VERSION="2.0"><LOGIN USER_LOGIN="{client.user}" PASSWORD='
                f'"{password or client.password}"><{scope} MODE="{mode}">{command}</{scope}></LOGIN></RIBCL>\r\n')
        return client("POST", "/ribcl", text.encode(), headers, auth=False).data.decode()

    def test_discovery_needs_no_login(self):
        for kind in ("ilo5", "ilo4", "ilo2"):
            bmc, client = self.bmc(kind)
            text = client("GET", "/xmldata?item=all", auth=False).data.decode()
            self.assertIn(f"<PN>Integrated Lights-Out {kind[-1]} (iLO {kind[-1]})</PN>", text)
            self.assertFalse(bmc.credentials_seen())

    def test_ilo4_updates_over_http(self):
        bmc, client = self.bmc("ilo4")
        self.assertEqual(client("GET", f"{V1}/").status, 404)
        parts = [("fileType", None, None, b""), ("fwimgfile", "ilo4.bin", "application/octet-stream", bmc.image("2.82"))]
        cookie = client.form("/cgi-bin/uploadRibclFiles", parts).headers["Set-Cookie"].strip()
        command = '<TPM_ENABLED VALUE="Yes"/><UPDATE_RIB_FIRMWARE IMAGE_LOCATION="x" IMAGE_LENGTH="1"/>'
        self.assertIn("0x0004", self.ask(client, "RIB_INFO", "write", command))  # without the cookie
        text = self.ask(client, "RIB_INFO", "write", command, headers={"Cookie": cookie})
        self.assertIn("90% complete", text)
        self.assertGreater(text.count("<?xml"), 5)
        self.updated(bmc, "2.82")
        self.assertIn('FIRMWARE_VERSION = "2.82"', self.ask(client, "RIB_INFO", "read", "<GET_FW_VERSION/>"))

    def test_borders_of_chunks_are_within_tags(self):
        bmc, client = self.bmc("ilo4")
        body = b'<RIBCL VERSION="2.0"></RIBCL>'
        context = ssl._create_unverified_context()
        with context.wrap_socket(socket.create_connection((bmc.address, bmc.port))) as line:
            line.sendall(b"POST /ribcl HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
            data = b"".join(iter(lambda: line.recv(65536), b""))
        first = data.partition(b"\r\n\r\n")[2]
        length, _, rest = first.partition(b"\r\n")
        piece = rest[:int(length, 16)]
        self.assertGreater(piece.rfind(b"<"), piece.rfind(b">"))
        self.assertIn(b"Syntax error", first)

    def test_logs_resets_and_a_wrong_password(self):
        bmc, client = self.bmc("ilo4")
        self.assertIn("iLO 4 Event Log", self.ask(client, "RIB_INFO", "read", "<GET_EVENT_LOG/>"))
        self.assertIn("Integrated Management Log", self.ask(client, "SERVER_INFO", "read", "<GET_EVENT_LOG/>"))
        self.assertIn("0x005F", self.ask(client, "RIB_INFO", "read", "<GET_FW_VERSION/>", password="wrong"))
        self.assertIn("will reset", self.ask(client, "RIB_INFO", "write", "<RESET_RIB/>"))
        bmc.wait(lambda state: bmc.trace("up"))

    def bare(self, bmc, *writes):
        """The answer to what is sent without HTTP, in so many TLS records."""
        with ssl._create_unverified_context().wrap_socket(socket.create_connection((bmc.address, bmc.port))) as line:
            for data in writes:
                line.sendall(data)
            return b"".join(iter(lambda: line.recv(65536), b"")).decode()

    def test_ilo2_wants_the_declaration_on_its_own(self):
        bmc, _ = self.bmc("ilo2")
        nothing = b'<RIBCL VERSION="2.0"></RIBCL>\r\n'
        self.assertIn("0x0000", self.bare(bmc, b'<?xml version="1.0"?>\r\n', nothing))
        self.assertIn("Syntax error", self.bare(bmc, b'<?xml version="1.0"?>\r\n' + nothing))

    def test_ilo2_takes_the_image_inline(self):
        bmc, client = self.bmc("ilo2")
        content = bmc.image("2.33")
        declaration = b'<?xml version="1.0"?>\r\n'
        text = (f'<RIBCL VERSION="2.0"><LOGIN USER_LOGIN="{client.user}" PASSWORD="{client.password}"><RIB_INFO MODE="write">'
                f'<UPDATE_RIB_FIRMWARE IMAGE_LOCATION="x" IMAGE_LENGTH="{len(content)}"/>')
        answer = self.bare(bmc, declaration, text.encode() + content + b"</RIB_INFO></LOGIN></RIBCL>\r\n")
        self.assertTrue(answer.startswith("<?xml"))
        self.assertIn("Firmware flash completed", answer)
        self.updated(bmc, "2.33")


class Process(unittest.TestCase):
    def test_a_fleet_and_a_state_that_outlives_it(self):
        with tempfile.TemporaryDirectory() as folder:
            state = Path(folder) / "state"
            with FakeBmc("generic,openbmc", count=20, state=state) as fleet:
                self.assertEqual(len({one.port for one in fleet.bmcs}), 20)
                self.assertEqual(len({one.pin for one in fleet.bmcs}), 20)
                managers = Plain(fleet.bmcs[1]).get(f"{V1}/Managers")
                self.assertEqual(managers["Members"], [{"@odata.id": f"{V1}/Managers/bmc"}])
                Plain(fleet.bmcs[2])("POST", f"{SERVICE}/update", fleet.image("9.9"))
                fleet.bmcs[2].wait(lambda now: now["up"] and now["components"]["BMC"]["version"] == "9.9")
                self.assertEqual((fleet.bmcs[0].version(), fleet.bmcs[0].trace()), ("1.2.0", []))
                pins = [one.pin for one in fleet.bmcs]
                fleet.kill()
            with FakeBmc("generic,openbmc", count=20, state=state) as fleet:
                self.assertEqual((fleet.bmcs[2].version(), [one.pin for one in fleet.bmcs]), ("9.9", pins))

    def test_wrong_words(self):
        with self.assertRaises(AssertionError):
            FakeBmc("generic", knobs={"nonsense": True}).start()
        with FakeBmc("generic") as bmc, self.assertRaises(AssertionError):
            bmc.knob("busy", "many")

    def test_the_trace_keeps_secrets_unless_asked(self):
        with FakeBmc("generic", password="very-secret-4711") as bmc:
            client = Plain(bmc)
            client.log_in()
            client.get(f"{V1}/Systems")
            client.token = None
            client.get(f"{V1}/Systems")
            client("GET", f"{V1}/", auth=False)
            self.assertEqual([one["credentials"] for one in bmc.requests()], ["login", "token", "basic", "none"])
            self.assertNotIn("very-secret-4711", json.dumps(bmc.trace()))
            self.assertIn("very-secret-4711", json.dumps(bmc.trace(secrets=True)))


if __name__ == "__main__":
    unittest.main()

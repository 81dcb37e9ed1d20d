#!/usr/bin/env python3
"""BMCs: the built program updates fake ones (tests/support/fake_bmc), by every way that each kind offers; whatever they
pretend, no run says that an update was made which was not.
"""

import json
import re
import signal
import subprocess
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from bmc_support import VERSIONS, Scene

AT_ONCE = 2  # cases of a table; they mostly wait


class Ways(unittest.TestCase):
    """Each kind is updated by each way that it offers."""

    def updated(self, kind, *more, knobs=None, path=None):
        with Scene(kind, knobs) as scene:
            result = scene.deploy(*more)
            self.assertEqual((result.code, result.outcome), (0, "updated"), str(result))
            self.assertEqual(scene.bmc.version(), scene.version)
            self.assertEqual(len(scene.bmc.flashes()), 1, str(result))
            self.assertEqual(scene.bmc.state()["sessions"], 0, "a session stayed")
            self.assertTrue(list((result.folder).glob("*/*.log")), "no log was kept")
            self.assertNotIn(scene.bmc.password, result.out + result.err)
            scene.secret_free()
            if path:
                self.assertTrue(scene.bmc.requests("POST", path), f"nothing was sent to {path}")

    def test_generic_pull(self):
        self.updated("generic", "--method", "pull", path="SimpleUpdate")

    def test_generic_multipart(self):
        self.updated("generic", "--method", "multipart", path="/upload")

    def test_generic_push(self):
        self.updated("generic", "--method", "push", path="/update")

    def test_ilo5_pull(self):
        self.updated("ilo5", "--method", "pull", path="SimpleUpdate")

    def test_ilo5_push_with_the_key_of_the_session(self):
        self.updated("ilo5", "--method", "push", path="/cgi-bin/uploadFile")

    def test_ilo5_takes_a_package_whole_and_known_by_its_guid(self):
        from fake_bmc import image
        for method, path in (("pull", "AddFromUri"), ("push", "/cgi-bin/uploadFile")):
            with Scene("ilo5") as scene:
                hpe = scene.entry("1")["Oem"]["Hpe"]
                scene.version, scene.image = "2.78", scene.path / "ilo5.fwpkg"
                scene.image.write_bytes(image.fwpkg("1", "2.78", guid=hpe["Targets"][0], device_class=hpe["DeviceClass"]))
                scene.facts = lambda entry=None: []
                result = scene.deploy("--method", method)
                self.assertEqual((result.code, scene.bmc.version()), (0, "2.78"), str(result))
                self.assertTrue(scene.bmc.requests("POST", path), str(result))

    def test_ilo4_by_ribcl(self):
        self.updated("ilo4", path="/ribcl")

    def test_ilo2_by_ribcl_without_http(self):
        self.updated("ilo2")

    def test_idrac_takes_dells_packages_known_by_their_component(self):
        for method, path in (("multipart", "MultipartUpload"), ("push", "FirmwareInventory"), ("pull", "SimpleUpdate")):
            with Scene("idrac") as scene:
                scene.package("7.10.30.00")
                result = scene.deploy("--method", method)
                self.assertEqual((result.code, result.outcome), (0, "updated"), str(result))
                self.assertEqual((scene.bmc.version(), len(scene.bmc.flashes())), ("7.10.30.00", 1))
                self.assertTrue(scene.bmc.requests("POST", path), str(result))

    def test_dells_package_for_the_host_waits_for_the_host(self):
        with Scene("idrac") as scene:
            scene.package("2.19.1", "BIOS")
            result = scene.deploy("--method", "multipart")
            self.assertEqual((result.code, result.outcome), (1, "updated_reboot_pending"), str(result))
            scene.bmc.do("host-reset")
            self.assertEqual(scene.bmc.version("BIOS"), "2.19.1")

    def test_dells_package_for_another_machine_is_not_sent(self):
        from fake_bmc import image
        with Scene("idrac") as scene:
            scene.package("7.10.30.00")
            scene.image.write_bytes(image.dell_package("25227", "7.10.30.00", component="99999"))
            result = scene.deploy()
            self.assertEqual((result.code, result.outcome), (253, "failed"), str(result))
            self.assertEqual(scene.bmc.requests("POST", "UpdateService"), [])

    def test_openbmc_multipart(self):
        self.updated("openbmc", "--method", "multipart", path="/update-multipart")

    def test_openbmc_push(self):
        self.updated("openbmc", "--method", "push", path="/update")

    def test_idrac_pull(self):
        self.updated("idrac", "--method", "pull", path="SimpleUpdate")

    def test_idrac_multipart(self):
        self.updated("idrac", "--method", "multipart")

    def test_idrac_push_by_etag_in_two_steps(self):
        self.updated("idrac", "--method", "push", path="SimpleUpdate")

    def test_xcc_multipart(self):
        self.updated("xcc", "--method", "multipart", path="/mfwupdate")

    def test_xcc_push_after_reserving_it(self):
        self.updated("xcc", "--method", "push", path="/fwupdate")

    def test_xcc_pull_where_it_knows_https(self):
        self.updated("xcc", "--method", "pull", knobs={"xcc-https": True}, path="SimpleUpdate")

    def test_xcc_that_cannot_fetch_is_not_asked_to(self):
        with Scene("xcc") as scene:
            result = scene.deploy()
            self.assertEqual((result.code, result.outcome), (0, "updated"), str(result))
            self.assertEqual(scene.bmc.requests("POST", "SimpleUpdate"), [])

    def test_supermicro_in_two_steps(self):
        self.updated("supermicro", "--method", "multipart", path="StartUpdate")

    def test_supermicro_pull(self):
        self.updated("supermicro", "--method", "pull", path="SimpleUpdate")
        self.updated("supermicro", "--method", "pull", "--pull", "http", path="SimpleUpdate")

    def test_supermicro_pull_for_the_host(self):
        with Scene("supermicro") as scene:
            scene.write_image("2.0", "BIOS")
            result = scene.deploy("--method", "pull", entry="BIOS")
            self.assertEqual((result.code, result.outcome), (1, "updated_reboot_pending"), str(result))

    def test_supermicro_without_a_licence_is_not_asked_twice_to_fetch(self):
        with Scene("supermicro", {"unlicensed": True}) as scene:
            result = scene.deploy("--method", "pull")
            self.assertEqual((result.code, result.outcome), (253, "failed"), str(result))
            self.assertIn("licen", result.out)
            self.assertEqual(len(scene.bmc.requests("POST", "SimpleUpdate")), 1)


# Kind, knobs, options, and how the run must end: outcome and exit code.
UPDATED, PENDING = ("updated", 0), ("updated_reboot_pending", 1)
NOT_VERIFIED, UNCONFIRMED = ("not_verified", 7), ("unconfirmed", 7)
FAILED, UNREACHED = ("failed", 253), ("unreached", 4)
LIES = [
    ("generic", {"bad-signature": True}, [], FAILED),
    ("generic", {"bad-signature": True, "fails-silently": True}, [], FAILED),
    ("generic", {"never-finishes": True}, ["--timeout", "4"], UNCONFIRMED),
    ("generic", {"keeps-version": True}, [], NOT_VERIFIED),
    ("generic", {"installs-version": "1.9.9"}, [], NOT_VERIFIED),
    ("generic", {"stays-down": True}, [], UNCONFIRMED),
    ("generic", {"new-key": True}, [], UNCONFIRMED),
    ("generic", {"flapping": 4}, [], UPDATED),
    ("generic", {"flapping": 100000}, [], UNCONFIRMED),
    ("generic", {"rolls-back": 2}, [], UNCONFIRMED),
    ("generic", {"rolls-back": 3}, [], NOT_VERIFIED),
    ("generic", {"restarts-unasked": 2, "flash-seconds": 800}, ["--method", "multipart"], NOT_VERIFIED),
    ("generic", {"needs-reset": True}, [], UPDATED),
    ("generic", {"host-reboot": True}, [], PENDING),
    ("generic", {"no-restart": True}, [], UPDATED),
    ("generic", {"no-task": True}, [], UPDATED),
    ("generic", {"monitor-404": True}, [], UPDATED),
    ("generic", {"task-404": True}, [], UPDATED),
    ("generic", {"task-completed": True}, [], UPDATED),
    ("generic", {"busy": 2}, [], UPDATED),
    ("generic", {"busy": -1}, [], FAILED),
    ("generic", {"expire-after": 2}, [], UPDATED),
    ("generic", {"no-sessions": True}, [], UPDATED),
    ("generic", {"no-basic": True}, [], UPDATED),
    ("generic", {"no-expand": True, "page-size": 3}, [], UPDATED),
    ("generic", {"retry-after": "date"}, [], UPDATED),
    ("generic", {"retry-after": "none"}, [], UPDATED),
    ("generic", {"wrong-password": True}, [], UNREACHED),
    ("generic", {"boot-seconds": 200}, [], UPDATED),
    ("generic", {"control-characters": True}, [], UPDATED),
    ("openbmc", {"bad-signature": True}, [], FAILED),
    ("openbmc", {"bad-signature": True, "fails-silently": True}, [], FAILED),
    ("openbmc", {"needs-reset": True}, [], UPDATED),
    ("openbmc", {"keeps-version": True}, [], NOT_VERIFIED),
    ("ilo5", {"bad-signature": True}, [], FAILED),
    ("ilo5", {"keeps-version": True}, [], NOT_VERIFIED),
    ("ilo5", {"needs-reset": True}, [], UPDATED),
    ("ilo5", {"no-task": True}, [], UPDATED),
    ("ilo5", {"stays-down": True}, [], UNCONFIRMED),
    ("ilo4", {"bad-signature": True}, [], FAILED),
    ("ilo4", {"keeps-version": True}, [], NOT_VERIFIED),
    ("ilo4", {"stays-down": True}, [], UNCONFIRMED),
    ("ilo4", {"wrong-password": True}, [], UNREACHED),
    ("ilo2", {"bad-signature": True}, [], FAILED),
    ("ilo2", {"keeps-version": True}, [], NOT_VERIFIED),
    ("ilo2", {"stays-down": True}, [], UNCONFIRMED),
    ("ilo2", {"new-key": True}, [], UNCONFIRMED),
    ("ilo2", {"needs-reset": True}, [], UPDATED),
    ("ilo2", {"wrong-password": True}, [], UNREACHED),
    ("idrac", {"bad-signature": True}, ["--method", "multipart"], FAILED),
    ("idrac", {"task-404": True}, ["--method", "multipart"], UPDATED),
    ("xcc", {"bad-signature": True}, ["--method", "push"], FAILED),
    ("supermicro", {"bad-signature": True}, ["--method", "multipart"], FAILED),
    ("supermicro", {"bad-signature": True}, ["--method", "pull"], FAILED),
    ("supermicro", {"no-get": True}, [], UPDATED),
    ("supermicro", {"unlicensed": True}, [], FAILED),
]
FETCHING = [
    ("generic", {"no-get": True}, [], UPDATED),  # by being sent instead
    ("generic", {"no-get": True}, ["--method", "pull"], FAILED),
    ("generic", {"fetch-plain-only": True}, [], UPDATED),
    ("generic", {"fetch-plain-only": True}, ["--method", "pull", "--pull", "http"], UPDATED),
    ("generic", {"fetch-plain-only": True}, ["--method", "pull"], FAILED),
    ("generic", {"no-pull": True}, [], UPDATED),
    ("generic", {"no-push": True, "no-multipart": True}, [], UPDATED),
    ("generic", {"fetch-times": 2}, ["--method", "pull"], UPDATED),
    ("generic", {"fetch-head": True}, ["--method", "pull"], UPDATED),
    ("generic", {"fetch-tls12": True}, ["--method", "pull"], UPDATED),
    ("generic", {"fetch-rsa-only": True}, ["--method", "pull"], UPDATED),
    ("generic", {"fetch-drop-at": 30000}, ["--method", "pull"], UPDATED),
    ("generic", {"fetch-drop-at": 30000, "fetch-no-resume": True}, ["--method", "pull"], UPDATED),
    ("generic", {"fetch-http10": True}, ["--method", "pull"], UPDATED),
    ("generic", {"fetch-verify": True}, [], UPDATED),  # ours is nobody's CA: sent instead
    ("generic", {}, ["--pull", "never"], UPDATED),
]
HOSTILE = ["malformed", "truncated", "html", "huge", "deep", "slowloris", "stall", "redirect", "foreign-links", "loop", "many",
           "wrong-types", "header-flood"]


class Lies(unittest.TestCase):
    """Whatever a BMC pretends ends as it should, and never as a success that is none."""

    def play(self, case):
        kind, knobs, options, (outcome, code) = case
        with Scene(kind, knobs) as scene:
            result = scene.deploy(*options)
            problems = []
            if (result.outcome, result.code) != (outcome, code):
                problems.append(f"{result.outcome} {result.code} instead of {outcome} {code}\n{result}")
            if result.code == 0 and scene.bmc.version() != scene.version:
                problems.append(f"a success that is none: version {scene.bmc.version()}\n{result}")
            if len(scene.bmc.flashes()) > 1:
                problems.append(f"flashed more than once\n{result}")
            if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", result.out + result.err):
                problems.append("control characters got through")
            return [f"{kind} {knobs} {options}: {problem}" for problem in problems]

    def all(self, cases):
        with ThreadPoolExecutor(AT_ONCE) as pool:
            problems = [problem for found in pool.map(self.play, cases) for problem in found]
        self.assertFalse(problems, "\n\n".join(problems))

    def test_lies_about_updates(self):
        self.all(LIES)

    def test_ways_to_fetch(self):
        self.all(FETCHING)

    def hostile(self, how):
        with Scene("generic", {"hostile": how}) as scene:
            result = scene.run(scene.command("--timeout", "20", "--lease", "10"), seconds=200)
            done = result.code == 0 and scene.bmc.version() == scene.version and len(scene.bmc.flashes()) == 1
            return [] if done or result.code in (253, 4, 7) else [f"{how}: exit code {result.code}\n{result}"]

    def test_hostile_answers(self):
        with ThreadPoolExecutor(AT_ONCE) as pool:
            problems = [problem for found in pool.map(self.hostile, HOSTILE) for problem in found]
        self.assertFalse(problems, "\n\n".join(problems))


class Plans(unittest.TestCase):
    def test_the_same_version_is_left_alone_and_reinstalled_when_wanted(self):
        with Scene() as scene:
            scene.write_image("1.2.0")
            result = scene.deploy()
            self.assertEqual((result.code, result.outcome), (3, "nothing_needed"), str(result))
            self.assertEqual(scene.bmc.flashes(), [])
            result = scene.deploy("--reinstall")
            self.assertEqual((result.code, result.outcome), (0, "updated"), str(result))
            self.assertEqual(len(scene.bmc.flashes()), 1)

    def test_nobody_goes_back_without_being_asked_to(self):
        with Scene() as scene:
            scene.write_image("1.0.0")
            result = scene.deploy()
            self.assertEqual((result.code, scene.bmc.flashes()), (3, []), str(result))
            result = scene.deploy("--downgrade")
            self.assertEqual((result.code, scene.bmc.version()), (0, "1.0.0"), str(result))

    def test_what_cannot_be_compared_is_never_up_to_date(self):
        with Scene() as scene:
            scene.write_image("banana")
            result = scene.deploy()
            self.assertEqual((result.code, result.outcome), (253, "failed"), str(result))
            self.assertIn("--reinstall", result.out)
            self.assertEqual(scene.bmc.flashes(), [])

    def test_a_package_for_hosts_does_not_fit(self):
        with Scene() as scene:
            program = scene.path / "flash.sh"
            program.write_text("#!/bin/sh\n")
            result = scene.run(scene.words("deploy", "-t", scene.target, "--bmc-password-file",
                                           str(scene.bmc.password_file), str(program)))
            self.assertEqual((result.code, result.outcome), (253, "failed"), str(result))

    def test_host_firmware_waits_for_the_host(self):
        with Scene() as scene:
            scene.write_image("A43 v2.60 (10/29/2022)", "Bios")
            result = scene.deploy(entry="Bios")
            self.assertEqual((result.code, result.outcome), (1, "updated_reboot_pending"), str(result))


class Trust(unittest.TestCase):
    def test_no_password_goes_to_a_bmc_that_is_not_known(self):
        with Scene() as scene:
            result = scene.deploy(new=False)
            self.assertEqual(result.code, 4, str(result))
            self.assertIn("is not known", result.out)
            self.assertFalse(scene.bmc.credentials_seen())

    def test_no_password_goes_to_another_key(self):
        with Scene() as scene, Scene() as other:
            self.assertEqual(scene.run(scene.words("trust", "add", scene.bmc.host, new=False)).code, 0)
            pins = scene.data / "bmc_pins"
            pins.write_text(pins.read_text().replace(scene.bmc.pin, other.bmc.pin))
            result = scene.deploy()
            self.assertEqual(result.code, 4, str(result))
            self.assertIn("another key", result.out)
            self.assertIn("trust", result.out)
            self.assertFalse(scene.bmc.credentials_seen())
            self.assertEqual(scene.bmc.requests(), [], "something was sent before the key was checked")

    def test_a_second_key_makes_a_change_without_a_gap(self):
        with Scene() as scene, Scene() as other:
            scene.run(scene.words("trust", "add", scene.bmc.host, new=False))
            pins = scene.data / "bmc_pins"
            line = pins.read_text().splitlines()[-1]
            pins.write_text(line.replace(scene.bmc.pin, other.bmc.pin) + "\n" + line + "\n")
            self.assertEqual(scene.deploy(new=False).code, 0)

    def test_trust_lists_shows_adds_and_removes(self):
        with Scene() as scene:
            shown = scene.run(scene.words("trust", "show", scene.bmc.host, new=False))
            self.assertIn(scene.bmc.pin, shown.out)
            self.assertIn("not known yet", shown.out)
            wrong = scene.run(scene.words("trust", "add", scene.bmc.host, "--key", "sha256//" + 43 * "A" + "=", new=False))
            self.assertEqual(wrong.code, 255)
            scene.run(scene.words("trust", "add", scene.bmc.host, "--comment", "rack 7", new=False))
            self.assertEqual((scene.data / "bmc_pins").stat().st_mode & 0o777, 0o600)
            listed = scene.run(scene.words("trust", "list", new=False))
            self.assertIn(scene.bmc.pin, listed.out)
            self.assertIn("rack 7", listed.out)
            self.assertEqual(scene.run(scene.words("trust", "remove", scene.bmc.host, new=False)).code, 0)
            self.assertNotIn(scene.bmc.pin, scene.run(scene.words("trust", "list", new=False)).out)
            self.assertEqual(scene.run(scene.words("trust", "remove", scene.bmc.host, new=False)).code, 254)


class Visits(unittest.TestCase):
    def visit(self, scene, action, *more):
        return scene.run(scene.words("bmc", action, "-t", f"{scene.bmc.user}@{scene.bmc.host}", "--bmc-password-file",
                                     str(scene.bmc.password_file), *more))

    def test_discover_sends_no_password(self):
        for kind in ("generic", "ilo5", "ilo4", "ilo2"):
            with Scene(kind) as scene:
                result = self.visit(scene, "discover", "--json")
                facts = json.loads(result.out)["targets"][0]
                self.assertEqual(result.code, 0, str(result))
                self.assertEqual(facts["key"], scene.bmc.pin)
                self.assertEqual(facts["trust"], "not known")
                self.assertFalse(scene.bmc.credentials_seen())

    def test_inventory_and_logs(self):
        for kind in VERSIONS:
            with Scene(kind) as scene:
                found = json.loads(self.visit(scene, "inventory", "--json").out)["targets"][0]
                self.assertTrue(found["firmware"], kind)
                logs = json.loads(self.visit(scene, "logs", "--json").out)["targets"][0]["logs"]
                self.assertTrue(any(logs.values()), kind)
                self.assertEqual(scene.bmc.state()["sessions"], 0, "a session stayed")

    def test_reset(self):
        for kind in ("generic", "ilo4", "ilo2"):
            with Scene(kind) as scene:
                self.assertEqual(self.visit(scene, "reset").code, 0)
                scene.bmc.wait(lambda _: scene.bmc.trace("restart"), 10, "a restart")

    def test_update_is_deploy(self):
        with Scene() as scene:
            words = scene.command("--method", "multipart")
            result = scene.run([words[0], "bmc", "update", *words[2:]])
            self.assertEqual((result.code, scene.bmc.version()), (0, scene.version), str(result))

    def test_inventory_of_a_run(self):
        with Scene() as scene:
            result = scene.run(scene.words("inventory", "-t", scene.target, "--bmc-password-file",
                                           str(scene.bmc.password_file)))
            self.assertEqual(result.code, 0, str(result))


class Survival(unittest.TestCase):
    """The manager is killed in the middle; nothing is flashed twice."""

    def killed(self, kind, when, *more, knobs=None):
        slow = {"flash-seconds": 400, "verify-seconds": 100, **(knobs or {})}
        with Scene(kind, slow) as scene:
            process = subprocess.Popen(scene.command(*more), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            end = time.monotonic() + 30
            while not when(scene) and time.monotonic() < end:
                time.sleep(0.02)
            process.send_signal(signal.SIGKILL)
            err = process.communicate()[1]
            resumed = scene.run(scene.words("resume", "--bmc-password-file", str(scene.bmc.password_file), "--bmc-interval",
                                            "100", "--bmc-timeout", "10"))
            resumed.err = err + resumed.err
            return resumed, scene.bmc.version() == scene.version, len(scene.bmc.flashes()), len(
                scene.bmc.trace("flash-begins"))

    def test_while_it_is_being_flashed(self):
        for kind, more in (("generic", ["--method", "multipart"]), ("generic", ["--method", "pull"]), ("ilo5", []),
                           ("openbmc", []), ("idrac", ["--method", "push"]), ("ilo4", []), ("ilo2", [])):
            result, new, flashes, begun = self.killed(kind, lambda scene: scene.bmc.trace("flash-begins"), *more)
            self.assertEqual((result.code, new, flashes, begun), (0, True, 1, 1), f"{kind}: {result.code}\n{result.out}\n{result.err}")

    def test_while_the_image_is_sent(self):
        def begun(scene):
            time.sleep(0.3)
            return bool(scene.bmc.requests("POST", "Sessions"))
        result, new, flashes, _ = self.killed("generic", begun, "--method", "multipart")
        self.assertEqual((result.code, new, flashes), (0, True, 1))

    def test_one_at_a_time(self):
        with Scene("generic", {"flash-seconds": 400}) as scene:
            first = subprocess.Popen(scene.command("--method", "multipart"), stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)
            scene.bmc.wait(lambda _: scene.bmc.trace("flash-begins"), 30, "the first update")
            second = scene.deploy()
            self.assertEqual(second.code, 11, str(second))
            self.assertEqual(first.wait(60), 0)
            self.assertEqual(len(scene.bmc.flashes()), 1)


if __name__ == "__main__":
    unittest.main()

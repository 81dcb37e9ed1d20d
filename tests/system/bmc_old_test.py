#!/usr/bin/env python3
"""Old BMCs: RIBCL without HTTP as iLO 2 speaks it, and TLS that nobody takes unless it is allowed for that one BMC."""

import json
import socket
import subprocess
import tempfile
import time
import unittest

from bmc_support import BIN, Scene
from fake_bmc.certificate import make as make_certificate

POOR = ("tls1.0", "tls1.1", "dh1024")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


def await_port(port):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"nobody listens on port {port}")


class BareRibcl(unittest.TestCase):
    def test_the_image_goes_straight_into_the_connection(self):
        with Scene("ilo2") as scene:
            scene.write_image("2.33", size=1_000_000)
            result = scene.deploy()
            self.assertEqual((result.code, result.outcome), (0, "updated"), str(result))
            self.assertEqual((scene.bmc.version(), len(scene.bmc.flashes())), ("2.33", 1))
            self.assertTrue(scene.bmc.requests("RIBCL"), str(result))
            self.assertEqual({one["credentials"] for one in scene.bmc.requests() if one["method"] != "RIBCL"}, {"none"})
            self.assertEqual(sorted(file.name for file in result.folder.glob("*/*.log") if file.name[0] == "I"),
                             ["IEL.log", "IML.log"])
            scene.secret_free()

    def test_one_that_describes_itself_to_nobody(self):
        with Scene("ilo2", {"no-xmldata": True}) as scene:
            result = scene.deploy()
            self.assertEqual((result.code, result.outcome), (0, "updated"), str(result))

    def test_what_is_no_bmc_is_told_apart_and_gets_no_password(self):
        with Scene("generic", {"hostile": "html", "hostile-path": ".*"}) as scene:
            result = scene.deploy()
            self.assertEqual((result.code, result.outcome), (253, "failed"), str(result))
            self.assertIn("neither Redfish nor RIBCL", result.out)
            self.assertFalse(scene.bmc.credentials_seen())

    def test_how_far_it_is_is_told_while_it_writes(self):
        for kind in ("ilo2", "ilo4"):
            with Scene(kind, {"flash-seconds": 600}) as scene:
                result = scene.deploy("--json")
                self.assertEqual(result.code, 0, str(result))
                self.assertRegex(result.out, r"sent, the BMC says: Flashing is in progress: \d+% complete\.", kind)

    def test_no_password_goes_to_another_key(self):
        with Scene("ilo2") as scene, Scene("ilo2") as other:
            self.assertEqual(scene.run(scene.words("trust", "add", scene.bmc.host, new=False)).code, 0)
            pins = scene.data / "bmc_pins"
            pins.write_text(pins.read_text().replace(scene.bmc.pin, other.bmc.pin))
            result = scene.deploy("--method", "ribcl")
            self.assertEqual(result.code, 4, str(result))
            self.assertIn("another key", result.out)
            self.assertEqual(scene.bmc.requests(), [], "something was sent before the key was checked")


class LegacyTls(unittest.TestCase):
    def test_it_is_refused_unless_allowed_and_then_told(self):
        for kind in ("generic", "ilo4", "ilo2"):
            for how in POOR:
                with self.subTest(f"{kind} {how}"), Scene(kind, {"legacy-tls": how}) as scene:
                    refused = scene.deploy()
                    self.assertEqual((refused.code, refused.outcome), (4, "unreached"), str(refused))
                    self.assertIn("--legacy-tls", refused.out + refused.err)
                    self.assertEqual(scene.bmc.requests(), [])
                    result = scene.deploy("--legacy-tls")
                    self.assertEqual((result.code, result.outcome), (0, "updated"), str(result))
                    self.assertEqual(scene.bmc.version(), scene.version)
                    self.assertIn("badly protected", result.out + result.err)

    def test_it_is_allowed_for_one_bmc_by_the_targets_file(self):
        with Scene("ilo2", {"legacy-tls": "tls1.0"}) as scene, Scene("ilo2", {"legacy-tls": "tls1.0"}) as other:
            fleet = scene.path / "fleet.yaml"
            entry = "{connection: bmc, address: 127.0.0.1, user: admin, port: %d%s}"
            fleet.write_text("hosts:\n"
                             f"  old: {entry % (scene.bmc.port, ', legacy_tls: true')}\n"
                             f"  other: {entry % (other.bmc.port, '')}\n")
            words = [word if word != scene.target else str(fleet) for word in scene.command()]
            words[words.index("-t")] = "-f"
            result = scene.run(words)
            report = json.loads((result.folder / "report.json").read_text())
            self.assertEqual({one["name"]: one["outcome"] for one in report["targets"]},
                             {"old": "updated", "other": "unreached"}, str(result))
            self.assertEqual(other.bmc.requests(), [])

    def test_one_that_cannot_renegotiate_safely(self):
        """As BMCs from before RFC 5746. OpenSSL cannot play that, GnuTLS can."""
        with tempfile.TemporaryDirectory(prefix="soapstone-bmc-") as folder:
            certificate, key = make_certificate(folder, "rsa", "127.0.0.1", "old")
            port = free_port()
            server = subprocess.Popen(["gnutls-serv", "--http", "--port", str(port), "--x509certfile", certificate,
                                       "--x509keyfile", key, "--priority", "NORMAL:-VERS-TLS1.3:%DISABLE_SAFE_RENEGOTIATION"],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                await_port(port)
                words = [BIN, "trust", "show", f"127.0.0.1:{port}", "--data", f"{folder}/data"]
                refused = subprocess.run(words, capture_output=True, text=True, timeout=30)
                self.assertIn("--legacy-tls", refused.stderr)
                shown = subprocess.run([*words, "--legacy-tls"], capture_output=True, text=True, timeout=30)
                self.assertEqual((refused.returncode, shown.returncode), (255, 0), shown.stdout + shown.stderr)
            finally:
                server.kill()
                server.wait()

    def test_keys_are_shown_and_trusted_over_it(self):
        with Scene("generic", {"legacy-tls": "dh1024"}) as scene:
            refused = scene.run(scene.words("trust", "show", scene.bmc.host, new=False))
            self.assertNotEqual(refused.code, 0)
            self.assertIn("--legacy-tls", refused.err)
            self.assertEqual(scene.run(scene.words("trust", "add", scene.bmc.host, "--legacy-tls", new=False)).code, 0)
            self.assertEqual(scene.deploy("--legacy-tls", new=False).code, 0)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""`soapstone bmc` with wrong input: each answer names the thing, the reason and the way out, and has the documented exit code.
Fake BMCs (tests/support/fake_bmc) on loopback; no root is needed.
"""

import http.server
import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
sys.dont_write_bytecode = True

from fake_bmc.process import FakeBmc  # noqa: E402  (the path had to come first)

BIN = os.environ.get("SOAPSTONE_BIN", str(HERE.parents[1] / "build" / "dev" / "bin" / "soapstone"))
OK, NOT_REQUIRED, UNREACHABLE, COMPONENT_FAILED, BAD_PARAMETER = 0, 3, 4, 253, 254


class Page(http.server.BaseHTTPRequestHandler):
    """A web server that is no BMC."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>hello</html>")

    do_POST = do_GET

    def log_message(self, *_):
        pass


class Words(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bmc = FakeBmc("ilo5")
        cls.bmc.start()
        cls.addClassCleanup(cls.bmc.stop)
        folder = tempfile.TemporaryDirectory(prefix="soapstone-words-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.good = cls.bmc.password_file
        cls.bad = cls.folder / "bad"
        cls.bad.touch(0o600)
        cls.bad.write_text("not-it\n")

    def setUp(self):
        data = tempfile.TemporaryDirectory(prefix="soapstone-words-")
        self.addCleanup(data.cleanup)
        self.data = data.name

    @property
    def spec(self):
        return f"bmc://{self.bmc.user}@{self.bmc.host}"

    def image(self, name, version="2.78"):
        file = self.folder / name
        file.write_bytes(self.bmc.image(version))
        return file

    def run_bmc(self, *words, target=None, password=None, new=True):
        words = [BIN, "bmc", *map(str, words), "--data", self.data, "--bmc-interval", "100", "--bmc-timeout", "6"]
        words += ["-t", target or self.spec, "--bmc-password-file", str(password or self.good)]
        words += ["--accept-new"] if new else []
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        return subprocess.run(words, capture_output=True, text=True, timeout=90, env=environment, stdin=subprocess.DEVNULL,
                              start_new_session=True)

    def told(self, done, code, *parts):
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, code, said)
        for part in parts:
            self.assertIn(part, said)

    def test_words_that_make_no_sense(self):
        self.told(self.run_bmc(), BAD_PARAMETER, "bmc: what is to be done?", "possible: discover, inventory, logs, reset, update")
        self.told(self.run_bmc("discove"), BAD_PARAMETER, "there is no 'discove'", "possible: discover")
        self.told(self.run_bmc("logs", "image.bin"), BAD_PARAMETER, "bmc logs takes no files", "'soapstone bmc update' takes files")
        self.told(self.run_bmc("update"), BAD_PARAMETER, "bmc update: no firmware", "name its files, or --baseline DIR")

    def test_a_login_that_is_refused_is_named(self):
        parts = ("login as admin: the BMC refuses the login", "are user and password right?")
        for action in ("inventory", "logs", "reset"):
            self.told(self.run_bmc(action, password=self.bad), UNREACHABLE, *parts)
        self.told(self.run_bmc("update", self.image("ilo5_278.bin"), password=self.bad), UNREACHABLE, *parts)
        self.told(self.run_bmc("inventory", target=f"bmc://operator@{self.bmc.host}"), UNREACHABLE, "login as operator")

    def test_a_bmc_that_is_not_there_or_none(self):
        way_out = "see that the BMC is up (a restart takes it minutes), that its address and port are right"
        self.told(self.run_bmc("discover", target="bmc://127.0.0.1:9"), UNREACHABLE, "127.0.0.1:9", "connect", way_out)
        self.told(self.run_bmc("inventory", target="bmc://127.0.0.1:9"), UNREACHABLE, way_out)
        self.told(self.run_bmc("discover", target="bmc://no-such.invalid"), UNREACHABLE, "no-such.invalid", "is its name spelt right?")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                        "/CN=web", "-keyout", self.folder / "key", "-out", self.folder / "cert"], check=True, capture_output=True)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "cert", self.folder / "key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.told(self.run_bmc("inventory", target=f"bmc://127.0.0.1:{server.server_port}"), COMPONENT_FAILED,
                  "neither Redfish nor RIBCL is spoken", "is it a BMC, and this the port of its web pages?")

    def test_a_key_that_is_not_known_or_changed(self):
        add = f"'soapstone trust add {self.bmc.host}'"
        self.told(self.run_bmc("inventory", new=False), UNREACHABLE, "is not known: sha256//", add)
        self.told(self.run_bmc("discover", new=False), OK, "not known", "compare the key at the BMC, then " + add)
        pins = Path(self.data) / "bmc_pins"
        self.told(self.run_bmc("inventory"), OK, "iLO 5")
        pins.write_text(self.other_key(pins.read_text()))
        self.told(self.run_bmc("inventory"), UNREACHABLE, "shows another key than the one that is trusted", add)
        self.told(self.run_bmc("discover"), OK, "CHANGED", "find out why it is another one")

    @staticmethod
    def other_key(text):
        at = text.index("sha256//") + len("sha256//")
        return text[:at] + ("B" if text[at] == "A" else "A") + text[at + 1:]

    def test_files_that_do_not_fit(self):
        letter = self.folder / "letter.txt"
        letter.write_text("hello\n")
        self.told(self.run_bmc("update", letter), BAD_PARAMETER, "letter.txt: this is neither", "nor firmware of a known form")
        self.told(self.run_bmc("update", self.folder / "none.bin"), BAD_PARAMETER, "none.bin", "No such file")
        way_out = "what to do: deploy what fits there, or leave the target out with --exclude"
        self.told(self.run_bmc("update", self.image("ilo6_400.bin", "4.00")), COMPONENT_FAILED,
                  "it is for nothing that this BMC has: iLO 6 is not for iLO 5", way_out)
        self.told(self.run_bmc("update", self.image("image.bin", "4.00")), COMPONENT_FAILED, "what it is for is not known",
                  "--firmware-entry, one of 1, 2")
        self.told(self.run_bmc("update", self.image("image.bin"), "--firmware-entry", "1"), COMPONENT_FAILED,
                  "which version it brings is not known", "--firmware-version")
        from fake_bmc import image
        tar = self.folder / "obmc.tar"
        tar.write_bytes(image.openbmc_tar("bmc_active", "9.9"))
        self.told(self.run_bmc("update", tar), COMPONENT_FAILED, "what it is for is not known")
        self.told(self.run_bmc("update", self.image("ilo5_210.bin", "2.10")), NOT_REQUIRED, "a newer version, 2.14",
                  "--downgrade goes back to 2.10")
        self.assertEqual(self.bmc.flashes(), [])

    def test_answers_for_programs(self):
        done = self.run_bmc("inventory", "--json", password=self.bad)
        self.assertEqual(done.returncode, UNREACHABLE)
        error = json.loads(done.stdout)["targets"][0]["error"]
        self.assertEqual(error, {"trouble": "denied", "text": "login as admin: the BMC refuses the login",
                                 "hint": "are user and password right?"})

    def test_nobody_can_be_asked_for_a_password(self):
        done = subprocess.run([BIN, "bmc", "inventory", "-t", self.spec, "--data", self.data, "--ask-bmc-password"],
                              capture_output=True, text=True, stdin=subprocess.DEVNULL, start_new_session=True, timeout=30)
        self.told(done, BAD_PARAMETER, "there is no terminal", "--bmc-password-file")


if __name__ == "__main__":
    unittest.main()

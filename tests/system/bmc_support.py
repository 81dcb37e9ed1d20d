"""What the system tests with fake BMCs share. They listen on loopback only; no root is needed but for port 80."""

import base64
import json
import os
import re
import ssl
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
sys.dont_write_bytecode = True

from fake_bmc.process import FakeBmc  # noqa: E402  (the path had to come first)

BIN = os.environ.get("SOAPSTONE_BIN", str(HERE.parents[1] / "build" / "dev" / "bin" / "soapstone"))

VERSIONS = {"generic": "2.0.0", "ilo5": "2.78", "ilo4": "2.82", "ilo2": "2.33", "openbmc": "2.15.0", "idrac": "7.00.00.00",
            "xcc": "3.00", "supermicro": "01.02.00"}
NAMES = {"openbmc": "obmc.tar"}


class Result:
    def __init__(self, code, out, err, data, bmc):
        self.code, self.out, self.err, self.data, self.bmc = code, out, err, data, bmc

    @property
    def folder(self):
        return self.data / "runs" / re.search(r"\brun ([0-9a-f]{32}):", self.err).group(1)

    @property
    def target(self):
        return json.loads((self.folder / "report.json").read_text())["targets"][0]

    @property
    def outcome(self):
        return self.target["outcome"]

    def __str__(self):
        trace = "\n".join(str({name: one.get(name) for name in ("event", "method", "path", "status", "error")})
                          for one in self.bmc.trace()[-60:])
        return f"exit code {self.code}\n--- out\n{self.out}\n--- err\n{self.err}\n--- trace\n{trace}"


class Scene:
    """One fake BMC, an image for it, and a data folder."""

    def __init__(self, kind="generic", knobs=None, **more):
        self.kind = kind
        self.bmc = FakeBmc(kind, knobs=knobs, **more)

    def __enter__(self):
        self.bmc.start()
        self.folder = tempfile.TemporaryDirectory(prefix="soapstone-bmc-")
        self.path = Path(self.folder.name)
        self.data = self.path / "data"
        self.image = self.path / NAMES.get(self.kind, "image.bin")
        self.write_image(VERSIONS[self.kind])
        return self

    def __exit__(self, *_):
        self.bmc.stop()
        self.folder.cleanup()

    def write_image(self, version, target=None, size=65536):
        self.version = version
        if self.kind == "idrac":  # bare: for Dell's packages there is a test of its own
            from fake_bmc import image
            self.image.write_bytes(image.raw(target or self.bmc.kind().first_target, version, size))
        else:
            self.image.write_bytes(self.bmc.image(version, target, size))

    def package(self, version, target=None):
        """In place of the image a package of the vendor's, which says itself what it is for."""
        self.version, self.image = version, self.path / "package.exe"
        self.image.write_bytes(self.bmc.image(version, target))
        self.facts = lambda entry=None: []

    def entry(self, ident):
        """An entry of its inventory, by a client of our own."""
        login = base64.b64encode(f"{self.bmc.user}:{self.bmc.password}".encode()).decode()
        request = urllib.request.Request(f"{self.bmc.url}/redfish/v1/UpdateService/FirmwareInventory/{ident}/",
                                         headers={"Authorization": f"Basic {login}"})
        with urllib.request.urlopen(request, context=ssl._create_unverified_context()) as answer:
            return json.load(answer)

    def facts(self, entry=None):
        if self.kind == "openbmc":
            return []
        usual = "Installed-25227" if self.kind == "idrac" else self.bmc.kind().first_target
        return ["--firmware-version", self.version, "--firmware-entry", entry or usual]

    @property
    def target(self):
        return f"bmc://{self.bmc.user}@{self.bmc.host}"

    def words(self, *words, new=True):
        return [BIN, *words, "--data", str(self.data), *(["--accept-new"] if new else [])]

    def command(self, *more, entry=None, new=True):
        return self.words("deploy", "-t", self.target, "--bmc-password-file", str(self.bmc.password_file), "--bmc-interval",
                          "100", "--bmc-timeout", "6", *self.facts(entry), *more, str(self.image), new=new)

    def run(self, words, seconds=90):
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        done = subprocess.run(words, capture_output=True, text=True, errors="replace", timeout=seconds, env=environment)
        return Result(done.returncode, done.stdout, done.stderr, self.data, self.bmc)

    def deploy(self, *more, entry=None, new=True):
        return self.run(self.command(*more, entry=entry, new=new))

    def secret_free(self):
        """Nothing that was written or said may hold the password."""
        for file in self.data.rglob("*"):
            if file.is_file() and self.bmc.password.encode() in file.read_bytes():
                raise AssertionError(f"the password is in {file}")

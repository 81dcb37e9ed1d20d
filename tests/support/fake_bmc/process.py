"""Starts fake BMCs for a test, and talks to their control port.

    with FakeBmc("ilo5", knobs={"needs-reset": True}) as bmc:
        soapstone("bmc", "update", bmc.url, ...)
        self.assertEqual(bmc.version(), "2.78")
"""

import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAM = Path(__file__).resolve().parent


class Link:
    """The way to a process that runs: its control socket, and who may log in to its BMCs."""

    def __init__(self, control, user, password):
        self.control, self.user, self.password = str(control), user, password

    def call(self, method, path, words=None):
        """One call to the control port."""
        connection = UnixConnection(self.control)
        try:
            connection.request(method, path, json.dumps(words) if words is not None else None)
            answer = connection.getresponse()
            body = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != 200:
            raise AssertionError(f"{method} {path}: {body}")
        return body

    def forget_trace(self):
        self.call("DELETE", "/__trace")


class Member:
    """One BMC of a process."""

    def __init__(self, process, facts):
        self.process = process
        self.index, self.personality = facts["index"], facts["personality"]
        self.address, self.port = facts["address"], facts["port"]
        self.pin, self.spki_sha256 = facts["pin"], facts["spki_sha256"]

    @property
    def host(self):
        """As part of a URL."""
        address = f"[{self.address}]" if ":" in self.address else self.address
        return address if self.port == 443 else f"{address}:{self.port}"

    @property
    def url(self):
        return f"https://{self.host}"

    def kind(self):
        from .personalities import ALL
        return ALL[self.personality]()

    def image(self, version, target=None, size=65536):
        """The bytes of an image that this BMC takes."""
        return self.kind().make_image(version, target, size)

    def trace(self, event=None, secrets=False):
        """What it saw, oldest first; only events of one kind, if wanted."""
        found = self.process.call("GET", f"/__trace?bmc={self.index}{'&secrets=1' if secrets else ''}")
        return [one for one in found if event in (None, one["event"])]

    def requests(self, method=None, path=None):
        """The requests it saw; `path`: a part of it."""
        return [one for one in self.trace("request")
                if method in (None, one["method"]) and (path is None or path in one["path"])]

    def fetches(self):
        return self.trace("fetch")

    def flashes(self):
        """Every write to its flash that came to its end."""
        return [{name: one[name] for name in ("target", "version", "sha256")} for one in self.trace("flash")]

    def credentials_seen(self):
        """Whether any credential ever came."""
        return any(one["credentials"] != "none" for one in self.trace("request"))

    def knob(self, name, value=True):
        self.process.call("POST", f"/__knob?bmc={self.index}", {name: value})

    def do(self, action, **words):
        self.process.call("POST", f"/__do?bmc={self.index}", {"action": action, **words})

    def state(self):
        return self.process.call("GET", f"/__state?bmc={self.index}")

    def version(self, target=None):
        """What is installed, by the double itself; without a target the BMC's own firmware."""
        components = self.state()["components"]
        target = target or next(iter(components))
        return next(one["version"] for ident, one in components.items() if target in (ident, *one["names"]))

    def wait(self, condition, seconds=30, what="what the test waits for"):
        """Until `condition(state)` is true; returns the state."""
        end = time.monotonic() + seconds
        while not condition(state := self.state()):
            if time.monotonic() > end:
                raise AssertionError(f"not within {seconds} s: {what}; {state}")
            time.sleep(0.02)
        return state


class FakeBmc(Member, Link):
    """A process with one BMC, or with `count`: then `bmcs` has them all, and this object is the first of them."""

    def __init__(self, personality="generic", knobs=None, count=1, address="127.0.0.1", port=0, seed=0, user="admin",
                 password=None, state=None, certificate=None, key=None, prefix=(), netns=None):
        self.words = [*(["ip", "netns", "exec", netns] if netns else prefix)]
        self.options = {"personality": personality, "fleet": count, "address": address, "port": port, "seed": seed,
                        "user": user, "state": state, "certificate": certificate, "key": key}
        self.knobs = knobs or {}
        self.user, self.password = user, password or f"Pw-{secrets.token_hex(8)}"
        self.child = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Starts the process; returns this object once the BMCs listen."""
        self.folder = tempfile.TemporaryDirectory(prefix="fake-bmc-")
        self.password_file = Path(self.folder.name) / "password"
        self.password_file.touch(0o600)
        self.password_file.write_text(self.password + "\n")
        self.control = str(Path(self.folder.name) / "control")
        words = [*self.words, sys.executable, str(PROGRAM), "--password-file", str(self.password_file),
                 "--control-socket", self.control]
        for name, value in self.options.items():
            words += [f"--{name}", str(value)] if value is not None else []
        for name, value in self.knobs.items():
            words += ["--knob", f"{name}={value}"]
        self.child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
                                      env={**os.environ, "TMPDIR": self.folder.name})  # goes also when it is killed
        line = self.child.stdout.readline()
        if not line:
            self.stop()
            raise AssertionError(f"the fake BMC did not start: exit code {self.child.returncode}")
        facts = json.loads(line)
        self.pid = facts["pid"]
        self.bmcs = [Member(self, one) for one in facts["bmcs"]]
        Member.__init__(self, self, facts["bmcs"][0])
        return self

    def stop(self):
        """Ends it; does nothing when it has ended."""
        if self.child:
            self.child.stdin.close()
            try:
                self.child.wait(10)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
            self.child.stdout.close()
        self.folder.cleanup()

    def kill(self):
        """Ends it as an accident would."""
        os.kill(self.pid, 9)
        self.child.wait()


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)

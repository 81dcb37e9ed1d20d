"""A `soapstone serve` with tokens, and callers of its API on the same lab workstation."""

import contextlib
import ctypes
import http.client
import os
import re
import signal
import ssl
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

from support import SystemTest  # noqa: E402

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NAMESPACE = "urn:soapstone:manager:1"
TYPES = "urn:soapstone:types:1"
ROLES = ["viewer", "operator", "admin"]


@contextlib.contextmanager
def entered(netns):
    """This thread is in a network namespace as long as it lasts; sockets stay where they were made."""
    clone_newnet = 0x40000000

    def enter(file):
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), clone_newnet) != 0:
            raise OSError(ctypes.get_errno(), "setns")

    with open("/proc/thread-self/ns/net", "rb") as before, open(f"/run/netns/{netns}", "rb") as there:
        enter(there)
        try:
            yield
        finally:
            enter(before)


def envelope(operation, body="", namespace=NAMESPACE):
    return ('<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
            f'<{operation} xmlns="{namespace}">{body}</{operation}></s:Body></s:Envelope>')


def post(port, operation, body="", token="", headers=None, host="localhost", certificate=None, path="/manager",
         namespace=NAMESPACE):
    """One call: status and answer. `certificate`: a file with the caller's key and certificate."""
    context = ssl._create_unverified_context()
    if certificate:
        context.load_cert_chain(certificate)
    connection = http.client.HTTPSConnection(host, port, context=context, timeout=90)
    with contextlib.closing(connection):
        fields = {"Content-Type": "text/xml; charset=utf-8", **({"Authorization": f"Bearer {token}"} if token else {})}
        connection.request("POST", path, envelope(operation, body, namespace).encode(), {**fields, **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def follow(port, token):
    """Prints where each event from the beginning stands, until it is killed; goes on over breaks."""
    since = 0
    while True:
        try:
            status, text = post(port, "GetEvents", f"<since>{since}</since><waitSeconds>5</waitSeconds><most>7</most>",
                                token)
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)  # it was killed, and comes again
            continue
        if status != 200:
            raise SystemExit(text)
        for position, run, seq in re.findall(r"position>(\d+)<.*?runId>(\w+)<.*?:seq>(\d+)<", text, re.S):
            print(position, run, seq, flush=True)
        since = int(re.search(r"lastPosition>(\d+)<", text)[1])


class ApiCase(SystemTest):
    hosts = 2

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key = Path(cls.lab.data).with_suffix(".key")  # elsewhere
        cls.key.write_text(os.urandom(16).hex())
        cls.key.chmod(0o600)
        cls.netns = cls.lab.facts["workstation"]["netns"]
        cls.serve()
        cls.tokens = {role: cls.lab.soapstone("token", "new", "--role", role, "--name", f"a {role}").out.strip()
                      for role in ROLES}

    @classmethod
    def serve(cls):
        cls.server = cls.lab.start("serve", "--key-file", cls.key)
        cls.server.wait_for("^serving ")
        cls.port = int(re.search(r"\bapi (\d+)", "".join(cls.server.err))[1])

    @classmethod
    def tearDownClass(cls):
        cls.server.send(signal.SIGTERM)
        cls.server.end()
        cls.key.unlink()

    def setUp(self):
        super().setUp()
        self.forget_runs()

    def inside(self, *command, **more):
        return subprocess.run(["ip", "netns", "exec", self.netns, *map(str, command)], capture_output=True, text=True,
                              timeout=120, **more)

    def python(self, code):
        """A Python program on the workstation that knows this module's functions."""
        start = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); from api_support import *; "
        return ["ip", "netns", "exec", self.netns, sys.executable, "-c", start + code]

    def call(self, operation, body="", **how):
        done = subprocess.run(self.python(f"print(*post({self.port}, {operation!r}, {body!r}, **{how!r}), sep='\\n')"),
                              capture_output=True, text=True, timeout=120)
        status, _, text = done.stdout.partition("\n")
        return (int(status) if status.isdigit() else done.stderr), text

    def asked(self, operation, body="", role="admin"):
        """The answer to a call that succeeds."""
        status, text = self.call(operation, body, token=self.tokens[role])
        self.assertEqual(status, 200, text)
        return text

    def refused(self, operation, body="", role="admin"):
        """Code, target and text of the fault of a call."""
        status, text = self.call(operation, body, token=self.tokens[role])
        self.assertEqual(status, 500, text)
        return tuple(values_of(name, text)[:1] for name in ("code", "target", "message"))

    def option(self, name, value=None):
        given = "" if value is None else f'<value xmlns="{TYPES}">{value}</value>'
        return f'<options><name xmlns="{TYPES}">{name}</name>{given}</options>'

    def login(self):
        facts = self.lab.facts
        return self.option("identity", facts["keys"]["ed25519"]) + self.option("known-hosts", facts["known_hosts"])

    def deploy(self, targets, component, options="", key=None):
        """Id of a run that an admin begins."""
        key = key or os.urandom(8).hex()
        text = self.asked("Deploy", f"<key>{key}</key>" + "".join(f"<targets>{one}</targets>" for one in targets)
                          + f"<components>{component}</components>" + self.login() + options)
        return values_of("runId", text)[0]

    def state(self, run):
        return values_of("state", self.asked("GetRun", f"<runId>{run}</runId>"))[0]


def values_of(name, text):
    """The texts of all elements of a name, in their order."""
    return re.findall(rf"<(?:[\w-]+:)?{name}>([^<]*)<", text)

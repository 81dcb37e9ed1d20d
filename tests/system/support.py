"""What all system tests share: a lab of their own, the program under test, packages, and a look at the hosts.

The tests run the real `soapstone` (environment variable SOAPSTONE_BIN) on the lab's workstation against the lab's
hosts. They need root. SOAPSTONE_LONG=1 makes the repetitions longer.
"""

import atexit
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
LAB = HERE.parent / "lab" / "lab"
sys.path[:0] = [str(LAB.parent), str(HERE.parent / "support")]
sys.dont_write_bytecode = True

from fake_bmc.process import Link, Member  # noqa: E402  (the path had to come first)
from soapstone_lab import base, compare, kill, look, roots, state  # noqa: E402  (the path had to come first)

BIN = os.environ.get("SOAPSTONE_BIN", str(HERE.parents[1] / "build" / "dev" / "bin" / "soapstone"))
LONG = os.environ.get("SOAPSTONE_LONG", "") not in ("", "0")

# What may stay on a host: the logs and journals of runs.
STAYS = re.compile(r"(/var/lib/soapstone|/c/windows/Soapstone)"
                   r"(/[0-9a-f]{32}(/logs(/[^/]+)?|/journal[^/]*|/tombstone)?)?")

TIME = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+Z ")  # when a line of progress was said

OK, NOT_REQUIRED, UNREACHABLE, DEPENDENCY, LEFTOVERS = 0, 3, 4, 6, 10
INTERRUPTED, COMPONENT_FAILED, BAD_PARAMETER, GENERAL = 130, 253, 254, 255


def until(condition, seconds, what):
    """Polls until `condition` gives something true, and returns that."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


class Result:
    """What became of one call of soapstone."""

    def __init__(self, code, out, err, data):
        self.code, self.out, self.err, self.data = code, out, err, data

    @property
    def run(self):
        """The run's id, as soapstone said it."""
        found = re.search(r"\brun ([0-9a-f]{32}):", self.err) or re.search(r'"run":"([0-9a-f]{32})"', self.out)
        if not found:
            raise AssertionError(f"no run in: {self}")
        return found.group(1)

    @property
    def said(self):
        """The lines of progress, without their times."""
        return [TIME.sub("", line) for line in self.err.splitlines()]

    @property
    def folder(self):
        return Path(self.data) / "runs" / self.run

    @property
    def report(self):
        return json.loads((self.folder / "report.json").read_text())

    def target(self, name):
        """The part of report.json about one target."""
        return next(one for one in self.report["targets"] if one["name"] == name)

    def log(self, target, component):
        """What the component printed on the target, by the log that was fetched."""
        files = list((self.folder / target).glob(f"*-{component}-*.log"))
        if len(files) != 1:
            raise AssertionError(f"logs of {component} on {target}: {files}")
        return files[0].read_text()

    def line(self, beginning):
        """The one line on standard output that begins so."""
        lines = [line for line in self.out.splitlines() if line.startswith(beginning)]
        if len(lines) != 1:
            raise AssertionError(f"{len(lines)} lines begin with {beginning!r}: {self}")
        return lines[0]

    def __str__(self):
        return f"exit code {self.code}\n--- out\n{self.out}\n--- err\n{self.err}"


class Running:
    """A soapstone that runs; what it says is read while it does."""

    def __init__(self, command, data, environment):
        self.data = data
        self.out, self.err = [], []
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env=environment, text=True, errors="replace")
        self.readers = [threading.Thread(target=self.read, args=pair, daemon=True)
                        for pair in ((self.process.stdout, self.out), (self.process.stderr, self.err))]
        for reader in self.readers:
            reader.start()

    @staticmethod
    def read(pipe, lines):
        for line in pipe:
            lines.append(line)

    def says(self, pattern):
        """True when a line, without the time that stands before it, matches."""
        return any(re.search(pattern, TIME.sub("", line)) for line in [*self.err, *self.out])

    def wait_for(self, pattern, seconds=60):
        """Until it has said a line that matches."""
        def look():
            ended = self.process.poll() is not None
            if self.says(pattern):
                return True
            if ended:
                time.sleep(0.2)  # the readers may be a moment behind
                if self.says(pattern):
                    return True
                raise AssertionError(f"ended without saying {pattern!r}:\n{self.end()}")
            return False
        try:
            until(look, seconds, f"a line like {pattern!r}")
        except AssertionError as error:
            raise AssertionError(f"{error}\nso far: {''.join(self.err)}{''.join(self.out)}") from None

    def send(self, number):
        self.process.send_signal(number)

    def kill(self):
        """Ends it as an accident would."""
        self.process.kill()
        return self.end()

    def end(self, seconds=180):
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"did not end within {seconds} s:\n{''.join(self.err)}{''.join(self.out)}") from None
        for reader in self.readers:
            reader.join()
        return Result(code, "".join(self.out), "".join(self.err), self.data)


class Lab:
    """Real hosts, and a workstation on which soapstone runs."""

    def __init__(self, name):
        self.name = f"sys-{name}-{os.getpid()}"
        self.data = tempfile.mkdtemp(prefix="soapstone-system-")
        self.programs = []
        self.is_down = False
        atexit.register(self.down)  # also when a test is broken off
        signal.signal(signal.SIGTERM, signal.default_int_handler)

    def __call__(self, *words, check=True):
        """Runs the lab command; returns what it printed."""
        done = subprocess.run([LAB, "--name", self.name, *map(str, words)], capture_output=True, text=True, timeout=180,
                              stdin=subprocess.DEVNULL)
        if check and done.returncode != 0:
            raise AssertionError(f"lab {' '.join(map(str, words))}: {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def up(self, hosts, root=None, more=0, bmcs=(), bmc_knobs=()):
        """Hosts of the kind `root`, and as many more of the usual one. `bmcs`: kinds of the BMCs beside them."""
        begin = time.monotonic()
        self("up", hosts, *(["--root", root] if root else []), "--bmcs", ",".join(bmcs),
             *(word for knob in bmc_knobs for word in ("--bmc-knob", knob)))
        if more:
            self("up", hosts + more, "--root", roots.USUAL)
        self.facts = json.loads(self("info", "--json"))
        self.inside = state.Lab(self.name)
        print(f"lab {self.name}: {hosts + more} hosts in {time.monotonic() - begin:.1f} s", file=sys.stderr)

    def down(self):
        if self.is_down:
            return
        self.is_down = True
        for running in self.programs:
            if running.process.poll() is None:
                running.process.kill()
                running.process.wait()
        self("down", check=False)
        shutil.rmtree(self.data, ignore_errors=True)

    def sh(self, host, script, check=True):
        """Runs a shell script as root in a host."""
        return self("exec", host, "--", "sh", "-c", script, check=check).strip()

    def read(self, host, path):
        """A host's file, or nothing."""
        try:
            return (self.inside.host(host).root() / path.lstrip("/")).read_text(errors="replace")
        except FileNotFoundError:
            return ""

    def password(self, user):
        return next(one["password_file"] for one in self.facts["users"] if one["name"] == user)

    def login(self):
        """Options that let root in on every host with an SSH server."""
        if not Path(self.facts["keys"]["ed25519"]).exists():
            return []
        return ["-i", self.facts["keys"]["ed25519"], "--known-hosts", self.facts["known_hosts"]]

    def start(self, *words, login=True, data=None, environment=None):
        """Starts soapstone on the workstation."""
        words = [str(word) for word in words]
        data = data or self.data
        if words and words[0] not in ("help", "version", "--help", "--version") and data:
            words[1:1] = ["--data", str(data)]
        if login and words[0] in ("deploy", "resume", "inventory", "doctor", "cleanup"):
            words[1:1] = self.login()
        variables = {"PATH": os.environ["PATH"], "HOME": self.data, "LANG": "C.UTF-8", **(environment or {})}
        running = Running(["ip", "netns", "exec", self.facts["workstation"]["netns"], BIN, *words], data, variables)
        self.programs.append(running)
        return running

    def bmcs(self):
        """The BMCs beside the hosts, to be asked and told things; reached from the workstation as bmc1, bmc2, ..."""
        return [Member(Link(one["control_socket"], one["user"], Path(one["password_file"]).read_text().strip()), one)
                for one in self.facts["bmcs"]]

    def lend_nft(self, host):
        """Puts this machine's nft with its libraries into a host that has none."""
        root = self.inside.host(host).root()
        listing = subprocess.run(["ldd", "/usr/sbin/nft"], check=True, capture_output=True, text=True).stdout
        folder = root / "usr/local/lib/nft"
        folder.mkdir(parents=True, exist_ok=True)
        for word in listing.split():
            if word.startswith("/"):
                (folder / Path(word).name).write_bytes(Path(word).read_bytes())
        program = root / "usr/local/lib/nft/nft"
        program.write_bytes(Path("/usr/sbin/nft").read_bytes())
        program.chmod(0o755)
        script = root / "usr/local/sbin/nft"
        script.write_text('#!/bin/sh\nLD_LIBRARY_PATH=/usr/local/lib/nft exec /usr/local/lib/nft/nft "$@"\n')
        script.chmod(0o755)

    def lend(self, host, *packages):
        """Unpacks Debian packages, with what they need, into a host; their scripts do not run. Skips the test where
        none can be had."""
        root = self.inside.host(host).root()
        cache = Path(self.data) / "packages"
        (cache / "partial").mkdir(parents=True, exist_ok=True)
        shutil.copy(root / "var/lib/dpkg/status", cache / "status")  # apt takes none from below /proc
        settings = {"Dir::State::status": cache / "status", "Dir::Cache::archives": f"{cache}/",
                    "Dir::Cache::pkgcache": "", "Dir::Cache::srcpkgcache": "", "Debug::NoLocking": 1,
                    "APT::Sandbox::User": "root"}
        done = subprocess.run(["apt-get", "--quiet", "--yes", "--no-install-recommends", "--download-only",
                               *(f"-o{key}={value}" for key, value in settings.items()), "install", *packages],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise unittest.SkipTest(f"no {packages[0]} to be had: {done.stderr.strip()}")
        for package in cache.glob("*.deb"):
            if not re.match("systemd|libpam-systemd|polkitd|libc6_", package.name):
                content = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], check=True, capture_output=True)
                subprocess.run(["tar", "-x", "--keep-directory-symlink", "-C", root], check=True, input=content.stdout)
        self.sh(host, "ldconfig")

    def soapstone(self, *words, seconds=180, **how):
        """Runs soapstone on the workstation to its end."""
        return self.start(*words, **how).end(seconds)

    def snapshot(self, *hosts):
        for host in hosts or [host.name for host in self.inside.hosts()]:
            compare.snapshot(self.inside.host(host))

    def strange(self, host, may=()):
        """What is on the host since its snapshot and is no log of ours, one line each. `may`: paths that may come."""
        found = compare.diff(self.inside.host(host), may)
        lines = [f"process {one['pid']} {one['exe']}: {one['cmdline']}" for one in found["processes"]]
        lines += [f"port {one['protocol']} {one['port']} of process {one['pid']}" for one in found["ports"]]
        lines += [f"mount {one}" for one in found["mounts"]]
        lines += [f"service {one['name']}" for one in found["services"]]
        lines += [f"file {one['path']}" for word in ("added", "changed") for one in found[word]
                  if not STAYS.fullmatch(one["path"])]
        return lines


class SystemTest(unittest.TestCase):
    """Tests with a lab of `hosts` hosts, up for the whole class. `root`: what they are, if not Debian 12; `more`: hosts
    with Debian 12 beside those; `bmcs`: kinds of BMCs, such as ("ilo5", "openbmc:2"), with `bmc_knobs`."""

    hosts = 1
    root = None
    more = 0
    bmcs = bmc_knobs = ()

    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("the lab needs root")
        cls.lab = Lab(re.sub(r"[^a-z0-9]+", "-", cls.__name__.lower()))
        cls.addClassCleanup(cls.lab.down)
        cls.lab.up(cls.hosts, cls.root, cls.more, cls.bmcs, cls.bmc_knobs)
        folder = tempfile.TemporaryDirectory(prefix="soapstone-components-")
        cls.addClassCleanup(folder.cleanup)
        cls.components = Path(folder.name)

    def setUp(self):
        self.began = time.monotonic()

    def tearDown(self):
        print(f"  {self._testMethodName}: {time.monotonic() - self.began:.1f} s", file=sys.stderr)

    def clean(self, *hosts, may=(), seconds=5):
        """Asserts that nothing but logs of ours is on these hosts, at the latest after some seconds."""
        for host in hosts:
            end = time.monotonic() + seconds  # a login's sshd may need a moment to go
            while self.lab.strange(host, may) and time.monotonic() < end:
                time.sleep(0.2)
            self.assertEqual(self.lab.strange(host, may), [], f"on {host}")

    def ended(self, result, code):
        self.assertEqual(result.code, code, str(result))

    def deb(self, name, version="1.0-1", depends="", script="", files=None):
        """Builds a real package."""
        root = Path(tempfile.mkdtemp(dir=self.components))
        control = root / "DEBIAN"
        control.mkdir()
        (control / "control").write_text(
            f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: Soapstone <soapstone@example.org>\n"
            + (f"Depends: {depends}\n" if depends else "") + "Description: for a test\n")
        if script:
            (control / "postinst").write_text(f"#!/bin/sh\n{script}\n")
            (control / "postinst").chmod(0o755)
        for path, content in (files or {f"/usr/share/{name}/version": version}).items():
            file = root / path.lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
        for folder in [root, *[each for each in root.rglob("*") if each.is_dir()]]:
            folder.chmod(0o755)
        package = self.components / f"{name}_{version}_all.deb"
        subprocess.run(["dpkg-deb", "--root-owner-group", "--build", root, package], check=True, capture_output=True)
        return package

    def rpm(self, name, version="1.0", release="1"):
        """Builds a real package."""
        top = Path(tempfile.mkdtemp(dir=self.components))
        spec = top / f"{name}.spec"
        spec.write_text(f"Name: {name}\nVersion: {version}\nRelease: {release}\nSummary: for a test\nLicense: none\n"
                        f"BuildArch: noarch\n%description\nFor a test.\n%install\nmkdir -p %{{buildroot}}/usr/share/{name}\n"
                        f"echo {version} >%{{buildroot}}/usr/share/{name}/version\n%files\n/usr/share/{name}\n")
        subprocess.run(["rpmbuild", "--quiet", "-bb", "--define", f"_topdir {top}", spec], check=True,
                       capture_output=True)
        return next(top.glob("RPMS/*/*.rpm"))

    def script(self, name, text):
        """A program to run on targets."""
        file = self.components / name
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(0o755)
        return file

    def counter(self, name, seconds=0):
        """A program that leaves a line in /root/count at each run, and then takes its time."""
        return self.script(name, f"echo run >>/root/count\necho {name} begins\nsleep {seconds}\necho {name} ends")

    def runs(self, host):
        """How often the counter has run on the host."""
        return self.lab.read(host, "/root/count").count("run")

    def forget_runs(self):
        for host in self.lab.inside.hosts():
            (host.root() / "root/count").unlink(missing_ok=True)

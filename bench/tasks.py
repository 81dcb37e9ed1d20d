"""What each contender is to do on all hosts, how the hosts are made ready for it, and the proof that it was done."""

import hashlib
import os
import subprocess
import uuid
from pathlib import Path

PACKAGE, VERSION = "soapstone-bench", "1.0-1"
BIG = 50 << 20  # bytes to push
LOG = "/var/log/bench.log"
LOG_LINES = 4_000  # some 256 KiB


class Work:
    """Everything a contender needs to know: hosts, keys, files. One for a number of hosts."""

    def __init__(self, scene, folder):
        self.scene, self.folder = scene, Path(folder)
        self.names = [host.name for host in scene.hosts]
        self.all = f"host[1-{len(self.names)}]" if len(self.names) > 1 else "host1"
        self.key = scene.facts["keys"]["ed25519"]
        self.known_hosts = scene.facts["known_hosts"]
        self.forks = len(self.names)
        self.big = self.folder / "big.bin"
        self.big.write_bytes(os.urandom(BIG))
        self.big_sum = digest(self.big)
        self.package = build_package(self.folder)
        self.fresh()

    def fresh(self):
        """A new token, so that no earlier run can be taken for the next one, and a new folder for what is fetched."""
        self.token = f"/root/bench-{uuid.uuid4().hex}"
        self.fetched = self.folder / "fetched" / self.token[-8:]
        self.fetched.mkdir(parents=True)

    def log_of(self, host):
        """The text of the log that lies on a host; no two hosts have the same."""
        return "".join(f"{number:06d} {host.name} {'a line of a log ' * 3}\n" for number in range(LOG_LINES))


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def build_package(folder):
    root = folder / "package"
    (root / "DEBIAN").mkdir(parents=True)
    (root / "DEBIAN" / "control").write_text(
        f"Package: {PACKAGE}\nVersion: {VERSION}\nArchitecture: all\n"
        "Maintainer: Soapstone <soapstone@example.org>\nDescription: for a measurement\n")
    file = root / "usr" / "share" / PACKAGE / "version"
    file.parent.mkdir(parents=True)
    file.write_text(VERSION)
    for each in [root, *root.rglob("*")]:
        each.chmod(0o755 if each.is_dir() else 0o644)
    package = folder / f"{PACKAGE}_{VERSION}_all.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", root, package], check=True, capture_output=True)
    return package


class Command:
    """`touch TOKEN` on every host, with nothing there before."""

    name, about = "cold", "run a command on each host, connecting first"

    def prepare(self, work):
        pass

    def missing(self, work, contender, host):
        return None if work.scene.path(host, work.token).exists() else "the command has not run"


class Again(Command):
    """The same on connections that are open already."""

    name, about = "warm", "run a command on each host, connected already"


class Push:
    """A big file onto every host."""

    name, about = "push", "copy 50 MiB to each host"

    def prepare(self, work):
        work.scene.each(lambda host: work.scene.path(host, "/root/bench.bin").unlink(missing_ok=True))

    def missing(self, work, contender, host):
        return contender.missing_push(work, host)


class Install:
    """A small Debian package onto every host, which does not have it."""

    name, about = "install", "install a small .deb on each host"

    def prepare(self, work):
        work.scene.each(lambda host: purge(work, host))

    def missing(self, work, contender, host):
        return None if installed(work, host) else f"{PACKAGE} {VERSION} is not installed"


class NoOp:
    """The package is to be on every host, and is."""

    name, about = "noop", "the same when the .deb is installed already"

    def prepare(self, work):
        work.scene.each(lambda host: ensure(work, host))
        self.before = dict(zip(work.names, work.scene.each(lambda host: stamp(work, host))))

    def missing(self, work, contender, host):
        if not installed(work, host):
            return f"{PACKAGE} {VERSION} is not installed any more"
        return None if stamp(work, host) == self.before[host.name] else "it was installed again"


class Logs:
    """A log file from every host."""

    name, about = "logs", "fetch a log of 256 KiB from each host"

    def prepare(self, work):
        work.scene.each(lambda host: work.scene.path(host, LOG).write_text(work.log_of(host)))

    def missing(self, work, contender, host):
        file = contender.fetched(work, host)
        if file is None or not file.is_file():
            return "its log was not fetched"
        return None if file.read_text() == work.log_of(host) else "its log was fetched damaged"


ALL = (Command, Again, Push, Install, NoOp, Logs)


def installed(work, host):
    text = work.scene.path(host, "/var/lib/dpkg/status").read_text()
    entry = next((each for each in text.split("\n\n") if each.startswith(f"Package: {PACKAGE}\n")), "")
    there = "\nStatus: install ok installed\n" in entry and f"\nVersion: {VERSION}\n" in entry
    return there and work.scene.path(host, f"/usr/share/{PACKAGE}/version").exists()


def purge(work, host):
    work.scene.path(host, "/root/bench.deb").unlink(missing_ok=True)
    if installed(work, host):
        work.scene.inside_of(host, "dpkg", "--purge", PACKAGE)


def ensure(work, host):
    """The package file lies there as well: tools that copy first find it unchanged."""
    work.scene.path(host, "/root/bench.deb").write_bytes(work.package.read_bytes())
    if not installed(work, host):
        work.scene.inside_of(host, "dpkg", "-i", "/root/bench.deb")


def stamp(work, host):
    """Changes with every installation of the package."""
    return work.scene.path(host, f"/var/lib/dpkg/info/{PACKAGE}.list").stat().st_mtime_ns


def proof(task, work, contender, sample):
    """Why the run does not count; nothing when it does."""
    if sample.code not in contender.good_codes:
        return f"it ended with {sample.code}: {' '.join(sample.said.split())[-300:]}"
    reasons = work.scene.each(lambda host: task.missing(work, contender, host))
    bad = [f"{name}: {reason}" for name, reason in zip(work.names, reasons) if reason]
    return f"{bad[0]} ({len(bad)} of {len(work.names)} hosts)" if bad else None

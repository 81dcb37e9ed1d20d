"""What a lab is on the disk of this machine: names, addresses, paths. Nothing here starts anything."""

import fcntl
import os
import re
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

from . import procs, roots
from .run import LabError

ROOT = Path("/run/soapstone-lab")
# user -> how sudo answers; root: is root and need not ask
USERS = {"root": "root", "admin": "password", "ops": "nopasswd", "plain": "none"}
WINDOWS_USERS = {"Administrator": "root", "plain": "none"}
MOST_HOSTS = 1000  # a Linux bridge takes 1023


class Host:
    """One host of a lab, made or not."""

    def __init__(self, lab, number):
        self.lab = lab
        self.number = number
        self.name = f"host{number}"
        self.dir = lab.hosts_dir / self.name
        self.netns = f"{lab.prefix}{self.name}"
        self.ipv4 = str(ip_address("10.83.1.0") + number)
        self.ipv6 = str(ip_address("fd83:5057:6f61::1:0") + number)

    @property
    def disk(self):
        """What differs from the base on this host's disk."""
        return self.dir / "disk" / "upper"

    def made(self):
        return (self.dir / "made").exists()

    def base(self):
        """The root that its disk stands on."""
        return Path((self.dir / "made").read_text().strip())

    def kind(self):
        return roots.of_folder(self.base())

    @property
    def layer(self):
        """What it shares with the hosts of its kind, between its disk and the base."""
        return self.lab.layer(self.base())

    def init(self):
        """The host's process 1 as the machine sees it, or None while the host is off."""
        return procs.read(self.dir / "pid")

    def running(self):
        """The host's process 1; a LabError when the host is off."""
        process = self.init()
        if process is None:
            raise LabError(f"{self.name} is off; 'lab up' with its number starts it again")
        return process

    def files(self):
        """Where to write to the host's disk: through the running host, or straight while it is off."""
        return self.root() if self.init() else self.disk

    def root(self):
        """The host's file tree, as it stands now, seen from outside."""
        return Path(f"/proc/{self.running().pid}/root")


class Lab:
    """One lab: a name and everything that follows from it."""

    def __init__(self, name):
        if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?", name):
            raise LabError(f"lab name '{name}': take 1 to 30 of a-z, 0-9 and '-'")
        self.name = name
        self.dir = ROOT / name
        self.hosts_dir = self.dir / "tree" / "hosts"  # on the lab's tmpfs
        self.keys = self.dir / "keys"
        self.passwords = self.dir / "passwords"
        self.known_hosts = self.dir / "known_hosts"
        self.prefix = f"soapstone-{name}-"
        self.netns = f"{self.prefix}workstation"
        self.bmc_netns = f"{self.prefix}bmcs"
        self.bmcs_dir = self.dir / "bmcs"
        self.ipv4 = "10.83.0.1"
        self.ipv6 = "fd83:5057:6f61::1"

    @property
    def tree(self):
        """The tmpfs with all that the hosts have on their disks."""
        return self.dir / "tree"

    def exists(self):
        return (self.dir / "base").exists() and os.path.ismount(self.tree)

    def base(self):
        """The root that hosts get when nothing else is said."""
        return Path((self.dir / "base").read_text().strip())

    def layer(self, base):
        """What all hosts on this root share."""
        return self.tree / "layers" / base.name

    def systems(self):
        """'linux', 'windows' or both, by its hosts."""
        return {host.kind().system for host in self.hosts() if host.made()} or {roots.of_folder(self.base()).system}

    def users(self):
        """User -> how sudo answers, or 'root' for an administrator of Windows."""
        systems = self.systems()
        return {**(USERS if "linux" in systems else {}), **(WINDOWS_USERS if "windows" in systems else {})}

    def hosts(self):
        """All hosts that were made, by number."""
        if not self.hosts_dir.is_dir():
            return []
        numbers = [int(entry.name[4:]) for entry in self.hosts_dir.iterdir() if re.fullmatch(r"host\d+", entry.name)]
        return [Host(self, number) for number in sorted(numbers)]

    def host(self, name):
        """The host called `name`; a LabError that says which there are."""
        self.must_exist()
        hosts = self.hosts()
        for host in hosts:
            if host.name == name:
                return host
        there = f"{hosts[0].name} to {hosts[-1].name}" if hosts else "none"
        raise LabError(f"no host '{name}' in lab '{self.name}', which has {there}; 'lab up N' makes more")

    def must_exist(self):
        if not self.exists():
            raise LabError(f"lab '{self.name}' is not up; 'lab --name {self.name} up N' makes it with N hosts")

    def owns(self, netns):
        """Whether a network namespace of this name is one of this lab's."""
        return re.fullmatch(re.escape(self.prefix) + r"(workstation|bmcs|host\d+)", netns) is not None


@contextmanager
def alone(lab):
    """Keeps other commands from changing the same lab meanwhile. Makes the lab's folder when it is missing."""
    while True:
        lab.dir.mkdir(parents=True, exist_ok=True)
        handle = os.open(lab.dir, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            same = os.fstat(handle).st_ino == os.stat(lab.dir).st_ino
        except FileNotFoundError:
            same = False  # a 'down' removed it while we waited
        if same:
            break
        os.close(handle)
    try:
        yield
    finally:
        os.close(handle)


def every_lab():
    """All labs on this machine."""
    if not ROOT.is_dir():
        return []
    return [Lab(entry.name) for entry in sorted(ROOT.iterdir()) if entry.is_dir()]

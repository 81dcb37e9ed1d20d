"""The lab's network: a bridge in the workstation's namespace, one veth into each host's namespace.

Nothing of it can be seen in the machine's own network: even the pairs are made inside the namespaces.
"""

import fcntl
import os
from pathlib import Path

from .run import run
from .state import ROOT

NAMES = Path("/run/netns")
FILES = Path("/etc/netns")  # 'ip netns exec' shows these files as /etc/... inside
BRIDGE = "lab0"


def existing():
    """Names of all network namespaces that are really there; a leftover file of an earlier boot is none."""
    found = set()
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        folder, name = os.path.split(line.split()[4])
        if folder.endswith("/run/netns"):
            found.add(name)
    return found


def inodes(names):
    """The inode numbers by which /proc/PID/ns/net names these namespaces."""
    return {os.stat(NAMES / name).st_ino for name in names}


def inside(netns, *command, given=None, check=True):
    """Runs a program of the machine in a network namespace."""
    return run("nsenter", f"--net={NAMES / netns}", *command, given=given, check=check)


def make(lab, hosts):
    """Makes the workstation's network and the namespaces and cables of `hosts`, as far as they are missing."""
    there = existing()
    lines = []
    if lab.netns not in there:
        lines.append(f"netns add {lab.netns}")
    new = [host for host in hosts if host.netns not in there]
    lines += [f"netns add {host.netns}" for host in new]
    for line in lines:
        (NAMES / line.split()[-1]).unlink(missing_ok=True)
    batch(lines)
    if lab.netns not in there:
        make_bridge(lab)
    connect(lab, new)


def batch(lines):
    """Hands lines to ip(8) at once. One lab at a time: they share /run/netns."""
    if not lines:
        return
    lock = os.open(ROOT, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        run("ip", "-batch", "-", given="\n".join(lines) + "\n")
    finally:
        os.close(lock)


def make_bridge(lab):
    configure(lab.netns, [
        "link set lo up",
        f"link add {BRIDGE} type bridge stp_state 0 mcast_snooping 0",
        f"link set {BRIDGE} up",
        f"addr add {lab.ipv4}/16 brd + dev {BRIDGE}",
        f"addr add {lab.ipv6}/64 dev {BRIDGE} nodad",
    ])


def connect(lab, hosts):
    """One cable per host: 'host7' on the bridge, 'eth0' in the host."""
    if not hosts:
        return
    lines = []
    for host in hosts:
        lines.append(f"link add {host.name} type veth peer name eth0 netns {host.netns}")
        lines.append(f"link set {host.name} master {BRIDGE} up")
    configure(lab.netns, lines)
    for host in hosts:
        configure(host.netns, [
            "link set lo up",
            "link set eth0 up",
            f"addr add {host.ipv4}/16 brd + dev eth0",
            f"addr add {host.ipv6}/64 dev eth0 nodad",
        ])


def configure(netns, lines):
    """Runs ip(8) commands inside, with duplicate address detection off: addresses work at once."""
    inside(netns, "/bin/sh", "-c",
           "for each in /proc/sys/net/ipv6/conf/*/accept_dad; do echo 0 >$each; done && ip -batch -",
           given="\n".join(lines) + "\n")


def set_cable(host, up):
    """Plugs the host's cable in or out, at the far end: addresses and routes of the host stay as they are."""
    run("ip", "-n", host.lab.netns, "link", "set", host.name, "up" if up else "down")


def write_names(lab, more=()):
    """Makes host1, host2, ... and `more` (address, name) known in the workstation's namespace, and only there."""
    folder = FILES / lab.netns
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["127.0.0.1 localhost", "::1 localhost", f"{lab.ipv4} workstation", f"{lab.ipv6} workstation"]
    for host in lab.hosts():
        lines += [f"{host.ipv4} {host.name}", f"{host.ipv6} {host.name}"]
    lines += [f"{address} {name}" for address, name in more]
    # Written in place: programs that run in there already have this very file mounted.
    (folder / "hosts").write_text("\n".join(lines) + "\n")
    (folder / "resolv.conf").write_text("# no name servers in a lab\n")


def delete(names):
    """Removes namespaces; the cables in them go with them."""
    batch([f"netns delete {name}" for name in names])


def forget_names(lab):
    folder = FILES / lab.netns
    for file in ("hosts", "resolv.conf"):
        (folder / file).unlink(missing_ok=True)
    for empty in (folder, FILES):
        try:
            empty.rmdir()
        except OSError:
            break  # not there, or another lab's files are in it

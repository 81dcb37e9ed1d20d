"""Making, starting and ending hosts."""

import shutil
import subprocess
import time
import uuid
from pathlib import Path

from . import foreign, network, procs, roots
from .run import LabError, run

KEEPER = Path(__file__).parent / "keeper.sh"
START_LIMIT = 180  # seconds for a host to come up; usual is well under one, or a few for Windows
KINDS = ("ed25519", "ecdsa")  # an RSA key per host would cost most of the time of 'up'; 'rekey' makes one


def make(host, root):
    """Gives a host its disk on `root`: hostname, names, machine id, host keys. Does nothing when it has one."""
    if host.made():
        return
    shutil.rmtree(host.dir, ignore_errors=True)
    (host.dir / "root").mkdir(parents=True)
    (host.dir / "disk" / "work").mkdir(parents=True)
    etc = host.disk / "etc"
    etc.mkdir(parents=True)
    (etc / "hostname").write_text(f"{host.name}\n")
    (etc / "machine-id").write_text(f"{uuid.uuid4().hex}\n")
    (etc / "hosts").write_text(names(host))
    if roots.of_folder(root).system == "linux":
        make_keys(host, KINDS)
    (host.dir / "made").write_text(f"{root}\n")


def names(host):
    lines = ["127.0.0.1 localhost", "::1 localhost"]
    for address in (host.ipv4, host.ipv6):
        lines.append(f"{address} {host.name}")
    for address in (host.lab.ipv4, host.lab.ipv6):
        lines.append(f"{address} workstation")
    return "\n".join(lines) + "\n"


def make_keys(host, kinds):
    """New SSH host keys of exactly these kinds."""
    folder = host.files() / "etc" / "ssh"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("ssh_host_*"):
        old.unlink()
    for kind in kinds:
        run("ssh-keygen", "-q", "-t", kind, "-N", "", "-C", f"root@{host.name}",
            "-f", folder / f"ssh_host_{kind}_key")


def public_keys(host):
    return sorted((host.files() / "etc" / "ssh").glob("ssh_host_*_key.pub"))


def kinds(host):
    """Which kinds of host keys the host has."""
    return {file.name.split("_")[2] for file in public_keys(host)}


def known_lines(host):
    """The host's keys as lines of a known_hosts file."""
    lines = []
    for file in public_keys(host):
        kind, key = file.read_text().split()[:2]
        lines.append(f"{host.name},{host.ipv4},{host.ipv6} {kind} {key}")
    return lines


def start(host):
    """Starts a made host and returns when its sshd (or smbd) listens. Does nothing when it is up."""
    if host.init() is None:
        keeper = procs.read(host.dir / "keeper")
        if keeper is None:
            launch(host)
    wait_until_up(host)


def launch(host):
    layers = f"{host.layer}:{host.base()}"
    binfmt = host.dir / "root" / "proc/sys/fs/binfmt_misc"
    runner = foreign.words(binfmt) if host.kind().architecture else []
    with open(host.dir / "log", "ab") as log:
        keeper = subprocess.Popen(
            ["/bin/sh", KEEPER, host.dir, host.netns, layers, host.name, host.lab.netns, *runner],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/",
            env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"})
    (host.dir / "keeper").write_text(str(procs.of(keeper.pid)))


def stray_keepers(lab):
    """Keepers that an 'up' started but did not live to write down."""
    known = set(procs.running(host.dir / "keeper" for host in lab.hosts()))
    pids = [pid for pid in procs.every() if f"keeper.sh {lab.hosts_dir}/" in procs.words(pid)]
    return [process for process in map(procs.of, pids) if process and process not in known]


def wait_until_up(host, not_this=None):
    """Waits for a process 1 other than `not_this` and for its door; a LabError with the host's last words if not."""
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        process = host.init()
        if process and process != not_this and listener(process.pid, host.kind().door):
            return
        if procs.read(host.dir / "keeper") is None:
            break
        time.sleep(0.02)
    words = (host.dir / "log").read_text(errors="replace").splitlines()[-3:]
    raise LabError(f"{host.name} did not come up: {'; '.join(words) or 'no message'}; all of it in {host.dir / 'log'}")


def listener(pid, port):
    """The kernel's number of the socket that listens on this TCP port near `pid`, or None. Opens no connection."""
    try:
        lines = Path(f"/proc/{pid}/net/tcp").read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        if f":{port:04X} 00000000:0000 0A " in line:
            return line.split()[9]
    return None


def reboot(host, off, hard, wait):
    """Kills everything on the host at once and starts it again after `off` seconds with another boot id.

    With `hard` the cable goes dead first, as when the power fails: the other side hears no goodbye.
    """
    old = host.running()
    if hard:
        network.set_cable(host, up=False)
    (host.dir / "reboot").write_text(f"{off}\n")
    procs.stop([old])
    if wait:
        time.sleep(off)
        wait_until_up(host, not_this=old)


def stop(hosts):
    """Ends everything that runs on these hosts: the power is off, the disks and cables stay."""
    keepers = procs.running(host.dir / "keeper" for host in hosts)
    procs.stop(keepers)  # first, so that nothing starts again
    procs.stop(procs.running(host.dir / "pid" for host in hosts))
    procs.stop(procs.in_sessions(keepers))  # what a keeper was just starting
    end_all_in([host.netns for host in hosts])


def end_all_in(names, gently=0.0):
    """Ends every process in these network namespaces, but never ourselves and what we run in."""
    names = network.existing().intersection(names)
    inodes = network.inodes(names)
    spared = procs.lineage()
    procs.stop([one for one in procs.in_namespaces("net", inodes) if one.pid not in spared], gently)


def remove(hosts):
    """Ends hosts and removes all there is of them."""
    stop(hosts)
    there = network.existing()
    network.delete([host.netns for host in hosts if host.netns in there])
    for host in hosts:
        shutil.rmtree(host.dir)

"""Looking at a host from outside, where nothing that runs in it can hide or be disturbed."""

import os
import stat
from ipaddress import ip_address
from pathlib import Path

from . import procs, windows

FOLDERS = ("/var/lib/soapstone", "/var/tmp", "/tmp", "/opt", "/dev/shm", "/root", "/home", "/run")
STATES = {"0A": "listen", "01": "established", "07": "open"}  # 07 is what UDP shows


def look(host):
    """All services of Windows, processes, ports, mounts and files that matter, as plain data."""
    init = host.running()
    services = windows.services(host) if host.kind().system == "windows" else []
    inside = processes(init)
    return {
        "host": host.name,
        "services": services,
        "processes": inside,
        "ports": ports(init, inside),
        "mounts": mounts(init),
        "files": files(host),
    }


def processes(init):
    """Every process of the host, in order of its number there."""
    namespace = os.stat(f"/proc/{init.pid}/ns/pid").st_ino
    found = [describe(process) for process in procs.in_namespaces("pid", {namespace})]
    return sorted((one for one in found if one), key=lambda one: one["pid"])


def describe(process):
    folder = Path(f"/proc/{process.pid}")
    try:
        status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines() if ":" in line)
    except OSError:
        return None  # it ended meanwhile
    try:
        exe = os.readlink(folder / "exe")  # ends in " (deleted)" when it removed itself
    except OSError:
        exe = None
    return {
        "pid": int(status["NSpid"].split()[-1]),  # its number in the host
        "outside_pid": process.pid,
        "start": process.start,
        "parent": int(status["PPid"]),  # outside number
        "uid": int(status["Uid"].split()[1]),
        "exe": exe,
        "cmdline": procs.words(process.pid),
    }


def ports(init, inside):
    """All listening TCP sockets, all UDP sockets, and who has them."""
    owners = socket_owners(inside)
    found = []
    for protocol in ("tcp", "tcp6", "udp", "udp6"):
        for line in table(init, protocol):
            words = line.split()
            state = STATES.get(words[3])
            if state == "listen" or protocol.startswith("udp"):
                address, _, port = words[1].rpartition(":")
                found.append({"protocol": protocol, "address": readable(address), "port": int(port, 16),
                              "pid": owners.get(words[9])})
    return sorted(found, key=lambda one: (one["protocol"], one["port"], one["address"]))


def table(init, protocol):
    try:
        return Path(f"/proc/{init.pid}/net/{protocol}").read_text().splitlines()[1:]
    except FileNotFoundError:
        return []  # a kernel without IPv6


def readable(address):
    """'0100007F' -> '127.0.0.1'; IPv6 the same, word by word."""
    raw = b"".join(bytes.fromhex(address[at:at + 8])[::-1] for at in range(0, len(address), 8))
    return str(ip_address(raw))


def socket_owners(inside):
    """inode of a socket -> the process (its number in the host) that has it open."""
    owners = {}
    for one in inside:
        folder = f"/proc/{one['outside_pid']}/fd"
        try:
            links = [os.readlink(f"{folder}/{name}") for name in os.listdir(folder)]
        except OSError:
            continue
        owners.update((link[8:-1], one["pid"]) for link in links if link.startswith("socket:["))
    return owners


def mounts(init):
    return sorted(line.split()[4] for line in Path(f"/proc/{init.pid}/mountinfo").read_text().splitlines())


def files(host):
    """Everything in FOLDERS as the host sees it, and all on its disk that differs from the base."""
    found = {}
    walk(host.disk, "", found)
    root = host.root()
    laid_over = [path for path in mounts(host.running()) if path.startswith("/c/")]  # not on the disk
    for folder in (*FOLDERS, *laid_over):
        for path in [each for each in found if each == folder or each.startswith(f"{folder}/")]:
            del found[path]  # what the host sees counts, not what may lie under a mount
        walk(f"{root}{folder}", folder, found)
    return [found[path] for path in sorted(found)]


def walk(top, name, found):
    """Adds `top`, called `name` in the host, and all below it. Follows no link."""
    facts = describe_file(top, name)
    if facts is None:
        return
    if name:
        found[name] = facts
    if facts["type"] == "folder":
        for entry in entries(top):
            walk(os.path.join(top, entry), f"{name}/{entry}", found)


def entries(folder):
    """What is in the folder; nothing when it was removed meanwhile."""
    try:
        return sorted(os.listdir(folder))
    except FileNotFoundError:
        return []


def describe_file(path, name):
    """Facts of one file, called `name` in the host; None when it is not there (any more)."""
    try:
        facts = os.lstat(path)
        target = os.readlink(path) if stat.S_ISLNK(facts.st_mode) else None
    except OSError:
        return None
    if stat.S_ISCHR(facts.st_mode) and facts.st_rdev == 0:
        return None  # an overlay's note that something of the base was removed
    is_folder = stat.S_ISDIR(facts.st_mode)
    return {
        "path": name,
        "type": {stat.S_IFDIR: "folder", stat.S_IFREG: "file", stat.S_IFLNK: "link"}.get(
            stat.S_IFMT(facts.st_mode), "other"),
        "mode": f"{stat.S_IMODE(facts.st_mode):04o}",
        "uid": facts.st_uid,
        "gid": facts.st_gid,
        "size": 0 if is_folder else facts.st_size,
        "mtime": 0 if is_folder else facts.st_mtime_ns,  # a folder's changes with what comes and goes in it
        "target": target,
    }

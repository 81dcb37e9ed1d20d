"""Faults of disks: folders that are full, read-only or let nothing be executed. A reboot takes them away."""

from pathlib import PurePosixPath

from . import enter
from .run import LabError, run

USUAL = ("/tmp", "/var/tmp", "/dev/shm", "/opt")
OWN_MOUNTS = ("/", "/dev", "/dev/shm", "/dev/pts", "/proc", "/run", "/sys")  # there without any fault
OPTIONS = {"noexec": "noexec", "readonly": "ro"}


def change(host, mode, paths):
    """Makes each folder noexec, full or readonly, or normal again. The last word counts: modes do not add up."""
    for path in map(checked, paths or USUAL):
        heal(host, path)
        if mode == "full":
            fill(host, path, free=0, inodes=None)
        elif mode != "normal":
            remount(host, path, OPTIONS[mode])


def checked(path):
    if not path.startswith("/") or ".." in PurePosixPath(path).parts:
        raise LabError(f"'{path}': a path in a host starts with / and has no '..' in it")
    return path.rstrip("/") or "/"


def remount(host, path, option):
    """Lays the folder over itself with another option: what is in it stays to be seen."""
    inside(host, 'mkdir -p "$1"; mount --bind "$1" "$1"; mount -o "remount,bind,$2" "$1"', path, option)


def fill(host, path, free, inodes):
    """Lays a small file system over the folder that has `free` bytes left, or so many `inodes`."""
    path = checked(path)
    if path == "/":
        raise LabError("'/' cannot be filled; take the folder that the program writes to")
    pages = 16 + (free + 4095) // 4096  # of 4 KiB; the first 16 are filled
    limit = f",nr_inodes={inodes + 2}" if inodes is not None else ""  # the folder itself and the filler
    inside(host, 'mode=$(stat -c %a "$1" 2>/dev/null || echo 755); mkdir -p "$1"; '
                 'mount -t tmpfs -o "mode=$mode,size=$2$3" lab-full "$1"; '
                 'head -c 65536 /dev/zero >"$1/.lab-filler"', path, str(pages * 4096), limit)


def heal(host, path):
    """Takes everything away that a fault laid over the folder."""
    table = (host.root().parent / "mountinfo").read_text().splitlines()
    layers = sum(line.split()[4] == path for line in table)
    for _ in range(layers - (1 if path in OWN_MOUNTS else 0)):
        inside(host, 'umount -l "$1"', path)


def inside(host, script, *words):
    run(*enter.host_command(host, ["/bin/sh", "-ec", script, "sh", *words]))

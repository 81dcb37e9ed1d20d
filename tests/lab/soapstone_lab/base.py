"""The base roots: what every host has on its disk before it has anything of its own.

Each is built once, kept outside the tree, never written again: the hosts see it through overlays.
"""

import fcntl
import os
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from . import foreign, packages, roots
from .run import LabError, run

CACHE = Path("/var/cache/soapstone-lab")

# The folders that a host must have.
BARE = ("bin", "dev", "etc", "home", "mnt", "opt", "proc", "root", "run", "sys", "tmp", "usr/bin", "usr/sbin", "var/lib",
        "var/tmp")


def kind_of(name):
    """The kind of root of this name."""
    if name not in roots.KINDS:
        raise LabError(f"root '{name}': there are {', '.join(roots.KINDS)}")
    return roots.KINDS[name]


def path(kind):
    """Where the base of today's recipe lies, built or not."""
    return CACHE / kind.folder


def ensure(kind, fresh=False):
    """Returns the base root, building it when it is missing or when a fresh one is wanted (minutes)."""
    ready = path(kind)
    if ready.is_dir() and not fresh:
        return ready
    usual = ensure(roots.KINDS[roots.USUAL]) if kind.way in ("upon", "unpacked", "exchanged") else None
    CACHE.mkdir(parents=True, exist_ok=True)
    CACHE.chmod(0o755)
    with alone():
        if fresh and ready.is_dir():
            refuse_while_used(ready)
            remove(ready)
        if not ready.is_dir():
            build(kind, ready, usual)
            clear_old()
    return ready


@contextmanager
def alone():
    """One builder at a time; the others wait and then find the work done."""
    handle = os.open(CACHE, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def build(kind, ready, usual):
    """Makes the base beside its place and renames it into it, so that a half one is never used."""
    for stale in CACHE.glob(".building-*"):
        remove(stale)
    half = CACHE / f".building-{ready.name}"
    print(f"lab: building the base root {ready} (once)", file=sys.stderr)
    MAKERS[kind.way](kind, half, usual)
    for names in kind.programs:
        compile_for_windows(names, half / "usr/local/lib/lab" / f"{names[0]}.exe")
    run(*runner(kind), "chroot", half, "/bin/sh", "-c", kind.finish)
    half.rename(ready)


def install_release(kind, half, _usual):
    # A mount namespace of its own: what mmdebstrap mounts goes away with it, even after kill -9.
    run("unshare", "--mount", "--fork", "--kill-child", "mmdebstrap", "--quiet", "--variant=minbase",
        f"--include={kind.packages}", kind.suite, half, packages.mirror())


def add_packages(kind, half, usual):
    """Packages of this machine's release upon the usual root."""
    with scratch() as debs:
        packages.download(kind.packages.split(","), usual, debs)
        run("cp", "-a", usual, half)
        (half / "debs").mkdir()
        run("cp", *debs.glob("*.deb"), half / "debs")


def unpack_packages(kind, half, usual):
    """Files of packages upon the usual root; what their scripts would have done is left to the kind's `finish`."""
    with scratch() as debs:
        packages.download(kind.packages.split(","), usual, debs)
        run("cp", "-a", usual, half)
        for file in debs.glob("*.deb"):
            packages.extract(file, half)


def packages_only(kind, half, _usual):
    """Packages of this machine's release, and what they need, alone."""
    with scratch() as debs:
        packages.download(kind.packages.split(","), None, debs)
        for name in BARE:
            (half / name).mkdir(parents=True)
        (half / "bin/sh").symlink_to("busybox")
        for file in debs.glob("*.deb"):
            packages.extract(file, half)


def exchange_programs(kind, half, usual):
    """The usual root with its packages' files for another architecture: under qemu their scripts take many minutes."""
    with scratch() as debs:
        packages.download_for(kind.architecture, packages.of_root(usual), debs)
        run("cp", "-a", usual, half)
        shutil.rmtree(half / "usr/lib/x86_64-linux-gnu")
        for file in debs.glob("*.deb"):
            packages.extract(file, half)


MAKERS = {"release": install_release, "upon": add_packages, "unpacked": unpack_packages, "bare": packages_only,
          "exchanged": exchange_programs}


def compile_for_windows(names, program):
    """One static program that needs only what every Windows has."""
    sources = [roots.WINDOWS_FILES / f"{name}.cpp" for name in names]
    program.parent.mkdir(parents=True, exist_ok=True)
    run("x86_64-w64-mingw32-g++-posix", "-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O1", "-s",
        "-static", "-o", program, *sources, "-lws2_32", "-ladvapi32")


@contextmanager
def scratch():
    """A folder for packages on the disk of the roots."""
    with tempfile.TemporaryDirectory(dir=CACHE, prefix=".debs-") as folder:
        (Path(folder) / "partial").mkdir()
        yield Path(folder)


def runner(kind):
    """The words before a command that runs the root's programs."""
    if kind.architecture:
        return foreign.words("/proc/sys/fs/binfmt_misc")
    if kind.system == "windows":  # whatever wine mounts, starts and listens to ends with the command
        return ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child"]
    return []


def used_by():
    """Base roots that running labs have under their hosts' overlays, as seen in the mount tables."""
    found = set()
    for pid in (name for name in os.listdir("/proc") if name.isdigit()):
        try:
            table = Path(f"/proc/{pid}/mounts").read_text()
        except OSError:
            continue
        found.update(word.rstrip(",") for word in table.replace(",", " ").replace(":", " ").split()
                     if word.startswith(str(CACHE)))
    return found


def refuse_while_used(root):
    if str(root) in used_by():
        raise LabError(f"{root} is under a running lab; 'lab list' names it and 'lab --name NAME down' ends it")


def clear_old():
    """Removes bases of earlier recipes that no running lab stands on."""
    used = used_by()
    today = {path(kind) for kind in roots.KINDS.values()}
    for other in CACHE.iterdir():
        if other not in today and str(other) not in used:
            remove(other)


def remove(root):
    """Deletes a root, never anything that is mounted inside it."""
    mounts = Path("/proc/self/mounts").read_text().split("\n")
    inside = [line.split()[1] for line in mounts if line and line.split()[1].startswith(f"{root}/")]
    if inside:
        raise LabError(f"{root}: {inside[0]} is mounted in it; 'umount {inside[0]}' and try again")
    shutil.rmtree(root)

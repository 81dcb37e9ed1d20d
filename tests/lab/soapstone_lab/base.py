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

from . import foreign, roots
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
    usual = ensure(roots.KINDS[roots.USUAL]) if kind.way == "upon" else None
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
    if kind.way == "release":
        install_release(kind, half)
    else:
        add_packages(kind, half, usual)
    run(*runner(kind), "chroot", half, "/bin/sh", "-c", kind.finish)
    half.rename(ready)


def install_release(kind, half):
    # A mount namespace of its own: what debootstrap mounts goes away with it, even after kill -9.
    words = ["unshare", "--mount", "--fork", "--kill-child", "debootstrap", "--variant=minbase",
             f"--include={kind.packages}"]
    if not kind.architecture:
        run(*words, kind.suite, half, mirror())
        return
    run(*words, "--foreign", f"--arch={kind.architecture}", kind.suite, half, mirror())
    # In a user namespace no device can be made, of which debootstrap lets itself be told by this variable only.
    run("env", "container=lxc", *runner(kind), "unshare", "--pid", "--fork", "--kill-child", "chroot", half,
        "/debootstrap/debootstrap", "--second-stage")


def runner(kind):
    """The words before a command that runs the root's programs."""
    return foreign.words("/proc/sys/fs/binfmt_misc") if kind.architecture else []


def add_packages(kind, half, usual):
    """Packages of this machine's release: upon the usual root, or those and what they need alone."""
    with tempfile.TemporaryDirectory(dir=CACHE, prefix=".debs-") as debs:
        (Path(debs) / "partial").mkdir()
        download(kind, usual, debs)
        files = sorted(Path(debs).glob("*.deb"))
        if kind.way == "upon":
            run("cp", "-a", usual, half)
            (half / "debs").mkdir()
            run("cp", *files, half / "debs")
        else:
            for name in BARE:
                (half / name).mkdir(parents=True)
            (half / "bin/sh").symlink_to("busybox")
            for file in files:
                run("dpkg-deb", "--extract", file, half)


def download(kind, usual, debs):
    """The packages, and what they need besides: upon the usual root that which it has not."""
    there = usual / "var/lib/dpkg/status" if usual else Path(debs) / "none"
    there.touch()
    words = ["apt-get", "-q", "-y", "-o", f"Dir::State::status={there}", "-o", f"Dir::Cache::archives={debs}",
             "-o", "APT::Sandbox::User=root", "--no-install-recommends",
             "--download-only", "install", *kind.packages.split(",")]
    try:
        run(*words)
    except LabError:
        run("apt-get", "-q", "update", check=False)  # it may never have been done here, or long ago
        run(*words)


def mirror():
    """The package mirror this machine's apt uses; it has Debian's other releases, too."""
    chosen = os.environ.get("SOAPSTONE_LAB_MIRROR")
    if chosen:
        return chosen
    listing = run("apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME)", "Created-By: Packages")
    for line in listing.splitlines():
        address, _, suite = line.partition(" ")
        if suite == roots.USUAL:
            return plain_address(address)
    raise LabError(f"apt knows no mirror for {roots.USUAL}; add one to its sources or name one in SOAPSTONE_LAB_MIRROR")


def plain_address(address):
    """Debian's cloud images name a file with the mirror's address in it; debootstrap wants the address."""
    if not address.startswith("mirror+file:"):
        return address
    lines = Path("/" + address[len("mirror+file:"):].strip("/")).read_text().split()
    return next(word for word in lines if "://" in word)


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

"""The base root: what every host has on its disk before it has anything of its own.

Built once with debootstrap, kept outside the tree, never written again: the hosts see it through overlays.
"""

import fcntl
import hashlib
import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path

from .run import LabError, run

CACHE = Path("/var/cache/soapstone-lab")
SUITE = "bookworm"
PACKAGES = "openssh-server,sudo,procps,iproute2,less,curl,ca-certificates"

# Runs inside the new root. Part of the recipe: a change here builds a new base.
FINISH = """set -e
for user in admin ops plain; do
    useradd --create-home --shell /bin/bash "$user"
done
rm -f /etc/ssh/ssh_host_* /var/lib/dbus/machine-id /etc/apt/sources.list
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* /run/* /tmp/*
: > /etc/machine-id
: > /etc/resolv.conf
"""


def recipe():
    """A short fingerprint of everything that decides what the base looks like."""
    return hashlib.sha256("\0".join((SUITE, PACKAGES, FINISH)).encode()).hexdigest()[:12]


def path():
    """Where the base of today's recipe lies, built or not."""
    return CACHE / f"{SUITE}-{recipe()}"


def ensure(fresh=False):
    """Returns the base root, building it when it is missing or when a fresh one is wanted (minutes)."""
    ready = path()
    if ready.is_dir() and not fresh:
        return ready
    CACHE.mkdir(parents=True, exist_ok=True)
    CACHE.chmod(0o755)
    with alone():
        if fresh and ready.is_dir():
            refuse_while_used(ready)
            remove(ready)
        if not ready.is_dir():
            build(ready)
            clear_old(ready)
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


def build(ready):
    """Makes the base beside its place and renames it into it, so that a half one is never used."""
    for stale in CACHE.glob(".building-*"):
        remove(stale)
    half = CACHE / f".building-{ready.name}"
    address = mirror()
    print(f"lab: building the base root {ready} (about two minutes, once)", file=sys.stderr)
    # A mount namespace of its own: what debootstrap mounts goes away with it, even after kill -9.
    run("unshare", "--mount", "--fork", "--kill-child", "debootstrap", "--variant=minbase",
        f"--include={PACKAGES}", SUITE, half, address)
    run("chroot", half, "/bin/sh", "-c", FINISH)
    half.rename(ready)


def mirror():
    """The package mirror this machine's apt uses for the suite."""
    chosen = os.environ.get("SOAPSTONE_LAB_MIRROR")
    if chosen:
        return chosen
    listing = run("apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME)", "Created-By: Packages")
    for line in listing.splitlines():
        address, _, suite = line.partition(" ")
        if suite == SUITE:
            return plain_address(address)
    raise LabError(f"apt knows no mirror for {SUITE}; add one to its sources or name one in SOAPSTONE_LAB_MIRROR")


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


def clear_old(ready):
    """Removes bases of earlier recipes that no running lab stands on."""
    used = used_by()
    for other in CACHE.iterdir():
        if other != ready and str(other) not in used:
            remove(other)


def remove(root):
    """Deletes a root, never anything that is mounted inside it."""
    mounts = Path("/proc/self/mounts").read_text().split("\n")
    inside = [line.split()[1] for line in mounts if line and line.split()[1].startswith(f"{root}/")]
    if inside:
        raise LabError(f"{root}: {inside[0]} is mounted in it; 'umount {inside[0]}' and try again")
    shutil.rmtree(root)

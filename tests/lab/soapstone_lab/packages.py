"""Debian packages for base roots, fetched by this machine's apt from its own sources."""

import os
from pathlib import Path

from . import roots
from .run import LabError, run


def download(names, usual, into):
    """The packages, and what they need besides: upon the root `usual` that which it has not."""
    there = usual / "var/lib/dpkg/status" if usual else into / "none"
    there.touch()
    apt_get(into, {"Dir::State::status": there, "Dir::Cache::archives": into},
            "-y", "--no-install-recommends", "--download-only", "install", *names)


def download_for(architecture, names, into):
    """The packages alone, for another architecture; this machine's own list of architectures stays as it is."""
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (into / folder).mkdir(parents=True)
    (into / "none").touch()
    apt_get(into, {"APT::Architecture": architecture, "APT::Architectures": architecture, "Dir::State": into / "state",
                   "Dir::State::status": into / "none", "Dir::Cache": into / "cache", "Acquire::Languages": "none"},
            "download", *names)


def apt_get(into, settings, *words):
    """Runs apt-get in the folder `into`, if need be once more after an update of its lists."""
    command = ["env", "-C", into, "apt-get", "-q", "-o", "APT::Sandbox::User=root"]
    for name, value in settings.items():
        command += ["-o", f"{name}={value}"]
    try:
        run(*command, *words)
    except LabError:
        run(*command, "update", check=False)  # it may never have been done here, or long ago
        run(*command, *words)


def of_root(root):
    """The packages of a root that are for one architecture."""
    listing = run("dpkg-query", f"--admindir={root}/var/lib/dpkg", "-W", "-f", "${Package} ${Architecture}\n")
    return [line.split()[0] for line in listing.splitlines() if line.split()[1] != "all"]


def extract(file, root):
    """Puts the package's files into the root, whose folders may be links as /lib is."""
    run("sh", "-c", 'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2"', "sh", file, root)


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
    """Debian's cloud images name a file with the mirror's address in it; mmdebstrap wants the address."""
    if not address.startswith("mirror+file:"):
        return address
    lines = Path("/" + address[len("mirror+file:"):].strip("/")).read_text().split()
    return next(word for word in lines if "://" in word)

"""Python for the lab's hosts, which Ansible needs there and a minimal Debian has not. Soapstone does without."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

CACHE = Path("/var/cache/soapstone-bench")
PACKAGES = ("python3", "python3-apt")


def ensure(base):
    """Returns a folder with what the packages add to the base root `base`; the first call makes it."""
    ready = CACHE / f"python-{base.name}"
    if ready.is_dir():
        return ready
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        added = build(base, Path(folder))
        added.rename(ready)
    return ready


def build(base, folder):
    packages, added, work, root = (folder / name for name in ("packages", "added", "work", "root"))
    for each in (packages / "partial", added, work, root):
        each.mkdir(parents=True)
    folder.chmod(0o755)
    check(["apt-get", "-q", "-y", "--download-only", "--no-install-recommends",
           "-o", f"Dir::State::status={base}/var/lib/dpkg/status", "-o", f"Dir::Cache::archives={packages}",
           "install", *PACKAGES])
    # A mount namespace of its own: the mounts go away with it, even after kill -9.
    script = """set -e
        mount -t overlay overlay -o "lowerdir=$1,upperdir=$2,workdir=$3" "$4"
        mkdir "$4/tmp/packages" && mount --bind "$5" "$4/tmp/packages"
        mount -t proc proc "$4/proc"
        # apt, not dpkg, because it knows the order.
        chroot "$4" sh -c 'DEBIAN_FRONTEND=noninteractive apt-get -q -y -o APT::Sandbox::User=root \\
            --no-install-recommends install /tmp/packages/*.deb'
        umount "$4/tmp/packages" && rmdir "$4/tmp/packages"
        rm -rf "$4"/var/log/*"""
    check(["unshare", "--mount", "sh", "-c", script, "sh", base, added, work, root, packages])
    return added


def check(command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          env={**os.environ, "LC_ALL": "C.UTF-8"})
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {(done.stdout + done.stderr)[-1500:]}")


def put(added, layer):
    """Lays it under all hosts of a lab that have not started yet. What the lab has there stays."""
    check(["cp", "-a", "--no-clobber", f"{added}/.", layer])
    shutil.rmtree(layer / "tmp", ignore_errors=True)

"""What all hosts of one kind share above the base: passwords, keys, rights, and the commands of a host.

It lies under every host's overlay and therefore is written once, before the first host starts.
"""

import os
import secrets
import shutil
from pathlib import Path

from .run import run
from .state import USERS

SUDOERS = "admin ALL=(ALL:ALL) ALL\nops ALL=(ALL:ALL) NOPASSWD: ALL\n"
HOST_FILES = Path(__file__).parent / "host"
POWER = ("sbin/reboot", "sbin/poweroff", "sbin/halt", "sbin/shutdown", "bin/systemctl")


def make(lab, base):
    """Fills the lab's layer, and the key pairs and password files that go with it."""
    make_keys(lab)
    write(lab, base, "etc/shadow", shadow(base, make_passwords(lab, [user for user in USERS if user != "root"])))
    write(lab, base, "etc/sudoers.d/lab", SUDOERS, 0o440)
    authorized = "".join((lab.keys / f"{kind}.pub").read_text() for kind in ("ed25519", "rsa"))
    for user in USERS:
        authorize(lab, base, user, authorized)
    init = "init" if (base / "usr/sbin/sshd").exists() else "init-dropbear"
    write_commands(lab, base, HOST_FILES / init)


def write_commands(lab, base, init):
    """Process 1, and the commands that ask it for something."""
    write(lab, base, "usr/sbin/init", init.read_text(), 0o755)
    write(lab, base, "usr/local/lib/lab-power", (HOST_FILES / "power").read_text(), 0o755)
    for name in POWER:
        place(lab, base, f"usr/{name}").symlink_to("/usr/local/lib/lab-power")


def make_keys(lab):
    """Two key pairs that open every login of every host of this lab."""
    if lab.keys.exists():  # for hosts of another kind
        return
    lab.keys.mkdir(mode=0o700)
    for kind, size in (("ed25519", ()), ("rsa", ("-b", "2048"))):
        run("ssh-keygen", "-q", "-t", kind, *size, "-N", "", "-C", f"lab-{lab.name}", "-f", lab.keys / kind)


def make_passwords(lab, users):
    """One random password per user, in files for --password-file; returns them."""
    lab.passwords.mkdir(mode=0o700, exist_ok=True)
    return {user: make_password(lab.passwords / user) for user in users}


def make_password(file):
    if not file.exists():
        file.touch(mode=0o600)
        # The middle trips whoever puts a password into a command line.
        file.write_text(f"{secrets.token_hex(6)} $'\"\\&;{secrets.token_hex(6)}")
    return file.read_text()


def shadow(base, passwords):
    """The base's file with these passwords in it; root has none, only keys, as on a fresh Debian."""
    lines = []
    for line in (base / "etc/shadow").read_text().splitlines():
        user, _, rest = line.split(":", 2)
        lines.append(f"{user}:{shadowed(passwords[user])}:{rest}" if user in passwords else line)
    return "\n".join(lines) + "\n"


def shadowed(password):
    return run("openssl", "passwd", "-6", "-stdin", given=password + "\n").strip()


def authorize(lab, base, user, authorized):
    home = "root" if user == "root" else f"home/{user}"
    file = write(lab, base, f"{home}/.ssh/authorized_keys", authorized, 0o600)
    owner = os.stat(base / home)
    file.parent.chmod(0o700)
    for path in (file.parent, file):
        os.chown(path, owner.st_uid, owner.st_gid)


def place(lab, base, name):
    """The path of `name` in the layer; its folders are made and look like those of the base."""
    path = lab.layer(base)
    path.mkdir(parents=True, exist_ok=True)
    for part in Path(name).parts[:-1]:
        path = path / part
        if not path.is_dir():
            path.mkdir()
            below = base / path.relative_to(lab.layer(base))
            if below.is_dir():  # an overlay shows the uppermost folder's owner and mode
                shutil.copystat(below, path)
                os.chown(path, below.stat().st_uid, below.stat().st_gid)
    return path / Path(name).name


def write(lab, base, name, text, mode=None):
    """Writes a file of the layer; without `mode` it gets owner and mode of the base's file."""
    path = place(lab, base, name)
    path.write_text(text)
    if mode is None:
        below = os.stat(base / name)
        os.chown(path, below.st_uid, below.st_gid)
        mode = below.st_mode & 0o7777
    path.chmod(mode)
    return path

#!/usr/bin/env python3
"""Running programs of another processor, by qemu, without this machine's own settings being touched.

usage: foreign.py FOLDER COMMAND...    becomes COMMAND in a user namespace in which programs for aarch64 run;
                                       FOLDER is where to mount what the kernel wants for that (binfmt_misc)
"""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

NEW_MOUNTS, NEW_USERS = 0x00020000, 0x10000000  # CLONE_NEWNS, CLONE_NEWUSER
SETTINGS = Path("/usr/lib/binfmt.d/qemu-aarch64.conf")  # of qemu-user-static


def words(folder):
    """The words to put before a command, so that it may run programs for aarch64."""
    return ["python3", str(Path(__file__).resolve()), str(folder)]


def enter():
    """A new user namespace, in which everybody keeps the number that he has."""
    me = os.readlink("/proc/self")  # not getpid(): this /proc may be that of the machine, and we a host's process 1
    ready, go = os.pipe()
    mapper = os.fork()
    if mapper == 0:  # stays outside, where the right to do this is
        os.close(go)
        if os.read(ready, 1):
            for kind in ("uid_map", "gid_map"):
                Path(f"/proc/{me}/{kind}").write_text("0 0 4294967295\n")
        os._exit(0)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(NEW_USERS | NEW_MOUNTS) != 0:
        raise OSError(ctypes.get_errno(), "no user namespace")
    os.write(go, b"!")
    os.close(go)
    os.close(ready)
    if os.waitpid(mapper, 0)[1] != 0:
        raise OSError("nobody may be mapped into the user namespace")


def register(folder):
    mounted = subprocess.run(["mount", "-t", "binfmt_misc", "binfmt_misc", folder], capture_output=True, text=True)
    if mounted.returncode != 0:
        raise OSError(f"binfmt_misc in a user namespace, as Linux 6.7 and later have it: {mounted.stderr.strip()}")
    # F: qemu is opened now and need not be in any root. C: a program may be setuid, as sudo is. P: keeps argument 0.
    rule = SETTINGS.read_text().strip().rpartition(":")[0]
    (Path(folder) / "register").write_text(f"{rule}:FCP")


def main(folder, *command):
    try:
        enter()
        register(folder)
    except OSError as error:
        sys.exit(f"lab: this machine cannot run programs for aarch64: {error}")
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])

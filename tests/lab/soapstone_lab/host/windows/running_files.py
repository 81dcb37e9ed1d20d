#!/usr/bin/python3 -B
"""Runs in a Windows-like lab host: makes the files of running programs busy for those who come by SMB.

Windows refuses to overwrite or delete a program that runs; smbd knows nothing of what runs. So this holds each such
file open over SMB, and lets nobody else write or delete. Wine itself is not hindered. A program outside of Windows' own
folders counts as running from at most 0.2 s after its start until at most 0.2 s after its end.
"""

import sys
import time
from pathlib import Path

from samba import NTSTATUSError
from samba.credentials import Credentials
from samba.samba3 import libsmb_samba_internal as libsmb
from samba.samba3 import param

READ_AND_RUN, SHARE_READ = 0x21, 1
OWN = ("c:\\windows\\system32\\", "c:\\windows\\syswow64\\")


def running():
    """Paths below C: of all programs that run, without Windows' own."""
    found = set()
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            program = file.read_bytes().split(b"\0")[0].decode(errors="replace")
        except OSError:
            continue  # it ended meanwhile
        if program.lower().startswith("c:\\") and not program.lower().startswith(OWN):
            found.add(program[3:])
    return found


def connect():
    """By a share that is there for this, with a user and a password of its own."""
    settings = param.get_context()
    settings.load("/etc/samba/smb.conf")
    who = Credentials()
    who.guess(settings)
    who.set_username("admin")
    who.set_password(Path("/etc/samba/lab.password").read_text())
    return libsmb.Conn("127.0.0.1", "lab$", settings, who)


def keep_busy(line):
    """Goes on until the connection breaks."""
    held = {}
    while True:
        now = running()
        for program in held.keys() - now:
            line.close(held.pop(program))
        for program in now - held.keys():
            try:
                held[program] = line.create(program, DesiredAccess=READ_AND_RUN, ShareAccess=SHARE_READ)
            except NTSTATUSError as error:
                line.chkpath("windows")  # or the connection is gone
                print(f"running_files.py: {program}: {error.args[1]}", file=sys.stderr, flush=True)
        time.sleep(0.2)


if __name__ == "__main__":
    try:
        keep_busy(connect())
    except NTSTATUSError as gone:
        sys.exit(f"running_files.py: {gone.args[1]}")  # smbd starts anew; so does this

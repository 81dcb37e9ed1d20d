#!/usr/bin/python3 -B
"""Runs in a Windows-like lab host: makes the files of running programs busy for those who come by SMB.

Windows refuses to overwrite or delete a program that runs; smbd knows nothing of what runs. So this holds each such
file open over SMB, and lets nobody else write or delete. Wine itself is not hindered. A program outside of Windows' own
folders counts as running from at most 0.2 s after its start until at most 0.2 s after its end.

At times wine ends a process and it hangs on the way out, one in some hundred on a busy machine. For Windows it is no
more; so it is killed here.
"""

import ctypes
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path

from samba import NTSTATUSError
from samba.credentials import Credentials
from samba.samba3 import libsmb_samba_internal as libsmb
from samba.samba3 import param

READ_AND_RUN, SHARE_READ = 0x21, 1
OWN = ("c:\\windows\\system32\\", "c:\\windows\\syswow64\\")


PIDFD_GETFD = 438  # number of the system call


def hangs(pid):
    """Whether wineserver has ended the process: its end of the socket between the two is closed then."""
    process = os.pidfd_open(pid)
    try:
        for fd in Path(f"/proc/{pid}/fd").iterdir():
            if not os.readlink(fd).startswith("socket:"):
                continue
            copy = ctypes.CDLL(None).syscall(PIDFD_GETFD, process, int(fd.name), 0)
            if copy < 0:
                continue
            with socket.socket(fileno=copy) as ours:
                poll = select.poll()
                poll.register(ours, 0)
                if ours.family == socket.AF_UNIX and any(events & select.POLLHUP for _, events in poll.poll(0)):
                    return True
    finally:
        os.close(process)
    return False


def end_what_hangs(pid, hung):
    """Kills it when it was so at the last look already. `hung`: the processes that were, and that are."""
    try:
        if not hangs(pid):
            hung.discard(pid)
        elif pid in hung:
            os.kill(pid, signal.SIGKILL)
        else:
            hung.add(pid)
    except OSError:
        hung.discard(pid)  # it ended meanwhile


def running(hung):
    """Paths below C: of all programs that run, without Windows' own."""
    found = set()
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            program = file.read_bytes().split(b"\0")[0].decode(errors="replace")
        except OSError:
            continue  # it ended meanwhile
        if program.lower().startswith("c:\\") and not program.lower().startswith(OWN):
            found.add(program[3:])
            end_what_hangs(int(file.parent.name), hung)
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
    held, hung = {}, set()
    while True:
        now = running(hung)
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

"""Processes by pid *and* start time, because pids come back."""

import os
import select
import signal
import time
from pathlib import Path
from typing import NamedTuple


class Process(NamedTuple):
    """One process that cannot be mistaken for a later one of the same number."""

    pid: int
    start: int  # clock ticks since the machine's boot, field 22 of /proc/PID/stat

    def __str__(self):
        return f"{self.pid} {self.start}"


def stat_fields(pid):
    """The fields of /proc/PID/stat after the name in parentheses: state, ppid, ...; None when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def of(pid):
    """The running process `pid`, or None."""
    fields = stat_fields(pid)
    return Process(pid, int(fields[19])) if fields and fields[0] not in "ZX" else None


def running(paths):
    """The processes written down in these files, as far as they still run."""
    return [process for process in map(read, paths) if process]


def read(path):
    """The process written down in the file `path`, if it still runs; else None."""
    try:
        pid, start = Path(path).read_text().split()[:2]
    except (OSError, ValueError):
        return None
    process = Process(int(pid), int(start))
    return process if of(process.pid) == process else None


def send(process, number):
    """Sends a signal to exactly this process; nothing happens when it is gone."""
    try:
        handle = os.pidfd_open(process.pid)
    except OSError:
        return
    try:
        if of(process.pid) == process:  # checked after the handle exists: it cannot change any more
            signal.pidfd_send_signal(handle, number)
    except ProcessLookupError:
        pass
    finally:
        os.close(handle)


def ended(process, seconds):
    """Waits until the process has ended; False when it still runs after `seconds`."""
    try:
        handle = os.pidfd_open(process.pid)
    except OSError:
        return True
    try:
        if of(process.pid) != process:
            return True
        return bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)


def stop(processes, gently=0.0):
    """Ends processes: SIGTERM to all and `gently` seconds of patience together when asked for, then SIGKILL."""
    if gently:
        for process in processes:
            send(process, signal.SIGTERM)
        deadline = time.monotonic() + gently
        processes = [one for one in processes if not ended(one, max(0, deadline - time.monotonic()))]
    for process in processes:
        send(process, signal.SIGKILL)
    for process in processes:
        ended(process, 5)


def every():
    """All pids of this moment."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def words(pid):
    """The command line, as one line; empty for a kernel thread or when the process is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def in_namespaces(kind, inodes):
    """All processes in one of the namespaces of `kind` ("net", "pid", "mnt") with these inode numbers."""
    found = []
    for pid in every():
        try:
            here = os.stat(f"/proc/{pid}/ns/{kind}").st_ino
        except OSError:
            continue
        if here in inodes:
            found.append(of(pid))
    return [process for process in found if process]


def in_sessions(leaders):
    """All processes in the sessions that these ended leaders began."""
    numbers = {leader.pid for leader in leaders if of(leader.pid) is None}
    found = []
    for pid in every() if numbers else ():
        fields = stat_fields(pid)
        if fields and int(fields[3]) in numbers:
            found.append(of(pid))
    return [process for process in found if process]


def lineage():
    """The pids of this process and of everything above it, which must never be ended by us."""
    pids, pid = set(), os.getpid()
    while pid:
        pids.add(pid)
        fields = stat_fields(pid)
        pid = int(fields[1]) if fields else 0
    return pids


def children(pid):
    """The pids whose parent is `pid`."""
    found = []
    for each in every():
        fields = stat_fields(each)
        if fields and int(fields[1]) == pid:
            found.append(each)
    return found

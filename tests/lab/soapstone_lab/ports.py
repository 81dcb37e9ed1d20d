"""Ports that somebody else holds."""

import os
import subprocess
from pathlib import Path

from . import enter, network, procs
from .run import LabError

HOLDER = Path(__file__).parent / "hold.pl"
# Not runuser(1), which stays as the parent: the pid written down must be the holder's.
AS_USER = 'group=$(id -g "$0") && exec setpriv --reuid="$0" --regid="$group" --init-groups -- "$@"'


def occupy(lab, place, port, user, outgoing, address):
    """Holds a port of a host or of the workstation until release()."""
    if not 1 <= port <= 65535:
        raise LabError(f"port {port}: ports go from 1 to 65535")
    spot = lab if place == "workstation" else lab.host(place)
    note = notes(spot) / str(port)
    if procs.read(note):
        raise LabError(f"port {port} of {place} is occupied already; 'lab release {place} {port}' frees it")
    how = "outgoing" if outgoing else "listen"
    address = address or (spot.ipv4 if outgoing else "::")
    command = ["perl", "-", how, address, str(port)]
    if user != "root":
        command = ["/bin/sh", "-c", AS_USER, user, *command]
    note.parent.mkdir(exist_ok=True)
    note.write_text(str(start(spot, lab, command, f"port {port} of {place}")))


def start(spot, lab, command, what):
    """Starts the holder and returns it as a process once it holds the port."""
    if spot is lab:
        words = ["nsenter", f"--net={network.NAMES / lab.netns}", *command]
    else:
        words = enter.host_command(spot, command)
    with open(HOLDER, "rb") as program:
        child = subprocess.Popen(words, stdin=program, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                 start_new_session=True, text=True)
    said = child.stdout.readline().strip()
    if said != "held":
        raise LabError(f"{what} cannot be occupied: {said or 'no message'}")
    inner = procs.children(child.pid) if spot is not lab else []  # nsenter waits outside for the one inside
    return procs.of(inner[0] if inner else child.pid)


def release(lab, place, port):
    """Frees one port, or all that were occupied at this place. Returns them."""
    spot = lab if place == "workstation" else lab.host(place)
    folder = notes(spot)
    freed = sorted(int(name) for name in os.listdir(folder)) if folder.is_dir() else []
    if port is not None and port not in freed:
        raise LabError(f"port {port} of {place} is not occupied; occupied are: {freed or 'none'}")
    freed = [port] if port is not None else freed
    for each in freed:
        procs.stop(procs.running([folder / str(each)]))
        (folder / str(each)).unlink()
    return freed


def notes(spot):
    """Where the holders are written down, one file per port."""
    return spot.dir / "held"

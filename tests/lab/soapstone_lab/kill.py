"""Ending programs in a host from outside, as an accident would."""

import re
import signal

from . import look, procs
from .run import LabError


def kill(host, what, name):
    """Sends a signal to the process with the host's number `what`, or to all whose command line matches it."""
    number = number_of(name)
    inside = [one for one in look.processes(host.running()) if one["pid"] != 1]
    if what.isdigit():
        hit = [one for one in inside if one["pid"] == int(what)]
    else:
        hit = [one for one in inside if re.search(what, one["cmdline"])]
    if not hit:
        raise LabError(f"{host.name}: no process matches '{what}'; 'lab look {host.name}' shows all")
    for one in hit:
        procs.send(procs.Process(one["outside_pid"], one["start"]), number)
    return hit


def number_of(name):
    try:
        return signal.Signals[f"SIG{name.removeprefix('SIG')}"]
    except KeyError:
        raise LabError(f"signal '{name}': take a name like KILL, TERM or STOP") from None

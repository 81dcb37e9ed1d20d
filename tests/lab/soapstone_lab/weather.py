"""Bad weather on a host's cable: loss, delay, duplicates and reordering, for kernels without netem.

The host's end of the cable is taken off the bridge, and a process carries each frame between the two.
"""

import subprocess
import sys
from pathlib import Path

from . import network, procs
from .run import LabError

CARRIER = Path(__file__).parent / "weather_carrier.py"


def change(host, loss, delay, dup, reorder, seed):
    """Each way: per cent lost, milliseconds of delay, per cent twice, per cent late. All 0: fair weather again."""
    clear(host)
    if not any((loss, delay, dup, reorder)):
        return
    lab, near, far = host.lab, f"w{host.number}a", f"w{host.number}b"
    network.configure(lab.netns, [
        f"link add {near} type veth peer name {far}",
        f"link set {near} arp off",
        f"link set {far} arp off",
        f"link set {host.name} nomaster",
        f"link set {host.name} arp off",
        f"link set {near} master {network.BRIDGE} up",
        f"link set {far} up",
    ])
    note(host).write_text(str(start(host, far, [loss, delay, dup, reorder, seed])))


def start(host, far, figures):
    """Starts the carrier and returns it as a process once it carries."""
    words = ["nsenter", f"--net={network.NAMES / host.lab.netns}", sys.executable, str(CARRIER), host.name, far,
             str(network.NAMES / host.netns), *map(str, figures)]
    child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             start_new_session=True, text=True)
    said = child.stdout.readline().strip()
    if said != "carrying":
        raise LabError(f"{host.name}: no weather: {said or 'no message'}")
    return procs.of(child.pid)


def clear(host):
    """Puts the cable back on the bridge, as it was."""
    if not note(host).exists():
        return
    procs.stop(procs.running([note(host)]))
    network.configure(host.lab.netns, [
        f"link delete w{host.number}a",
        f"link set {host.name} arp on",
        f"link set {host.name} master {network.BRIDGE}",
    ])
    note(host).unlink()


def note(host):
    """Where the carrier is written down."""
    return host.dir / "weather"

"""BMCs beside the lab's hosts: one process with all of them, in a network namespace with an address for each."""

import json
import os
import shutil
import subprocess
import sys
import time
from ipaddress import ip_address
from pathlib import Path

from . import hosts, network, procs
from .run import LabError

PROGRAM = Path(__file__).resolve().parents[2] / "support" / "fake_bmc"
FIRST = ip_address("10.83.128.0")
MOST = 2000
PORT = 443
HARDWARE = "02:00:00:83:80:00"
USER = "admin"
PASSWORD = "lab-bmc-password"
START_LIMIT = 120  # seconds, mostly for keys


def kinds_of(text):
    """'ilo5,openbmc:2' -> ['ilo5', 'openbmc', 'openbmc']"""
    kinds = []
    for word in filter(None, text.split(",")):
        kind, _, count = word.partition(":")
        if count and not count.isdigit():
            raise LabError(f"--bmcs '{word}': write KIND or KIND:COUNT")
        kinds += [kind] * int(count or 1)
    if len(kinds) > MOST:
        raise LabError(f"{len(kinds)} BMCs: a lab takes 0 to {MOST}")
    return kinds


def up(lab, kinds, knobs=()):
    """Brings the lab to exactly these BMCs; those that run as they should stay as they are."""
    now = facts(lab)
    if now and [one["personality"] for one in now["bmcs"]] == kinds and now["knobs"] == list(knobs):
        return
    down(lab)
    if kinds:
        make_network(lab, len(kinds))
        start(lab, kinds, knobs)


def down(lab):
    """Ends all BMCs of the lab."""
    hosts.end_all_in([lab.bmc_netns])
    if lab.netns in network.existing():  # the cable by itself: a namespace that is deleted goes some time later
        network.inside(lab.netns, "ip", "link", "delete", "bmcs", check=False)
    network.delete(network.existing().intersection([lab.bmc_netns]))
    shutil.rmtree(lab.bmcs_dir, ignore_errors=True)


def address(number):
    return str(FIRST + number)


def make_network(lab, count):
    network.batch([f"netns add {lab.bmc_netns}"])
    # The same hardware address each time: who knew the BMCs before need not learn anew.
    network.configure(lab.netns, [f"link add bmcs type veth peer name eth0 address {HARDWARE} netns {lab.bmc_netns}",
                                  f"link set bmcs master {network.BRIDGE} up"])
    network.configure(lab.bmc_netns, ["link set lo up", "link set eth0 up",
                                      *(f"addr add {address(number)}/16 dev eth0" for number in range(1, count + 1))])


def start(lab, kinds, knobs):
    lab.bmcs_dir.mkdir(mode=0o700)
    password = lab.bmcs_dir / "password"
    password.touch(0o600)
    password.write_text(f"{PASSWORD}\n")
    addresses = ",".join(address(number) for number in range(1, len(kinds) + 1))
    ready = lab.bmcs_dir / "ready"
    with open(ready, "wb") as out, open(lab.bmcs_dir / "log", "wb") as log:
        process = subprocess.Popen(
            ["nsenter", f"--net={network.NAMES / lab.bmc_netns}", sys.executable, PROGRAM, "--no-stdin", "--fleet",
             str(len(kinds)), "--personality", ",".join(kinds), "--address", addresses, "--port", str(PORT),
             "--user", USER, "--password-file", password, "--control-socket", lab.bmcs_dir / "control",
             *(word for knob in knobs for word in ("--knob", knob))],
            stdin=subprocess.DEVNULL, stdout=out, stderr=log, start_new_session=True, cwd="/",
            env={**os.environ, "TMPDIR": str(lab.bmcs_dir)})  # where it goes with the lab
    wait(lab, process, ready)
    (lab.bmcs_dir / "knobs").write_text(json.dumps(list(knobs)))
    (lab.bmcs_dir / "pid").write_text(str(procs.of(process.pid)))


def wait(lab, process, ready):
    end = time.monotonic() + START_LIMIT
    while not ready.read_text().endswith("\n"):
        if process.poll() is not None or time.monotonic() > end:
            words = (lab.bmcs_dir / "log").read_text(errors="replace").splitlines()[-3:]
            down(lab)
            raise LabError(f"the BMCs did not come up: {'; '.join(words) or 'no message'}")
        time.sleep(0.02)


def facts(lab):
    """What the process said when it was ready, and its knobs; None when there is none."""
    if procs.read(lab.bmcs_dir / "pid") is None:
        return None
    return {**json.loads((lab.bmcs_dir / "ready").read_text()), "knobs": json.loads((lab.bmcs_dir / "knobs").read_text())}


def names(lab):
    """[(address, name)]: bmc1 is host1's, and so on."""
    return [(one["address"], f"bmc{one['index'] + 1}") for one in (facts(lab) or {"bmcs": []})["bmcs"]]


def describe(lab):
    """For 'lab info': with what is needed to log in, and to reach the control port from anywhere."""
    return [{**one, "name": f"bmc{one['index'] + 1}", "user": USER, "password_file": str(lab.bmcs_dir / "password"),
             "control_socket": str(lab.bmcs_dir / "control")} for one in (facts(lab) or {"bmcs": []})["bmcs"]]

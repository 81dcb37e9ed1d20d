"""Disks that are full, with a little more room each time, on the target and on the workstation. A round is one level.

The levels go from nothing at all to enough in steps of a page, the lower ones finer, for nothing else writes there. Then
the disk gets room, and its user must get there; unless the first try had begun the job and honestly failed.
"""

import subprocess
from pathlib import Path

from kit import Rig, each, until
from story import Story

PAGE = 4096
PLACE = "/var/lib/soapstone"
WAITS = "nothing new is begun until it can be stored"
HONEST = ("updated", "failed", "interrupted")  # how it may end where the target's disk was full in the middle


def levels(number):
    """Bytes: half of the levels page by page from 0, the rest up to 20 MiB, which is enough for both sides."""
    fine = number // 2
    return [i * PAGE for i in range(fine)] + [
        (fine + (i + 1) ** 2 * 5000 // max(1, (number - fine) ** 2)) * PAGE for i in range(number - fine)]


def run(rounds, chance, tally, hosts=4):
    with Rig("disk", hosts) as rig:
        program = rig.counter("count.sh", 0.2)
        work = [(target, free) for free in levels(max(1, rounds // 2)) for target in (True, False)]
        for begin in range(0, len(work), len(rig.hosts)):
            rig.fresh()
            pairs = list(zip(rig.hosts, work[begin:begin + len(rig.hosts)]))
            each(lambda pair: one(rig, program, pair[0], *pair[1], tally), pairs)


def one(rig, program, host, on_target, free, tally):
    where = "target" if on_target else "workstation"
    tally.add(f"levels_on_{where}")
    (full_target if on_target else full_workstation)(rig, program, host, free, tally)


def full_target(rig, program, host, free, tally):
    """Judged twice: with the disk full, where what happened must be told, and with room, where it must end well."""
    rig.lab("fill", host, PLACE, "--free", free)
    rig.lab.snapshot(host)
    what = f"target, {free} bytes"
    deploy = ["deploy", "--lease", 10, program]
    result = rig.deploy([host], *deploy[1:]).end()
    story = Story(rig, result, [host], deploy, ["count.sh"], tries=0)
    tally.add("ended_not_updated_after_it_had_begun", story.has_begun(host) and story.first[host] != "updated")
    story.judge(tally, host, what, demand=HONEST, may=[PLACE + "/.lab-filler"], seconds=25)
    rig.lab("tmp", host, "normal", PLACE)
    if rig.runs(host, "count.sh"):
        return
    rig.fresh(host)
    again = Story(rig, rig.deploy([host], *deploy[1:]).end(), [host], deploy, ["count.sh"])
    again.judge(tally, host, f"{what}, then room")


def full_workstation(rig, program, host, free, tally):
    """A data folder of so many bytes; then the disk gets room, and the same story must end well.

    A manager that cannot store what is to be begun says so and waits; that one must go on by itself.
    """
    data = Path(rig.data(packed=False))
    data.mkdir(mode=0o700)
    mount = ["mount", "-t", "tmpfs", "-o", f"mode=700,size={max(PAGE, free)}", "torture", data]
    subprocess.run(mount, check=True)
    deploy = ["deploy", "--lease", 10, program]
    what = f"workstation, {free} bytes"
    try:
        running = rig.lab.start(*deploy, "-t", host, data=str(data))
        until(lambda: running.process.poll() is not None or running.says(WAITS), 300, "an end, or a word that it waits")
        tally.add("waited_for_room", running.process.poll() is None)
        tally.add("updated_on_a_full_workstation", running.process.poll() == 0)
        subprocess.run(["mount", "-o", "remount,size=64m", data], check=True)
        result = running.end(300)
        Story(rig, result, [host], deploy, ["count.sh"]).judge(tally, host, what, seconds=25)
    finally:
        subprocess.run(["umount", "-l", data], check=True)

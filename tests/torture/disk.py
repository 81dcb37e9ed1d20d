"""Disks that are full, with a little more room each time, on the target and on the workstation. A round is one level.

The levels go from nothing at all to enough in steps of a page, the lower ones finer, for nothing else writes there.
"""

import subprocess
from pathlib import Path

from kit import Rig, each

PAGE = 4096
PLACE = "/var/lib/soapstone"


def levels(number):
    """Bytes: half of the levels page by page from 0, the rest up to 2 MiB."""
    fine = number // 2
    return [i * PAGE for i in range(fine)] + [
        (fine + (i + 1) ** 2 * 500 // max(1, (number - fine) ** 2)) * PAGE for i in range(number - fine)]


def run(rounds, chance, tally):
    with Rig("disk", 4) as rig:
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
    rig.lab("fill", host, PLACE, "--free", free)
    rig.lab.snapshot(host)
    result = rig.lab.soapstone("deploy", "-t", host, program, data=rig.data())
    tally.add("updated", result.code == 0)
    rig.judge(tally, result, host, ["count.sh"], seconds=25, may=[PLACE + "/.lab-filler"], what=f"target, {free} bytes")
    rig.lab("tmp", host, "normal", PLACE)


def full_workstation(rig, program, host, free, tally):
    """A data folder of so many bytes; then the disk gets room, and a resume must settle the run."""
    data = Path(rig.data())
    data.mkdir(mode=0o700)
    mount = ["mount", "-t", "tmpfs", "-o", f"mode=700,size={max(PAGE, free)}", "torture", data]
    subprocess.run(mount, check=True)
    try:
        result = rig.lab.soapstone("deploy", "-t", host, "--lease", 10, program, data=str(data))
        tally.add("updated", result.code == 0)
        subprocess.run(["mount", "-o", "remount,size=64m", data], check=True)
        settle(rig, host, result, free, tally)
    finally:
        subprocess.run(["umount", "-l", data], check=True)


def settle(rig, host, result, free, tally):
    what = f"workstation, {free} bytes"
    if not (Path(result.data) / "soapstone.db").exists() or "no run" in result.err:
        rig.judge(tally, result, host, ["count.sh"], seconds=25, what=what)
        return
    final = rig.lab.soapstone("resume", data=result.data)
    if "every run is finished" in final.err:  # the run had come to its end: its report is what counts
        final = result
    final.data = result.data
    if not _has_run(final):  # nothing was begun: the program must not have run
        runs = rig.runs(host, "count.sh")
        strange = rig.unclean(host, 25)
        faults = [("lost", f"ran {runs} times, and no run is known: {result} {final}")] if runs else []
        tally.verdict(faults + ([("not_clean", str(strange[:5]))] if strange else []), what, None)
        return
    rig.judge(tally, final, host, ["count.sh"], seconds=25, what=what)


def _has_run(result):
    try:
        return bool(result.run)
    except AssertionError:
        return False

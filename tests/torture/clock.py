"""Clocks of workstation and target that differ: by 400 days either way, by steps of an hour, between run and resume.

faketime moves the manager's wall clock, not its monotonic one; the hosts keep the machine's. To both sides it looks
as if the other one's clock were wrong, which is all that matters. A round is one host, and all must be updated at once;
where a manager is killed and its resume comes 400 days before or after it, with the resume.
"""

import os
import shutil
from pathlib import Path

import support
from kit import Rig, each
from story import Story

KINDS = ("-400d", "+400d", "step -1h", "step +1h", "resume -400d", "resume +400d")


def run(rounds, chance, tally, hosts=3):
    if shutil.which("faketime") is None:
        raise SystemExit("torture: clock needs faketime; 'scripts/setup' installs it")
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    with Rig("clock", hosts) as rig:
        program = rig.counter("count.sh", 3)
        work = [KINDS[i % len(KINDS)] for i in range(rounds)]
        for begin in range(0, len(work), hosts):
            rig.fresh()
            pairs = list(zip(rig.hosts, work[begin:begin + hosts]))
            each(lambda pair: one(rig, program, library, *pair, tally), pairs)


def one(rig, program, library, host, kind, tally):
    data = rig.data()
    setting = Path(f"{data}.time")
    how, _, shift = kind.rpartition(" ")
    setting.write_text("+0" if how else shift)
    running = start(rig, library, setting, data, ["deploy", *rig.lab.login(), "-t", host, str(program)])
    if how:
        running.wait_for("installing", 90)
    if how == "resume":
        running.kill()
    if how:
        setting.write_text(shift)
    if how == "resume":
        running = start(rig, library, setting, data, ["resume", *rig.lab.login()])
    story = Story(rig, running.end(), [host], [], ["count.sh"], tries=0)
    tally.add(kind)
    story.judge(tally, host, kind, first=("updated",))


def start(rig, library, setting, data, words):
    environment = {"LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(setting), "FAKETIME_NO_CACHE": "1",
                   "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    variables = [f"{name}={value}" for name, value in environment.items()]
    netns = rig.lab.facts["workstation"]["netns"]
    running = support.Running(["ip", "netns", "exec", netns, "env", *variables, support.BIN, words[0], "--data", data,
                               *words[1:]], data, {"PATH": os.environ["PATH"], "HOME": rig.lab.data, "LANG": "C.UTF-8"})
    rig.lab.programs.append(running)
    return running

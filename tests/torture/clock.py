"""Clocks of workstation and target that differ: by 400 days either way, and by steps of an hour in the middle.

faketime moves the manager's wall clock, not its monotonic one; the hosts keep the machine's. To both sides it looks
as if the other one's clock were wrong, which is all that matters. A round is one host.
"""

import os
import shutil
from pathlib import Path

import support
from kit import Rig

KINDS = ("-400d", "+400d", "step -1h", "step +1h")


def run(rounds, chance, tally):
    if shutil.which("faketime") is None:
        raise SystemExit("torture: clock needs faketime; 'scripts/setup' installs it")
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    with Rig("clock", 3) as rig:
        program = rig.counter("count.sh", 3)
        for begin in range(0, rounds, len(rig.hosts)):
            one_run(rig, program, library, KINDS[begin // len(rig.hosts) % len(KINDS)], tally)


def one_run(rig, program, library, kind, tally):
    rig.fresh()
    data = rig.data()
    setting = Path(f"{data}.time")
    setting.write_text("+0" if kind.startswith("step") else kind)
    environment = {"LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(setting), "FAKETIME_NO_CACHE": "1",
                   "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    words = ["deploy", "--data", data, *rig.lab.login(), "-t", ",".join(rig.hosts), str(program)]
    netns = rig.lab.facts["workstation"]["netns"]
    variables = [f"{name}={value}" for name, value in environment.items()]
    running = support.Running(["ip", "netns", "exec", netns, "env", *variables, support.BIN, *words], data,
                              {"PATH": os.environ["PATH"], "HOME": rig.lab.data, "LANG": "C.UTF-8"})
    rig.lab.programs.append(running)
    if kind.startswith("step"):
        running.wait_for("installing", 90)
        setting.write_text(kind.removeprefix("step "))
    result = running.end()
    tally.add(f"hosts_at {kind}", len(rig.hosts))
    for host in rig.hosts:
        if result.code != 0:
            tally.add("wrong")
        rig.judge(tally, result, host, ["count.sh"], what=kind)

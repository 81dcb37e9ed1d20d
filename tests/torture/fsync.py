"""Disks that cannot keep what was written: fsync and fdatasync fail with EIO. A round is one failed call.

strace makes the n-th call of each thread fail: of all that the host's sshd starts (so of agent and shim), or of the
manager. No real disk is needed, and the static agent cannot be fooled in another way.
"""

import os
import shutil
import signal
import subprocess

import support
from kit import Rig, each, look, until

CALLS = 20


def inject(number):
    return ["strace", "-f", "-q", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e",
            f"inject=fsync,fdatasync:error=EIO:when={number}"]


def run(rounds, chance, tally):
    if shutil.which("strace") is None:
        raise SystemExit("torture: fsync needs strace; 'scripts/setup' installs it")
    with Rig("fsync", 4) as rig:
        program = rig.counter("count.sh", 0.5)
        work = [(where, i % CALLS + 1) for i in range(max(1, rounds // 2)) for where in ("target", "workstation")]
        for begin in range(0, len(work), len(rig.hosts)):
            rig.fresh()
            each(lambda pair: one(rig, program, pair[0], *pair[1], tally),
                 list(zip(rig.hosts, work[begin:begin + len(rig.hosts)])))


def one(rig, program, host, where, number, tally):
    tally.add(f"calls_on_{where}")
    data = rig.data()
    if where == "target":
        result = on_target(rig, program, host, number, data)
    else:
        result = on_workstation(rig, program, host, number, data)
    tally.add("updated", result.code == 0)
    if "run " in result.err:
        result = rig.finish(result)
    rig.judge(tally, result, host, ["count.sh"], seconds=25, what=f"{where}, call {number}:")


def on_target(rig, program, host, number, data):
    """The tracer follows sshd and all that it starts; it lives outside, so the host does not see it."""
    sshd = next(one for one in look.processes(rig.lab.inside.host(host).running()) if "sshd" in (one["exe"] or ""))
    tracer = subprocess.Popen([*inject(number), "-p", str(sshd["outside_pid"])], stdin=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    try:
        until(lambda: traced(sshd["outside_pid"]), 10, "strace follows sshd")
        return rig.lab.soapstone("deploy", "-t", host, "--lease", 10, program, data=data)
    finally:
        tracer.send_signal(signal.SIGTERM)
        tracer.wait()


def traced(pid):
    with open(f"/proc/{pid}/status") as status:
        return any(line.startswith("TracerPid:") and line.split()[1] != "0" for line in status)


def on_workstation(rig, program, host, number, data):
    words = ["deploy", "--data", data, *rig.lab.login(), "-t", host, "--lease", "10", str(program)]
    netns = rig.lab.facts["workstation"]["netns"]
    running = support.Running(["ip", "netns", "exec", netns, *inject(number), support.BIN, *words], data,
                              {"PATH": os.environ["PATH"], "HOME": rig.lab.data, "LANG": "C.UTF-8"})
    rig.lab.programs.append(running)
    return running.end()

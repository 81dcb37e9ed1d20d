"""Disks that cannot keep what was written: fsync and fdatasync fail with EIO. A round is one failed call.

strace makes the n-th call of each thread fail: of all that the host's sshd starts (so of agent and shim), or of the
manager. No real disk is needed, and the static agent cannot be fooled in another way.
"""

import os
import shutil
import signal
import subprocess
import tempfile

import support
from kit import Rig, each, look, until
from story import Story

CALLS = 20


def inject(number, log):
    return ["strace", "-f", "-q", "-o", log, "-e", "trace=fsync,fdatasync", "-e",
            f"inject=fsync,fdatasync:error=EIO:when={number}"]


def run(rounds, chance, tally, hosts=5):
    if shutil.which("strace") is None:
        raise SystemExit("torture: fsync needs strace; 'scripts/setup' installs it")
    with Rig("fsync", hosts) as rig:
        program = rig.counter("count.sh", 0.5)
        work = [(where, i % CALLS + 1) for i in range(max(1, rounds // 2)) for where in ("target", "workstation")]
        for begin in range(0, len(work), len(rig.hosts)):
            rig.fresh()
            each(lambda pair: one(rig, program, pair[0], *pair[1], tally),
                 list(zip(rig.hosts, work[begin:begin + len(rig.hosts)])))


def one(rig, program, host, where, number, tally):
    """The first try has the bad disk, what its user does afterwards a good one."""
    tally.add(f"calls_on_{where}")
    how = on_target if where == "target" else on_workstation
    with tempfile.NamedTemporaryFile(prefix="soapstone-torture-strace-") as log:
        result = how(rig, program, host, number, rig.data(), log.name)
        failures = log.read().count(b"(INJECTED)")
    tally.add(f"failed_calls_on_{where}", failures)
    tally.add(f"rounds_with_a_failed_call_on_{where}", failures > 0)
    story = Story(rig, result, [host], ["deploy", "--lease", 10, program], ["count.sh"])
    demand = ("updated", "interrupted", "failed") if story.has_begun(host) and failures else ("updated",)
    story.judge(tally, host, f"{where}, call {number}", demand=demand, seconds=25)


def on_target(rig, program, host, number, data, log):
    """The tracer follows sshd and all that it starts; it lives outside, so the host does not see it."""
    sshd = next(one for one in look.processes(rig.lab.inside.host(host).running()) if "sshd" in (one["exe"] or ""))
    tracer = subprocess.Popen([*inject(number, log), "-p", str(sshd["outside_pid"])], stdin=subprocess.DEVNULL,
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


def on_workstation(rig, program, host, number, data, log):
    words = ["deploy", "--data", data, *rig.lab.login(), "-t", host, "--lease", "10", str(program)]
    netns = rig.lab.facts["workstation"]["netns"]
    running = support.Running(["ip", "netns", "exec", netns, *inject(number, log), support.BIN, *words], data,
                              {"PATH": os.environ["PATH"], "HOME": rig.lab.data, "LANG": "C.UTF-8"})
    rig.lab.programs.append(running)
    return running.end()

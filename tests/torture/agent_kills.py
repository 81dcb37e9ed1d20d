"""Agents and shims that are killed at random moments, again and again, while jobs run. A round is a job."""

import time

from kit import Rig, each

JOBS = 8  # components of one run


def run(rounds, chance, tally):
    with Rig("agent-kills", 6) as rig:
        names = [f"count{i}.sh" for i in range(JOBS)]
        programs = [rig.counter(name, 0.8) for name in names]
        while tally.counts["rounds"] < rounds:
            one_run(rig, programs, names, chance, tally)


def one_run(rig, programs, names, chance, tally):
    rig.fresh()
    running = rig.lab.start("deploy", "-t", ",".join(rig.hosts), *programs, data=rig.data())
    plans = {host: [chance.uniform(0.3, 4) for _ in range(4)] for host in rig.hosts}
    shims = {host: chance.random() < 0.3 for host in rig.hosts}
    each(lambda host: kill_some(rig, running, host, plans[host], shims[host], chance, tally), rig.hosts)
    result = rig.finish(running.end(300))
    for host in rig.hosts:
        before = tally.counts["rounds"]
        rig.judge(tally, result, host, names)
        begun = sum(rig.runs(host, name) > 0 for name in names)
        tally.add("rounds", begun - (tally.counts["rounds"] - before))
        tally.add("correct", max(0, begun - 1))


def kill_some(rig, running, host, waits, may_hit_shim, chance, tally):
    """Kills the agent after each wait; at the last one, where chosen, any of its processes."""
    while not rig.lab.read(host, "/root/count"):
        if running.process.poll() is not None:
            return
        time.sleep(0.05)
    for number, wait in enumerate(waits):
        time.sleep(wait)
        found = rig.agents(host)
        if not (may_hit_shim and number == len(waits) - 1):
            found = [one for one in found if one["cmdline"].split()[1:2] != ["shim"]]
        if found:
            victim = chance.choice(found)
            kind = "kills_of_shim" if victim["cmdline"].split()[1:2] == ["shim"] else "kills_of_agent"
            tally.add(kind, rig.kill(host, victim))

"""Agents and shims that are killed at random moments, again and again, while jobs run. A round is a job.

Where only agents are killed every job must run once and succeed. Where a shim was killed, its one job may end
`interrupted`, since nobody saw its end; those before must have succeeded and those after must not have run.
"""

import time

from kit import Rig, each
from story import Story

JOBS = 10  # components of one run


def run(rounds, chance, tally, hosts=4):
    with Rig("agent-kills", hosts) as rig:
        names = [f"count{i}.sh" for i in range(JOBS)]
        programs = [rig.counter(name, 0.6) for name in names]
        while tally.counts["rounds"] < rounds:
            one_run(rig, programs, names, chance, tally)


def one_run(rig, programs, names, chance, tally):
    rig.fresh()
    running = rig.deploy(rig.hosts, *programs)
    plans = {host: [chance.uniform(0.1, 3) for _ in range(5)] for host in rig.hosts}
    wants_shim = {host: chance.random() < 0.25 for host in rig.hosts}
    picks = {host: chance.random() for host in rig.hosts}
    shims = {}

    def kill(host):
        shims[host] = kill_some(rig, running, host, plans[host], wants_shim[host], picks[host], tally)

    each(kill, rig.hosts)
    story = Story(rig, running.end(600), rig.hosts, [], names)
    for host in rig.hosts:
        judge(rig, story, tally, host, shims[host], names)


def judge(rig, story, tally, host, shims, names):
    """One verdict of the story, and the other jobs that ran count as rounds as well when it was right."""
    states = [one.get("state") for one in story.targets.get(host, {}).get("components", [])]
    cut = states.count("interrupted")
    tally.add("jobs_interrupted", cut)
    if cut > shims:
        story.faults[host].append(("undone", f"{cut} jobs interrupted by {shims} kills of shims: {states}"))
    story.faults[host] += [("lost", f"job {number} ran after one that was interrupted")
                           for number, name in enumerate(names)
                           if "interrupted" in states[:number] and rig.runs(host, name)]
    wrong = tally.wrongs()
    story.judge(tally, host, f"{shims} shims killed", demand=("updated", "interrupted") if shims else ("updated",))
    others = sum(rig.runs(host, name) > 0 for name in names) - 1
    if tally.wrongs() == wrong and others > 0:
        tally.add("rounds", others)
        tally.add("correct", others)


def kill_some(rig, running, host, waits, wants_shim, pick, tally):
    """Kills the agent after each wait and, where wanted, one shim among them. Returns how many shims."""
    shims = 0
    while not rig.lab.read(host, "/root/count"):
        if running.process.poll() is not None:
            return 0
        time.sleep(0.05)
    for number, wait in enumerate(waits):
        time.sleep(wait)
        of_shim = wants_shim and number == int(pick * len(waits))
        found = victims(rig, running, host, of_shim)
        if found and rig.kill(host, found[int(pick * len(found))]):
            tally.add("kills_of_shim" if of_shim else "kills_of_agent")
            shims += of_shim
    return shims


def victims(rig, running, host, of_shim):
    """Those that there are, as soon as there are some; a fresh agent may be on its way."""
    end = time.monotonic() + 15
    while running.process.poll() is None and time.monotonic() < end:
        there = rig.agents(host)
        found = [one for one in there if is_shim(one) == of_shim and not becomes_job(one, there)]
        if found:
            return found
        time.sleep(0.1)
    return []


def is_shim(process):
    """A shim, or a drain that it has: both are started by that word."""
    return process["cmdline"].split()[1:2] in (["shim"], ["drain"])


def becomes_job(process, others):
    """A shim's child that looks like one until it has become the job itself, which nobody may kill here."""
    shims = {one["outside_pid"] for one in others if one["cmdline"].split()[1:2] == ["shim"]}
    return process["outside_pid"] in shims and process["parent"] in shims

"""Agents and shims that die at each named point between two durable steps. A round is one death."""

from kit import Rig, each
from story import Story

from survival_test import FAILPOINTS


def run(rounds, chance, tally, hosts=5):
    names = sorted(FAILPOINTS)
    chance.shuffle(names)
    with Rig("failpoints", hosts) as rig:
        program = rig.counter("count.sh", 0.2)
        for begin in range(0, rounds, hosts):
            rig.fresh()
            chosen = {host: names[(begin + i) % len(names)] for i, host in enumerate(rig.hosts[:rounds - begin])}
            each(lambda host: one(rig, program, host, chosen[host], tally), list(chosen))


def one(rig, program, host, name, tally):
    """No resume: the first manager has to see to it that the table's outcome comes."""
    outcome, runs = FAILPOINTS[name]
    result = rig.deploy([host], "--failpoint", name, program).end(300)
    story = Story(rig, result, [host], [], ["count.sh"], tries=0)
    if rig.runs(host, "count.sh") != runs:
        story.faults[host].append(("wrong", f"ran {rig.runs(host, 'count.sh')} times instead of {runs}"))
    if story.targets.get(host, {}).get("left") != "logs only":
        story.faults[host].append(("wrong", f"left: {story.targets.get(host, {}).get('left')}"))
    if not name.startswith("shim_") and "a fresh one has taken over its journal" not in result.err:
        story.faults[host].append(("wrong", "no agent died"))
    tally.add(name)
    story.judge(tally, host, name, demand=(outcome,))

"""Agents and shims that die at each named point between two durable steps. A round is one death."""

from kit import Rig, each, report_of

from survival_test import FAILPOINTS


def run(rounds, chance, tally):
    names = sorted(FAILPOINTS)
    chance.shuffle(names)
    with Rig("failpoints", 5) as rig:
        program = rig.counter("count.sh", 0.2)
        for begin in range(0, rounds, len(rig.hosts)):
            rig.fresh()
            chosen = {host: names[(begin + i) % len(names)] for i, host in enumerate(rig.hosts)}
            each(lambda host: one(rig, program, host, chosen[host], tally), rig.hosts)


def one(rig, program, host, name, tally):
    result = rig.lab.soapstone("deploy", "-t", host, "--failpoint", name, program, data=rig.data())
    target = next(iter(report_of(result).get("targets", [])), {})
    seen = (target.get("outcome"), rig.runs(host, "count.sh"))
    if seen != FAILPOINTS[name]:
        tally.add("wrong")
        tally.keep(f"{name}: {seen} instead of {FAILPOINTS[name]}", result)
    rig.judge(tally, result, host, ["count.sh"], what=name)

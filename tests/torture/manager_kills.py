"""Managers that are killed in each phase and do not come back within the lease. A round is one kill.

The host must be clean within lease + 10 s; a resume afterwards must find the result or go on, and run nothing twice.
"""

import time

from kit import Rig, each
from story import Story

PHASES = ("copying", "starting", "installing", "collecting", "removing")
LEASE = 10  # the shortest that deploy takes
WORK = 1.5  # seconds of the program


def run(rounds, chance, tally, hosts=10):
    with Rig("manager-kills", hosts) as rig:
        program = rig.counter("count.sh", WORK)
        begin = 0
        while tally.counts.get("kills", 0) < rounds:
            rig.fresh()
            phases = {host: PHASES[(begin + i) % len(PHASES)] for i, host in enumerate(rig.hosts)}
            waits = {host: chance.choice([0, chance.uniform(0, 0.3)]) for host in rig.hosts}
            each(lambda host: one(rig, program, host, phases[host], waits[host], tally), rig.hosts)
            begin += len(rig.hosts)


def one(rig, program, host, phase, wait, tally):
    words = ["--lease", LEASE, program]
    running = rig.deploy([host], *words)
    try:
        running.wait_for(rf"^{host}: {phase}\b", 240)
    except AssertionError as error:
        tally.verdict([("wrong", str(error))], f"{phase} {host}")
        return
    time.sleep(wait)
    result = running.kill()
    if result.code == -9:
        tally.add("kills")
        tally.add(f"while {phase}")
    begin = time.monotonic()
    strange = rig.unclean(host, LEASE + 10 + WORK)
    took = round(time.monotonic() - begin)
    tally.most("clean_after_s_at_most", took)
    before = [("not_clean", f"after the lease: {strange[:5]}")] if strange else []
    story = Story(rig, result, [host], [], ["count.sh"])
    story.faults[host] += before
    story.judge(tally, host, phase)

"""Managers that are killed in each phase and do not come back within the lease. A round is one kill.

The host must be clean within lease + 10 s; a resume afterwards must find the result, and run nothing twice.
"""

import time

from kit import Rig, each

PHASES = ("copying", "starting", "installing", "collecting", "removing")
LEASE = 10  # the shortest that deploy takes
WORK = 1.5  # seconds of the program


def run(rounds, chance, tally):
    with Rig("manager-kills", 10) as rig:
        program = rig.counter("count.sh", WORK)
        for begin in range(0, rounds, len(rig.hosts)):
            rig.fresh()
            phases = {host: PHASES[(begin + i) % len(PHASES)] for i, host in enumerate(rig.hosts)}
            waits = {host: chance.choice([0, chance.uniform(0, 0.3)]) for host in rig.hosts}
            each(lambda host: one(rig, program, host, phases[host], waits[host], tally), rig.hosts)


def one(rig, program, host, phase, wait, tally):
    running = rig.lab.start("deploy", "-t", host, "--lease", LEASE, program, data=rig.data())
    running.wait_for(rf"^{host}: {phase}\b", 120)
    time.sleep(wait)
    result = running.kill()
    tally.add(f"kills_while_{phase}")
    strange = rig.unclean(host, LEASE + 10 + WORK)
    runs = rig.runs(host, "count.sh")
    faults = [("not_clean", f"after the lease: {strange[:5]}")] if strange else []
    if runs > 1:
        faults.append(("double", "before the resume"))
    if faults:
        tally.verdict(faults, f"{phase} {host}", result)
        return
    rig.judge(tally, rig.finish(result), host, ["count.sh"], what=phase)

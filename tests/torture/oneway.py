"""Lines on which one direction falls silent. A round is one host whose line goes dead one way for a while."""

import time

from kit import Rig

from cuts import faults


def run(rounds, chance, tally):
    with Rig("oneway", 8) as rig:
        program = rig.counter("count.sh", 3)
        for _ in range(0, rounds, len(rig.hosts)):
            waits = {host: chance.uniform(0, 8) for host in rig.hosts}
            ways = {host: (chance.choice(("to-host", "from-host")), chance.choice((2, 20, 40))) for host in rig.hosts}
            faults(rig, program, waits, tally, "one_way_cuts", lambda host: silence(rig, host, *ways[host]))


def silence(rig, host, direction, seconds):
    rig.lab("block", host, "--direction", direction)
    time.sleep(seconds)
    rig.lab("unblock", host)

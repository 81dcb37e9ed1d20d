"""Lines on which one direction falls silent. A round is one host whose line goes dead one way for a while."""

import time

from cuts import faults
from kit import Rig, links


def run(rounds, chance, tally, hosts=17, lengths=(2, 20, 40)):
    with Rig("oneway", hosts) as rig:
        program, number = rig.counter("count.sh", 5), 0
        while tally.counts.get("one_way_cuts", 0) < rounds:
            ways = {host: (chance.choice(("to-host", "from-host")), chance.choice(lengths)) for host in rig.hosts}
            faults(rig, program, tally, "one_way_cuts", chance, number,
                   lambda host: silence(rig, host, *ways[host], tally))
            number += 1
        rig.count_hung(tally)


def silence(rig, host, direction, seconds, tally):
    tally.add(f"{direction} for {seconds} s")
    inside, begin = rig.lab.inside.host(host), time.monotonic()
    links.block(inside, direction, None, "tcp", False)
    time.sleep(seconds)
    links.unblock(inside)
    return time.monotonic() - begin

"""Bad lines: 30 % of the answers lost, delay, duplicates, reordering. A round is one host.

16 % of the frames are lost each way, so that 30 % of the round trips fail. (With 30 % each way it is every second one, and
hardly any connection survives the 7 s without an acknowledgement after which a peer counts as dead.) The weather stays; when soapstone gives up on a target it is tried again in it, as its user would, at most 8 times.
"""

from kit import Rig, each
from story import Story

MORE_TRIES = 8


def run(rounds, chance, tally, hosts=10):
    with Rig("loss", hosts) as rig:
        program = rig.counter("count.sh", 2)
        seeds = {host: chance.randrange(1 << 30) for host in rig.hosts}
        for host in rig.hosts:
            rig.lab("weather", host, "--loss", 16, "--delay", 20, "--dup", 5, "--reorder", 10, "--seed", seeds[host])
        for begin in range(0, rounds, hosts):
            rig.fresh()
            each(lambda host: one(rig, program, host, tally), rig.hosts[:rounds - begin])
        for host in rig.hosts:
            rig.lab("weather", host)
        rig.count_hung(tally)


def one(rig, program, host, tally):
    result = rig.deploy([host], program).end(900)
    Story(rig, result, [host], ["deploy", program], ["count.sh"], tries=MORE_TRIES).judge(tally, host)

"""Cables that are pulled at random moments for 1 s, 60 s and longer than the lease. A round is one cut."""

import subprocess
import time

from kit import Rig, each

LEASE = 10
LONGER = 30  # than the lease and all that the manager would wait
DEAD_PEER = 15  # s until a connection to a silent host must be gone


def run(rounds, chance, tally):
    with Rig("cuts", 8) as rig:
        program = rig.counter("count.sh", 3)
        kinds = (1, 60, LONGER)
        for begin in range(0, rounds, len(rig.hosts)):
            seconds = kinds[begin // len(rig.hosts) % len(kinds)]
            waits = {host: chance.uniform(0, 9) for host in rig.hosts}
            faults(rig, program, waits, tally, f"cuts_of_{seconds}_s",
                   lambda host, seconds=seconds: pull(rig, host, seconds, tally))


def faults(rig, program, waits, tally, kind, fault):
    """One run on all hosts; on each `fault` comes after its wait. Then resumes, as its user would, and judges."""
    rig.fresh()
    running = rig.lab.start("deploy", "-t", ",".join(rig.hosts), "--lease", LEASE, program, data=rig.data())

    def later(host):
        time.sleep(waits[host])
        if running.process.poll() is None:
            tally.add(kind)
        fault(host)

    each(later, rig.hosts)
    result = rig.finish(running.end(300))
    for host in rig.hosts:
        rig.judge(tally, result, host, ["count.sh"], seconds=LEASE + 10, what=f"{kind} after {waits[host]:.1f} s")


def pull(rig, host, seconds, tally):
    before = connections(rig, host)
    rig.lab("cut", host)
    if seconds > DEAD_PEER and before:
        time.sleep(DEAD_PEER)
        still = before & connections(rig, host)
        tally.add("dead_peers_noticed", len(before - still))
        if still:
            tally.add("wrong")
            tally.keep(f"{host}: after {DEAD_PEER} s without an answer still connected: {still}", None)
        seconds -= DEAD_PEER
    time.sleep(seconds)
    rig.lab("heal", host)


def connections(rig, host):
    """Established connections of the workstation to the host, or from it: (here, there)."""
    done = subprocess.run(["nsenter", f"--net=/run/netns/{rig.lab.facts['workstation']['netns']}", "ss", "-Htn", "state",
                           "established"], capture_output=True, text=True, check=True)
    address = rig.lab.inside.host(host).ipv4
    pairs = {tuple(line.split()[2:4]) for line in done.stdout.splitlines()}
    return {pair for pair in pairs if f"{address}:" in pair[1] or f"{address}]:" in pair[1]}

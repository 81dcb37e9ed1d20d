"""Cables that are pulled at random moments for 1 s, 60 s and longer than the lease. A round is one cut.

After 15 s without an answer no connection to or from a host whose cable is out may stand, on either side. A cut of 1 s
must be survived by the first try, unless it fell into the login; after the others the user must get there in the end.
"""

import subprocess
import time

from kit import Rig, each, links, until
from story import Story

LEASE = 10
KINDS = (1, 60, 30)  # the last one is longer than the lease and all that the manager would wait
DEAD_PEER = 15  # s until a connection to a silent host must be gone
ROADS = (["--link", "auto"], ["--link", "tunnel"], ["--link", "polling"], ["--ssh", "openssh", "--link", "tunnel"])
PHASES = ("scouting", "copying", "starting", "inventory", "staging", "installing", "verifying", "collecting",
          "removing", "updated")
MOMENTS = ("installing", "copying", "starting", "scouting", "installing", "removing", "collecting")
SHORT = {1: ("updated", "unreached")}  # how the first try may end
TOO_LONG = 3  # s: on a busy machine a cable is plugged in late; that was no cut of 1 s


def run(rounds, chance, tally, hosts=17, kinds=KINDS):
    with Rig("cuts", hosts) as rig:
        program, number = rig.counter("count.sh", 5), 0
        for seconds in kinds:
            kind = f"cuts_of_{seconds}_s"
            while tally.counts.get(kind, 0) < max(1, rounds // len(kinds)):
                faults(rig, program, tally, kind, chance, number,
                       lambda host, seconds=seconds: pull(rig, host, seconds, tally), SHORT.get(seconds))
                number += 1
        rig.count_hung(tally)


def faults(rig, program, tally, kind, chance, number, fault, first=None):
    """The number-th run on all hosts; on each `fault` comes in a phase of its own. Then its user sees it through.

    `fault` returns the seconds that it lasted. `first`: how the first try may end after a short one.
    """
    rig.fresh()
    road = ROADS[number % len(ROADS)]
    words = ["--lease", LEASE, *road, program]
    moments = {host: (MOMENTS[(i + 3 * number) % len(MOMENTS)], chance.random()) for i, host in enumerate(rig.hosts)}
    running = rig.deploy(rig.hosts, *words)
    hit, lasted = {}, {}

    def later(host):
        hit[host] = wait_for_phase(rig, running, host, *moments[host])
        if hit[host] == "too late":
            return
        tally.add(kind)
        tally.add(f"{kind} while {hit[host]}")
        lasted[host] = fault(host)

    each(later, rig.hosts)
    story = Story(rig, running.end(600), rig.hosts, ["deploy", *words], ["count.sh"])
    for host in rig.hosts:
        if hit[host] == "too late":
            tally.add("too_late")
        late = lasted.get(host, 0) > TOO_LONG
        tally.add(f"{kind} that lasted more than {TOO_LONG} s", bool(first) and late)
        story.judge(tally, host, f"{kind} {' '.join(road)} while {hit[host]}, {lasted.get(host, 0):.1f} s",
                    first=None if late else first)


def wait_for_phase(rig, running, host, wanted, part):
    """Until the host is in the phase or beyond, and `part` of some time more. Returns the phase it has come to."""
    at = PHASES.index(wanted)
    until(lambda: running.process.poll() is not None or rig.phase(running, host) in PHASES[at:], 300, f"{host}: {wanted}")
    time.sleep(part * {"scouting": 2, "copying": 2, "installing": 5}.get(wanted, 0.2))
    over = running.process.poll() is not None or rig.phase(running, host) == "updated"
    return "too late" if over else rig.phase(running, host)


def pull(rig, host, seconds, tally):
    before, begin = connections(rig, host), time.monotonic()
    links.cut(rig.lab.inside.host(host))
    if seconds > DEAD_PEER and before:
        time.sleep(DEAD_PEER)
        still = before & connections(rig, host)
        tally.add("dead_peers_noticed", len(before - still))
        if still:
            tally.verdict([("wrong", f"after {DEAD_PEER} s without an answer still connected: {sorted(still)}")], host)
        seconds -= DEAD_PEER
    time.sleep(seconds)
    links.heal(rig.lab.inside.host(host))
    return time.monotonic() - begin


def connections(rig, host):
    """Established connections of ours between workstation and host: (side, here, there). sshd's are its own."""
    inside = rig.lab.inside.host(host)
    addresses = (f"{inside.ipv4}:", f"{inside.ipv6}]:")
    near = {("workstation", *pair) for pair, _ in established(rig.lab.facts["workstation"]["netns"])
            if any(address in pair[1] for address in addresses)}
    return near | {("host", *pair) for pair, owner in established(inside.netns) if "soapstone" in owner}


def established(netns):
    done = subprocess.run(["nsenter", f"--net=/run/netns/{netns}", "ss", "-Htnp", "state", "established"],
                          capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        words = line.split()
        yield tuple(words[2:4]), " ".join(words[4:])

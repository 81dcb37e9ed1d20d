"""Bad lines: 30 % of the packets lost each way, 100 ms of delay, duplicates, reordering. A round is one host."""

from kit import Rig


def run(rounds, chance, tally):
    with Rig("loss", 4) as rig:
        program = rig.counter("count.sh", 2)
        for host in rig.hosts:
            rig.lab("weather", host, "--loss", 30, "--delay", 100, "--dup", 5, "--reorder", 10, "--seed",
                    chance.randrange(1 << 30))
        for _ in range(0, rounds, len(rig.hosts)):
            one_run(rig, program, tally)


def one_run(rig, program, tally):
    """The weather stays; when soapstone gives up on a target it is resumed in it, as its user would."""
    rig.fresh()
    result = rig.lab.soapstone("deploy", "-t", ",".join(rig.hosts), program, data=rig.data(), seconds=900)
    tally.add("hosts_done_at_once", sum(one["outcome"] == "updated" for one in result.report["targets"]))
    result = rig.finish(result)
    for host in rig.hosts:
        rig.judge(tally, result, host, ["count.sh"], seconds=60)

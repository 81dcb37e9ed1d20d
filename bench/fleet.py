"""Soapstone beside parallel OpenSSH, clush, Ansible and Ansible with mitogen, on 1 to 100 lab hosts."""

import argparse
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import contenders
import tasks
from measure import Meter
from results import Results, Row
from scene import Scene

BUILD = Path(__file__).resolve().parents[1] / "build"


def main(words):
    """Returns the exit status: 0 all measured and valid, 1 not."""
    options = parser().parse_args(words)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # also then the lab goes down
    chosen = [make(each) for each in contenders.ALL if each.name in options.contenders]
    install_packages(sorted({package for each in chosen for package in each.packages}))
    results = Results(version())
    scene = Scene(python=any(each.needs_python for each in chosen))
    try:
        for count in options.hosts:
            scene.up(count)
            measure(scene, chosen, options, results)
    finally:
        scene.down()
        if results.rows:
            print(results.tables())
        if options.json:
            Path(options.json).write_text(results.document() + "\n")
    return 0 if results.all_valid() else 1


def parser():
    top = argparse.ArgumentParser(prog="scripts/bench fleet", description=__doc__)
    top.add_argument("--hosts", type=numbers, default=[1, 10, 50, 100], metavar="N,...", help="default: 1,10,50,100")
    top.add_argument("--repeat", type=int, default=3, metavar="N", help="runs of each, in turns (default: 3)")
    top.add_argument("--json", metavar="FILE", help="also write everything there")
    add_choice(top, "--contenders", [each.name for each in contenders.ALL])
    add_choice(top, "--tasks", [each.name for each in tasks.ALL])
    return top


def numbers(text):
    return [int(word) for word in text.split(",")]


def add_choice(top, option, names):
    def chosen(text):
        words = text.split(",")
        for word in words:
            if word not in names:
                raise argparse.ArgumentTypeError(f"'{word}' is none of {', '.join(names)}")
        return words
    top.add_argument(option, type=chosen, default=names, metavar="NAME,...", help=f"of {', '.join(names)}")


def make(kind):
    return kind(BUILD) if kind is contenders.Soapstone else kind()


def version():
    program = contenders.Soapstone(BUILD).program
    return subprocess.run([program, "version"], capture_output=True, text=True, check=True).stdout.split("\n")[0]


def install_packages(packages):
    """Only what is missing, and only now that somebody wants it."""
    done = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package}\n", *packages],
                          capture_output=True, text=True)
    there = {line.split()[1] for line in done.stdout.splitlines() if line.startswith("installed ")}
    missing = [package for package in packages if package not in there]
    if missing:
        print(f"bench: installing {' '.join(missing)}", file=sys.stderr)
        subprocess.run(["apt-get", "-q", "install", "--yes", "--no-install-recommends", *missing], check=True,
                       stdout=sys.stderr)


def measure(scene, chosen, options, results):
    """All tasks by all contenders; each round begins with another one, so that none has the best place."""
    with tempfile.TemporaryDirectory(prefix="soapstone-bench-") as folder:
        work = tasks.Work(scene, folder)
        work.meter = Meter(scene.inside.netns, scene.manager, scene.hosts_group)
        try:
            for repeat in range(options.repeat):
                at = repeat % len(chosen)
                for task in (kind() for kind in tasks.ALL if kind.name in options.tasks):
                    for contender in chosen[at:] + chosen[:at]:
                        results.add(one(work, task, contender, repeat))
        finally:
            work.meter.end_all()


def one(work, task, contender, repeat):
    """One contender, once, with everything around it."""
    work.fresh()
    task.prepare(work)
    contender.prepare(task, work)
    sample = run(work, task, contender)
    invalid = tasks.proof(task, work, contender, sample)
    work.meter.end_all()
    row = Row(len(work.names), task.name, contender.name, repeat, sample, invalid,
              contender.phases(work) if invalid is None else {})
    print(f"bench: {row.hosts} hosts, {row.task}, {row.contender}: {sample.wall:.2f} s"
          f"{', invalid: ' + invalid if invalid else ''}", file=sys.stderr)
    return row


def run(work, task, contender):
    def measured(calls):
        return work.meter.run(contender.command(task, work, calls), contender.environment(work), work.folder)
    if task.name != "warm" or contender.more_calls is None:
        return measured(1)
    once = measured(1)
    work.meter.end_all()
    contender.prepare(task, work)
    return measured(1 + contender.more_calls).minus(once, contender.more_calls)

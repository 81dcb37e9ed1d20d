"""What all scenarios share: a lab, programs that count their runs, and a judge who looks from outside.

The judge believes nobody: how often a program ran is read from the host's disk, whether the host is clean from a
comparison with its snapshot, and only then is that held against what soapstone's report says.
"""

import contextlib
import json
import os
import re
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

from support import BIN, Lab, Result, Running, kill, look, until  # noqa: E402,F401  (the path had to come first)
from soapstone_lab import links  # noqa: E402,F401

COUNT = "/root/count"
WRONG = ("double", "lost", "false", "crash", "not_clean", "undone", "wrong")  # any of these fails a scenario
NOT_RUN = ("not_started", "unreached", "cancelled", "omitted_dependency", "failed")
NOT_FINAL = ("accepted", "running")  # states of a job that has no end yet
TELL_EVERY = 60  # s between two lines of how far it is
HUNG_LIMIT = 130  # s until what was half copied is gone when the line goes dead: the bootstrap waits 120 s

# sshd's own, for its LoginGraceTime, when the line went dead before anybody had logged in
LOGGING_IN = re.compile(r"/usr/sbin/sshd: sshd: (\S+ )?\[(accepted|net|priv|preauth)\]")

# A session whose line went dead before the agent ran: sshd, the shell of the bootstrap, what it waits with and its folder
HUNG = re.compile(r"process \d+ \S+: (sshd: |/bin/sh -c printf \"%s M1|timeout \d+ (head|dd) |head -[cn] |dd bs=1 |gzip -dc$)"
                  r"|file \S*/\.soapstone-[0-9a-f]{32}\.\w{6}(/.*)?")


class Tally:
    """Counts of one scenario. Thread safe."""

    def __init__(self, scenario, seed):
        self.scenario, self.seed = scenario, seed
        self.counts = dict.fromkeys(("rounds", "correct", *WRONG), 0)
        self.kept = None
        self.lock = threading.Lock()
        self.told = time.monotonic()

    def add(self, name, number=1):
        with self.lock:
            self.counts[name] = self.counts.get(name, 0) + number

    def most(self, name, number):
        with self.lock:
            self.counts[name] = max(number, self.counts.get(name, number))

    def verdict(self, faults, what, result=None):
        """One judged round: `faults` is a list of (name of WRONG, sentence), empty when all was right."""
        self.add("rounds")
        if not faults:
            self.add("correct")
        for name in {name for name, _ in faults}:
            self.add(name)
        if faults:
            text = "; ".join(f"{name}: {sentence}" for name, sentence in faults)
            print(f"{self.scenario}: {what}: {text}", file=sys.stderr, flush=True)
            self.keep(f"{what}: {text}", result)
        if time.monotonic() - self.told > TELL_EVERY:
            self.told = time.monotonic()
            print(f"so far: {self}", file=sys.stderr, flush=True)

    def keep(self, text, result):
        """Lays what soapstone said and its data folder's run aside."""
        with self.lock:
            self.kept = self.kept or Path(tempfile.mkdtemp(prefix=f"soapstone-torture-{self.scenario}-"))
            place = Path(tempfile.mkdtemp(dir=self.kept))
        (place / "story").write_text(f"seed {self.seed}\n{text}\n{result or ''}\n")
        runs = Path(result.data) / "runs" if result else None
        if runs and runs.is_dir():
            shutil.copytree(runs, place / "runs", ignore_dangling_symlinks=True, dirs_exist_ok=True)

    def wrongs(self):
        return sum(self.counts[name] for name in WRONG)

    def failed(self):
        return self.wrongs() > 0

    def __str__(self):
        counts = ", ".join(f"{number} {name}" for name, number in self.counts.items())
        return f"{self.scenario}: {counts}; seed {self.seed}" + (f"; kept in {self.kept}" if self.kept else "")


class Rig:
    """A lab for one scenario, and its programs."""

    def __init__(self, name, hosts):
        self.lab = Lab(f"t-{name}")
        self.lab.up(hosts)
        self.hosts = [f"host{i + 1}" for i in range(hosts)]
        self.folder = Path(tempfile.mkdtemp(prefix="components-", dir=self.lab.data))
        self.number, self.lock = 0, threading.Lock()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lab.down()

    def program(self, name, text):
        file = self.folder / name
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(0o755)
        return file

    def counter(self, name, seconds):
        return self.program(name, f"echo {name} >>{COUNT}\necho {name} begins\nsleep {seconds}\necho {name} ends")

    def runs(self, host, name):
        return self.lab.read(host, COUNT).split().count(name)

    def fresh(self, *hosts):
        """Forgets what ran on these hosts and remembers how they look."""
        for host in hosts or self.hosts:
            root = self.lab.inside.host(host).root()
            (root / "root/count").unlink(missing_ok=True)
            shutil.rmtree(root / "var/lib/soapstone", ignore_errors=True)
        self.lab.snapshot(*(hosts or self.hosts))

    def data(self, packed=True):
        """A data folder that nobody has used; with the packed agents of others, for packing costs a second."""
        with self.lock:
            self.number += 1
            folder = Path(f"{self.lab.data}/data-{self.number}")
        found = next(Path(self.lab.data).glob("data-*/agents/*.packed"), None) if packed else None
        if found:
            (folder / "agents").mkdir(mode=0o700, parents=True)
            folder.chmod(0o700)
            with contextlib.suppress(OSError):  # it lies on the small disk of a scenario
                os.link(found, folder / "agents" / found.name)
        return str(folder)

    def deploy(self, hosts, *words, **how):
        """Starts a deploy on these hosts; the words come again in its story."""
        return self.lab.start("deploy", *words, "-t", ",".join(hosts), data=self.data(), **how)

    def phase(self, running, host):
        """The phase that soapstone told last for this host, or how it ended; `waiting` before all."""
        told = re.findall(rf"Z {host}: (\w+)", "".join(running.err))
        return told[-1] if told else "waiting"

    def agents(self, host):
        """The agent's processes on a host: itself, shims and drains."""
        return [one for one in look.processes(self.lab.inside.host(host).running())
                if "soapstone-agent" in (one["exe"] or "") or "soapstone-agent" in one["cmdline"]]

    def kill(self, host, process):
        """True when it was still there to be killed."""
        try:
            kill.kill(self.lab.inside.host(host), str(process["pid"]), "KILL")
            return True
        except kill.LabError:
            return False

    def unclean(self, host, seconds, may=()):
        """What is not ours to leave behind, after at most `seconds` of waiting; empty when the host is clean."""
        end = time.monotonic() + seconds
        while True:
            strange = [one for one in self.lab.strange(host, [COUNT, *may]) if not LOGGING_IN.search(one)]
            if not strange or time.monotonic() > end:
                return strange
            time.sleep(0.3)

    def hung(self, host):
        """Sessions on the host whose line went dead and that still wait for more."""
        return [one for one in look.processes(self.lab.inside.host(host).running())
                if one["cmdline"].startswith("/bin/sh -c printf") and " M1" in one["cmdline"]]

    def count_hung(self, tally):
        """How many sessions wait on after the limit of a copy; those that wait for a script have no limit of ours."""
        end = time.monotonic() + HUNG_LIMIT
        while any(map(self.hung, self.hosts)) and time.monotonic() < end:
            time.sleep(1)
        tally.add("hosts_with_a_hung_session_at_the_end", sum(bool(self.hung(host)) for host in self.hosts))


def report_of(result):
    try:
        return result.report
    except (AssertionError, OSError, ValueError):
        return {}


def against_report(report, host, runs):
    """Faults of one target. `runs`: component -> how often it really ran."""
    target = next((one for one in report.get("targets", []) if one["name"] == host), None)
    faults = [("double", f"{name} ran {number} times") for name, number in runs.items() if number > 1]
    if target is None:
        return faults + [("lost", f"no report, but {name} ran") for name, number in runs.items() if number]
    if not target["components"]:  # it failed before anything was planned
        target = {**target, "components": [{"name": name} for name in runs]}
    states = {one["name"]: one.get("state") for one in target["components"]}
    for name, number in runs.items():
        state = states.get(name)
        if state == "succeeded" and number == 0:
            faults.append(("false", f"{name} succeeded, but never ran"))
        if number and state is None and target["outcome"] in NOT_RUN:
            faults.append(("lost", f"{name} ran, the report says {target['outcome']}: {target.get('text', '')}"))
        if number and state in NOT_FINAL:
            faults.append(("lost", f"{name} ran, the last word of the report is {state}: {target.get('text', '')}"))
        if number and state == "failed":
            faults.append(("lost", f"{name} ended well, the report says it failed"))
    if target["outcome"] == "updated" and any(states.get(name) != "succeeded" for name in runs):
        faults.append(("false", f"updated with {states}"))
    return faults


def each(work, items):
    """Does `work` for all items at the same time; the first error is raised when all have ended."""
    errors = []

    def guarded(item):
        try:
            work(item)
        except BaseException as error:  # noqa: BLE001  (it is raised again below)
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(item,)) for item in items]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def write_json(path, tallies):
    text = json.dumps([{"scenario": one.scenario, "seed": one.seed, **one.counts} for one in tallies], indent=2)
    Path(path).write_text(text + "\n")

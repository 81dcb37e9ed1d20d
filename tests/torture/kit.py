"""What all scenarios share: a lab, programs that count their runs, and a judge who looks from outside.

The judge believes nobody: how often a program ran is read from the host's disk, whether the host is clean from a
comparison with its snapshot, and only then is that held against what soapstone's report says.
"""

import json
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

from support import BIN, Lab, kill, look, until  # noqa: E402,F401  (the path had to come first)

COUNT = "/root/count"
WRONG = ("double", "lost", "false", "crash", "not_clean", "wrong")  # any of these fails a scenario
NOT_RUN = ("not_started", "unreached", "cancelled", "omitted_dependency", "failed")


class Tally:
    """Counts of one scenario. Thread safe."""

    def __init__(self, scenario, seed):
        self.scenario, self.seed = scenario, seed
        self.counts = dict.fromkeys(("rounds", "correct", *WRONG), 0)
        self.kept = None
        self.lock = threading.Lock()

    def add(self, name, number=1):
        with self.lock:
            self.counts[name] = self.counts.get(name, 0) + number

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

    def keep(self, text, result):
        """Lays what soapstone said and its data folder's run aside."""
        with self.lock:
            self.kept = self.kept or Path(tempfile.mkdtemp(prefix=f"soapstone-torture-{self.scenario}-"))
            place = Path(tempfile.mkdtemp(dir=self.kept))
        (place / "story").write_text(f"seed {self.seed}\n{text}\n{result or ''}\n")
        runs = Path(result.data) / "runs" if result else None
        if runs and runs.is_dir():
            shutil.copytree(runs, place / "runs", ignore_dangling_symlinks=True, dirs_exist_ok=True)

    def failed(self):
        return any(self.counts[name] for name in WRONG)

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
        self.number = 0

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

    def data(self):
        """A data folder that nobody has used."""
        self.number += 1
        return f"{self.lab.data}/data-{self.number}"

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
            strange = self.lab.strange(host, [COUNT, *may])
            if not strange or time.monotonic() > end:
                return strange
            time.sleep(0.3)

    def finish(self, result, tries=4):
        """Resumes until the run is over; a resumed run must get there."""
        for _ in range(tries):
            if result.code >= 0 and report_of(result).get("finished") and not open_targets(result):
                break
            result = self.lab.soapstone("resume", data=result.data)
        return result

    def judge(self, tally, result, host, names, seconds=15, may=(), what=""):
        """Holds one host against the report and counts the verdict."""
        faults = against_report(report_of(result), host, {name: self.runs(host, name) for name in names})
        if result.code < 0 or result.code in (134, 139):
            faults.append(("crash", f"soapstone ended with {result.code}"))
        strange = self.unclean(host, seconds, may)
        if strange:
            faults.append(("not_clean", ", ".join(strange[:5])))
        tally.verdict(faults, f"{what} {host}".strip(), result)


def report_of(result):
    try:
        return result.report
    except (AssertionError, OSError, ValueError):
        return {}


def open_targets(result):
    """Targets that another resume could still settle."""
    return "to go on: soapstone resume" in result.out


def against_report(report, host, runs):
    """Faults of one target. `runs`: component -> how often it really ran."""
    target = next((one for one in report.get("targets", []) if one["name"] == host), None)
    faults = [("double", f"{name} ran {number} times") for name, number in runs.items() if number > 1]
    if target is None:
        return faults + [("lost", f"no report, but {name} ran") for name, number in runs.items() if number]
    states = {one["name"]: one.get("state") for one in target["components"]}
    for name, number in runs.items():
        state = states.get(name)
        if state == "succeeded" and number == 0:
            faults.append(("false", f"{name} succeeded, but never ran"))
        if number and state is None and target["outcome"] in NOT_RUN:
            faults.append(("lost", f"{name} ran, the report says {target['outcome']}: {target.get('text', '')}"))
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

#!/usr/bin/env python3
"""scripts/torture in its short version, each scenario once, and its judge, who must find what is wrong."""

import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TORTURE = Path(__file__).resolve().parents[1] / "torture"
sys.path.insert(0, str(TORTURE))

from kit import HUNG, LOGGING_IN, Result, against_report  # noqa: E402  (the path had to come first)
from story import Story  # noqa: E402

AT_ONCE = 3  # most of them wait rather than compute
LIMIT = 600  # s for one; on a quiet machine they take 10 to 50

# What a scenario must have done at least, so that its "0 wrong" is worth something. The longest come first.
SCENARIOS = {
    "cuts": {"cuts_of_1_s": 1, "cuts_of_17_s": 1, "dead_peers_noticed": 1},
    "neighbours": {"rounds": 70},
    "secrets": {"rounds": 3, "sudo by libssh2": 1, "key by libssh2": 1, "su by libssh2": 1, "samples_per_s_at_least": 1},
    "loss": {"finally updated": 1},
    "disk": {"levels_on_target": 2, "levels_on_workstation": 2},
    "manager-kills": {"kills": 4, "finally updated": 5},
    "failpoints": {"rounds": 4},
    "fsync": {"rounds_with_a_failed_call_on_target": 1, "rounds_with_a_failed_call_on_workstation": 1},
    "agent-kills": {"rounds": 20, "kills_of_agent": 1},
    "oneway": {"one_way_cuts": 1},
    "clock": {"-400d": 1, "+400d": 1, "step -1h": 1, "step +1h": 1, "resume -400d": 1, "resume +400d": 1},
}


class TortureTest(unittest.TestCase):
    """All scenarios run side by side from the first test on; each test waits for its own."""

    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("the lab needs root")
        cls.folder = tempfile.TemporaryDirectory(prefix="soapstone-torture-test-")
        cls.addClassCleanup(cls.folder.cleanup)
        pool = ThreadPoolExecutor(AT_ONCE)
        cls.addClassCleanup(pool.shutdown, cancel_futures=True)
        cls.ended = {name: pool.submit(cls.short, name) for name in SCENARIOS}

    @classmethod
    def short(cls, name):
        """Runs one; returns exit code, what it said, and its counts."""
        file, begin = Path(cls.folder.name) / f"{name}.json", time.monotonic()
        seed = os.environ.get("SOAPSTONE_SEED", str(int(time.time())))
        done = subprocess.run([sys.executable, TORTURE / "torture.py", name, "--short", "--seed", seed, "--json", file],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT)
        print(f"  {name}: {time.monotonic() - begin:.1f} s", file=sys.stderr)
        counts = json.loads(file.read_text())[0] if file.exists() else {}
        return done.returncode, done.stdout + done.stderr, counts

    def check(self, name):
        code, said, counts = self.ended[name].result()
        self.assertEqual(code, 0, said)
        for count, least in SCENARIOS[name].items():
            self.assertGreaterEqual(counts.get(count, 0), least, f"{count}: {said}")


def add_tests():
    for name in SCENARIOS:
        setattr(TortureTest, f"test_{name.replace('-', '_')}", lambda self, name=name: self.check(name))


add_tests()


class Tally:
    """Keeps the last verdict."""

    def add(self, *_):
        pass

    def verdict(self, faults, *_):
        self.faults = {name for name, _ in faults}


class Rig:
    """A host as the judge sees it: how often the program ran, and what is strange there."""

    def __init__(self, runs=1, strange=()):
        self.times, self.seen = runs, list(strange)

    def runs(self, *_):
        return self.times

    def unclean(self, *_):
        return self.seen


class JudgeTest(unittest.TestCase):
    """No lab, no soapstone: made-up reports."""

    def verdict(self, rig, outcome="updated", state="succeeded", left="logs only", code=0, demand=("updated",), first=None):
        with tempfile.TemporaryDirectory() as data:
            run = "0" * 32
            folder = Path(data) / "runs" / run
            folder.mkdir(parents=True)
            component = {"name": "count.sh", **({"state": state} if state else {})}
            target = {"name": "host1", "outcome": outcome, "components": [component], "left": left}
            (folder / "report.json").write_text(json.dumps({"finished": True, "targets": [target]}))
            tally = Tally()
            story = Story(rig, Result(code, "", f"run {run}: 1 target\n", data), ["host1"], [], ["count.sh"], tries=0)
            story.judge(tally, "host1", demand=demand, first=first)
            return tally.faults

    def test_what_is_right_is_right(self):
        self.assertEqual(self.verdict(Rig()), set())

    def test_a_program_that_ran_twice_is_double(self):
        self.assertEqual(self.verdict(Rig(runs=2)), {"double"})

    def test_a_success_of_a_program_that_never_ran_is_false(self):
        self.assertEqual(self.verdict(Rig(runs=0)), {"false"})

    def test_an_update_without_the_success_of_its_job_is_false(self):
        self.assertIn("false", self.verdict(Rig(), state="interrupted"))

    def test_a_program_that_ran_and_is_told_as_not_begun_is_lost(self):
        for outcome in ("failed", "unreached", "cancelled", "not_started"):
            self.assertEqual(self.verdict(Rig(), outcome, None, demand=(outcome,)), {"lost"})

    def test_a_program_that_ended_well_and_is_told_as_failed_is_lost(self):
        self.assertEqual(self.verdict(Rig(), "failed", "failed", demand=("failed",)), {"lost"})

    def test_a_program_that_ran_and_has_no_end_in_the_report_is_lost(self):
        self.assertEqual(self.verdict(Rig(), "failed", "running", demand=("failed",)), {"lost"})

    def test_an_end_that_was_not_demanded_is_undone(self):
        self.assertEqual(self.verdict(Rig(runs=0), "unreached", None), {"undone"})
        self.assertEqual(self.verdict(Rig(), first=("unreached",)), {"undone"})

    def test_a_manager_that_crashed_is_a_crash(self):
        self.assertEqual(self.verdict(Rig(), code=-11), {"crash"})

    def test_what_lies_about_is_not_clean(self):
        self.assertEqual(self.verdict(Rig(strange=["file /opt/x"])), {"not_clean"})

    def test_a_session_that_hangs_is_forgiven_only_where_the_report_says_that_nobody_could_look(self):
        session = 'process 28 /usr/bin/dash: /bin/sh -c printf "%s M1\\n" @00'
        self.assertEqual(self.verdict(Rig(strange=[session])), {"not_clean"})
        self.assertEqual(self.verdict(Rig(strange=[session]), left=None), set())
        self.assertEqual(self.verdict(Rig(strange=[session, "file /opt/x"]), left=None), {"not_clean"})

    def test_no_report_and_a_program_that_ran_is_lost(self):
        self.assertEqual([name for name, _ in against_report({}, "host1", {"count.sh": 1})], ["lost"])

    def test_an_agent_is_no_session(self):
        for pattern in (HUNG, LOGGING_IN):
            self.assertIsNone(pattern.search("process 9 /var/tmp/x/soapstone-agent (deleted): soapstone-agent"))


if __name__ == "__main__":
    unittest.main()

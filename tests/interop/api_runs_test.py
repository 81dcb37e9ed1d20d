#!/usr/bin/env python3
"""Runs by the API of `soapstone serve`: following, pages, results, pause, cancel, resume."""

import json
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).resolve().parent))

from api_support import ApiCase, values_of  # noqa: E402
from support import until  # noqa: E402


class ApiRunsTest(ApiCase):
    def over(self, run):
        until(lambda: self.state(run) == "finished", 60, "the end of the run")

    def status(self, run):
        """What `soapstone status` says: the state as people read it, and whether it is paused as programs do."""
        line = self.lab.soapstone("status", run).out.splitlines()[0]
        told = json.loads(self.lab.soapstone("status", run, "--json").out)["runs"][0]
        return re.fullmatch(f"run {run}: (.*), started .*", line)[1], told["paused"]

    def test_whoever_follows_the_journal_misses_nothing_and_sees_nothing_twice_over_a_kill(self):
        heard = Path(self.lab.data).with_suffix(".heard")
        with heard.open("w") as out:
            follower = subprocess.Popen(self.python(f"follow({self.port}, {self.tokens['viewer']!r})"), stdout=out)
        try:
            runs = [self.deploy([host], self.counter(f"kill-{host}", 2)) for host in ("host1", "host2")]
            until(lambda: "installing" in self.asked("GetRun", f"<runId>{runs[0]}</runId>"), 30, "a job")
            self.server.kill()
            self.serve()
            for run in runs:
                self.over(run)
            self.assertEqual([self.runs("host1"), self.runs("host2")], [1, 1])
            everything = self.asked("GetEvents", "<since>0</since><waitSeconds>0</waitSeconds><most>1000</most>")
            told = list(zip(values_of("position", everything), values_of("runId", everything), values_of("seq", everything)))
            until(lambda: heard.read_text().count("\n") >= len(told), 30, "the follower's last line")
        finally:
            follower.kill()
            follower.wait()
        self.assertEqual([tuple(line.split()) for line in heard.read_text().splitlines()], told)
        positions = [int(position) for position, _, _ in told]
        self.assertEqual(positions, sorted(set(positions)))
        for run in runs:
            seqs = [int(seq) for _, of, seq in told if of == run]
            self.assertEqual(seqs, list(range(1, len(seqs) + 1)))
            self.assertGreater(len(seqs), 5)

    def test_a_paused_run_begins_no_more_targets_even_after_a_kill(self):
        run = self.deploy(["host[1-2]"], self.counter("pause", 3), self.option("parallel", 1))
        until(lambda: "installing" in self.asked("GetRun", f"<runId>{run}</runId>"), 30, "the first job")
        for _ in range(2):
            self.assertEqual(values_of("paused", self.asked("PauseRun", f"<runId>{run}</runId>")), ["true"])
        until(lambda: "outcome>updated<" in self.asked("GetRun", f"<runId>{run}</runId>"), 60, "the first one's end")
        self.assertEqual(self.status(run), ("running, paused", True))
        self.server.kill()
        self.serve()
        self.assertEqual(self.status(run), ("running, paused", True))
        told = self.asked("GetRun", f"<runId>{run}</runId>")
        self.assertEqual((values_of("state", told), values_of("paused", told)), (["running"], ["true"]))
        self.assertEqual(sum(self.runs(host) for host in ("host1", "host2")), 1)
        self.assertEqual(values_of("paused", self.asked("ContinueRun", f"<runId>{run}</runId>")), ["false"])
        self.assertEqual(self.status(run), ("running", False))
        self.over(run)
        self.assertEqual([self.runs("host1"), self.runs("host2")], [1, 1])
        self.assertEqual(self.refused("PauseRun", f"<runId>{run}</runId>")[0], ["not_found"])

    def test_cancel_asked_again_goes_no_further_than_it_says(self):
        run = self.deploy(["host1"], self.counter("cancel", 4))
        until(lambda: "installing" in self.asked("GetRun", f"<runId>{run}</runId>"), 30, "the job")
        for _ in range(3):
            self.asked("CancelRun", f"<runId>{run}</runId><endJobs>false</endJobs>")
        self.over(run)
        self.assertIn("outcome>updated<", self.asked("GetRun", f"<runId>{run}</runId>"))
        run = self.deploy(["host1"], self.counter("cancel", 600))
        until(lambda: "installing" in self.asked("GetRun", f"<runId>{run}</runId>"), 30, "the job")
        for _ in range(2):
            self.call("CancelRun", f"<runId>{run}</runId><endJobs>true</endJobs>", token=self.tokens["operator"])
        self.over(run)
        self.assertIn("outcome>cancelled<", self.asked("GetRun", f"<runId>{run}</runId>"))

    def test_results_tell_of_each_target_and_have_typed_failures(self):
        bad = self.script("bad", "echo no >&2\nexit 7")
        run = self.deploy(["host1", "nowhere.invalid"], bad)
        self.over(run)
        first = self.asked("GetResults", f"<runId>{run}</runId><mostTargets>1</mostTargets>", "viewer")
        self.assertEqual(values_of("moreTargets", first), ["true"])
        self.assertEqual(values_of("exitCode", first), ["7"])
        self.assertEqual((values_of("code", first), values_of("phase", first), values_of("retryable", first)),
                         (["rejected"], ["done", "installing"], ["false"]), first)
        rest = self.asked("GetResults", f"<runId>{run}</runId><afterTarget>host1</afterTarget>"
                          "<mostTargets>9</mostTargets>", "viewer")
        self.assertEqual((values_of("moreTargets", rest), values_of("outcome", rest)), (["false"], ["unreached"]))
        self.assertEqual((values_of("code", rest), values_of("target", rest), values_of("phase", rest)),
                         (["unreachable"], ["nowhere.invalid"], ["done", "scouting"]), rest)
        code, target, _ = self.refused("GetLogs", f"<runId>{run}</runId><targetName>host9</targetName>")
        self.assertEqual((code, target), (["not_found"], ["host9"]))

    def test_runs_come_page_by_page(self):
        for name in ("one", "two", "three"):
            self.over(self.deploy(["host1"], self.counter(name)))
        everything = self.asked("GetRuns", "<mostRuns>1000</mostRuns>")
        paged, more, last = [], True, ""
        while more:
            page = self.asked("GetRuns", "<mostRuns>2</mostRuns>" + (f"<olderThan>{last}</olderThan>" if last else ""))
            paged += values_of("id", page)
            last = paged[-1]
            more = values_of("moreRuns", page) == ["true"]
        self.assertEqual(paged, values_of("id", everything))
        self.assertEqual(self.refused("GetRuns", "<mostRuns>2</mostRuns><olderThan>0</olderThan>")[0], ["not_found"])

    def test_agents_at_work_are_told_with_their_roads_page_by_page(self):
        runs = [self.deploy(hosts, self.counter("agents", 600), self.option("link", road))
                for hosts, road in ((["host1"], "callback"), (["host2"], "tunnel"))]
        for run in runs:
            self.addCleanup(self.over, run)
            self.addCleanup(self.call, "CancelRun", f"<runId>{run}</runId><endJobs>true</endJobs>", token=self.tokens["admin"])
            until(lambda run=run: "installing" in self.asked("GetRun", f"<runId>{run}</runId>"), 60, "a job")
        told = self.asked("GetAgents", "<mostAgents>9</mostAgents>", "viewer")
        self.assertEqual(set(zip(*(values_of(name, told) for name in ("runId", "target", "road")))),
                         {(runs[0], "host1", "callback"), (runs[1], "host2", "tunnel")})
        address = {host["name"]: {host["ipv4"], host["ipv6"]} for host in self.lab.facts["hosts"]}
        for target, where, port in zip(*(values_of(name, told) for name in ("target", "address", "port"))):
            self.assertIn(where, address[target])
            self.assertEqual(port, "62286")
        self.assertEqual(set(values_of("platform", told)), {"Linux " + os.uname().machine})
        self.assertEqual(set(values_of("version", told)), set(values_of("version", self.asked("GetVersion"))))
        self.assertEqual(sorted(values_of("runId", told)), values_of("runId", told))
        before = values_of("lastHeardAt", told)
        until(lambda: all(now > then for now, then in zip(values_of("lastHeardAt", self.asked(
            "GetAgents", "<mostAgents>9</mostAgents>")), before)), 30, "word of both agents")
        page = self.asked("GetAgents", "<mostAgents>1</mostAgents>")
        self.assertEqual(values_of("moreAgents", page), ["true"])
        rest = self.asked("GetAgents", f"<afterAgent>{values_of('id', page)[0]}</afterAgent><mostAgents>1</mostAgents>")
        self.assertEqual((values_of("id", page) + values_of("id", rest), values_of("moreAgents", rest)),
                         (values_of("id", told), ["false"]))
        one = self.asked("GetAgents", f"<runId>{runs[1]}</runId><mostAgents>9</mostAgents>")
        self.assertEqual(values_of("target", one), ["host2"])
        self.assertEqual(self.refused("GetAgents", "<runId>0</runId><mostAgents>9</mostAgents>")[0], ["not_found"])
        self.assertEqual(self.refused("GetAgents", "<afterAgent>x</afterAgent><mostAgents>9</mostAgents>")[0], ["invalid"])
        for run in runs:
            self.asked("CancelRun", f"<runId>{run}</runId><endJobs>true</endJobs>")
            self.over(run)
        self.assertEqual(values_of("id", self.asked("GetAgents", "<mostAgents>9</mostAgents>")), [])

    def test_a_run_that_needs_its_password_is_resumed_with_it(self):
        secret = Path(self.lab.password("admin")).read_text().strip()
        options = self.option("sudo") + self.option("known-hosts", self.lab.facts["known_hosts"])
        text = self.asked("Deploy", f"<key>resume</key><targets>admin@host1</targets><components>"
                          f"{self.counter('resume', 4)}</components>{options}<password>{escape(secret)}</password>")
        run = values_of("runId", text)[0]
        until(lambda: "installing" in self.asked("GetRun", f"<runId>{run}</runId>"), 30, "the job")
        self.server.kill()
        self.serve()
        self.assertEqual(self.state(run), "interrupted")
        for _ in range(2):
            self.asked("ResumeRun", f"<runId>{run}</runId><password>{escape(secret)}</password>", "operator")
        self.over(run)
        self.assertEqual(self.runs("host1"), 1)
        self.assertEqual(self.refused("ResumeRun", f"<runId>{run}</runId>")[0], ["invalid"])
        for kept in Path(self.lab.data).rglob("*"):
            if kept.is_file():
                self.assertNotIn(secret.encode(), kept.read_bytes(), kept)

    def test_the_same_key_of_two_callers_is_two_runs_and_of_one_caller_one(self):
        component = self.counter("key")
        runs = [self.deploy(["host1"], component, key="same") for _ in range(2)]
        self.assertEqual(runs[0], runs[1])
        self.over(runs[0])
        self.assertEqual(self.runs("host1"), 1)
        self.asked("AddComponent", f"<componentName>key</componentName><path>{component}</path>")
        body = "<key>same</key><targets>host1</targets><components>key</components>"
        other = values_of("runId", self.asked("Deploy", body, "operator"))
        self.assertNotEqual(other, runs[:1])
        self.assertEqual(self.refused("Deploy", body.replace("host1", "host2"), "operator")[0], ["conflict"])
        self.assertRegex(other[0], re.compile("^[0-9a-f]{32}$"))


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""`soapstone serve` killed in each phase of a run: the next start finishes it, each program has run once, and whoever
follows the journal misses nothing and sees nothing twice. SOAPSTONE_LONG: 20 hosts, 20 kills."""

import http.client
import json
import re
import sqlite3
import sys
import threading
import time
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from xml.sax.saxutils import unescape

sys.path.insert(0, str(Path(__file__).resolve().parent))

from api_support import NAMESPACE, ApiCase, entered, post, values_of  # noqa: E402
from support import LONG, until  # noqa: E402

LINES = 30
MOMENTS = ["scouting", "copying", "starting", "staging", "installing", "last lines", "collecting", "removing"]
SHORT = ["copying", "installing", "last lines", "removing"]


class Follower(threading.Thread):
    """Asks for the events behind the last position that it has, whatever happens, and keeps all that it got."""

    def __init__(self, netns, port, token, since):
        super().__init__(daemon=True)
        self.netns, self.port, self.token, self.since = netns, port, token, since
        self.seen, self.failures, self.breaks, self.stopped = [], [], 0, False
        self.start()

    def run(self):
        with entered(self.netns):
            while not self.stopped:
                try:
                    self.ask()
                except (OSError, http.client.HTTPException):
                    self.breaks += 1  # it was killed, and comes again
                    time.sleep(0.02)

    def ask(self):
        body = f"<since>{self.since}</since><waitSeconds>2</waitSeconds><most>17</most>"
        status, text = post(self.port, "GetEvents", body, self.token, host="127.0.0.1")
        if status != 200:
            self.failures.append(text)
            time.sleep(0.1)
            return
        answer = ElementTree.fromstring(text)
        for entry in answer.iter(f"{{{NAMESPACE}}}entries"):
            found = {one.tag.rpartition("}")[2]: one.text or "" for one in entry.iter() if len(one) == 0}
            self.seen.append((int(found["position"]), found["runId"], int(found["seq"]), found))
        self.since = int(answer.find(f".//{{{NAMESPACE}}}lastPosition").text)

    def of(self, run):
        return [event for _, which, _, event in list(self.seen) if which == run]


class ApiKillTest(ApiCase):
    hosts = 20 if LONG else 4

    def setUp(self):
        super().setUp()
        newest = self.asked("GetEvents", "<since>-1</since><waitSeconds>0</waitSeconds><most>1</most>")
        self.follower = Follower(self.netns, self.port, self.tokens["viewer"], int(values_of("lastPosition", newest)[0]))
        self.begin = self.follower.since

    def tearDown(self):
        self.follower.stopped = True
        self.follower.join(10)
        super().tearDown()

    def test_killed_at_each_moment_it_goes_on_and_followers_see_all_of_it_once(self):
        moments = [MOMENTS[i % len(MOMENTS)] for i in range(20)] if LONG else SHORT
        for number, moment in enumerate(moments):
            with self.subTest(number=number, moment=moment):
                self.kill_at(moment, number)
        self.assertGreater(self.follower.breaks, 0)
        self.assertEqual(self.follower.failures, [])

    def kill_at(self, moment, number):
        self.forget_runs()
        program = self.script(f"lines-{number}", f"echo run >>/root/count\nfor i in $(seq {LINES}); do echo line $i; sleep 0.1; done")
        run = self.deploy([f"host[1-{self.hosts}]"], program)
        until(lambda: self.has_come(run, moment), 120, f"{moment} of {run}")
        self.server.kill()
        if moment == "last lines":
            time.sleep(1)  # the jobs end while nobody listens
        self.serve()
        until(lambda: self.state(run) == "finished", 180, "the end of the run")
        until(lambda: self.follower.of(run) and len(self.follower.of(run)) >= len(self.stored(run)), 20, "all events")
        self.assertEqual([self.runs(f"host{i + 1}") for i in range(self.hosts)], [1] * self.hosts)
        self.check_journal(run)
        self.check_report(run)
        self.check_output(run)

    def has_come(self, run, moment):
        if moment == "last lines":
            return any(f"line {LINES - 3}\n" in event.get("output", "") for event in self.follower.of(run))
        return any(event.get("phase") == moment for event in self.follower.of(run))

    def select(self, words, *values):
        store = sqlite3.connect(f"file:{self.lab.data}/soapstone.db?mode=ro", uri=True)
        try:
            return store.execute(words, values).fetchall()
        finally:
            store.close()

    def stored(self, run):
        return self.select("SELECT seq, COALESCE(phase, ''), COALESCE(outcome, ''), output, text FROM event WHERE run = ? "
                           "ORDER BY seq", run)

    def check_journal(self, run):
        """What was followed is what is kept: each entry once, in order, word for word."""
        told = [(position, which, seq) for position, which, seq, _ in self.follower.seen]
        self.assertEqual(told, self.select("SELECT position, run, seq FROM journal WHERE position > ? ORDER BY position",
                                           self.begin))
        seen = [(int(event["seq"]), event.get("phase", ""), event.get("outcome", ""), event.get("output", ""),
                 event.get("text", "")) for event in self.follower.of(run)]
        self.assertEqual(seen, self.stored(run))
        self.assertEqual([event[0] for event in seen], list(range(1, len(seen) + 1)))

    def check_report(self, run):
        report = json.loads(unescape(values_of("report", self.asked("GetReport", f"<runId>{run}</runId>"))[0],
                                     {"&quot;": '"'}))
        told = {}
        for event in self.follower.of(run):
            if "outcome" in event:
                told[event["target"]] = event["outcome"]
        self.assertEqual(told, {one["name"]: one["outcome"] for one in report["targets"]})
        self.assertEqual(set(told.values()), {"updated"})

    def check_output(self, run):
        """Each line of each program once, though agents and managers came and went; and the kept log has them, too."""
        for host in (f"host{i + 1}" for i in range(self.hosts)):
            output = "".join(event.get("output", "") for event in self.follower.of(run) if event.get("target") == host)
            self.assertEqual([int(one) for one in re.findall(r"line (\d+)\n", output)], list(range(1, LINES + 1)), host)
            log = next((Path(self.lab.data) / "runs" / run / host).glob("*-lines-*.log")).read_text()
            self.assertEqual(re.findall(r"line (\d+)\n", log), [str(i + 1) for i in range(LINES)], host)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""`soapstone serve`: a manager that stays, of which the other commands are clients."""

import json
import re
import signal
import stat
import subprocess
import sys
import time
import unittest
from pathlib import Path

from support import HERE, LONG, OK, SystemTest, until

CLIENT = HERE.parent / "support" / "manager_client.py"

# What differs from run to run.
VARIES = [(re.compile(r"[0-9a-f]{32}"), "RUN"), (re.compile(r"\b[0-9a-f]{8}\b"), "RUN"),
          (re.compile(r"\d+:\d\d\b|\d+(\.\d+)? (s|ms)\b"), "TIME"), (re.compile(r"/tmp/soapstone-system-\S*?/"), "DATA/")]


def alike(text):
    for pattern, word in VARIES:
        text = pattern.sub(word, text)
    return text


class ServeTest(SystemTest):
    hosts = 3

    def setUp(self):
        super().setUp()
        self.forget_runs()
        self.lab.snapshot()
        self.server = self.serve()

    def tearDown(self):
        if self.server.process.poll() is None:
            self.server.send(signal.SIGTERM)
            self.server.end()
        super().tearDown()

    def serve(self):
        server = self.lab.start("serve")
        server.wait_for(r"^serving ")
        return server

    def clean(self, *hosts):
        super().clean(*hosts, may=("/root/count",))

    @staticmethod
    def option(name, value):
        types = "urn:soapstone:types:1"
        return f'<options><name xmlns="{types}">{name}</name><value xmlns="{types}">{value}</value></options>'

    def client(self, *words):
        """Calls the manager as a stranger would who has the token."""
        netns = self.lab.facts["workstation"]["netns"]
        return subprocess.Popen(["ip", "netns", "exec", netns, sys.executable, CLIENT, self.lab.data, *words],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def asked(self, operation, body=""):
        done = self.client("call", operation, body)
        out, err = done.communicate(timeout=60)
        self.assertEqual(done.returncode, 0, err)
        status, _, text = out.partition("\n")
        return int(status), text

    def by_target(self, result):
        """Phases, output and outcome of each target, in their order, without phases that may be over before anybody
        looks, and without what it does in a phase."""
        lines = {}
        for line in map(alike, result.said):
            found = re.match(r"(host\d+)(: [a-z]+| \| .*)", line)
            if found and found[2] not in (": planned", ": staging", ": verifying"):
                lines.setdefault(found[1], []).append(found[2])
        return lines

    def test_a_run_that_is_handed_over_ends_and_is_told_as_one_of_its_own(self):
        program = self.counter("hand", 1)
        words = ["deploy", "-t", "host[1-2]", "-v", program]
        served = self.lab.soapstone(*words)
        self.ended(served, OK)
        self.assertTrue(self.server.says(f"^run {served.run[:8]} begins: 2 targets"))
        self.assertEqual(self.runs("host1"), 1)
        self.server.send(signal.SIGTERM)
        self.ended(self.server.end(), OK)
        alone = self.lab.soapstone(*words)
        self.ended(alone, OK)
        self.assertEqual(self.runs("host1"), 2)
        self.assertEqual(self.by_target(served), self.by_target(alone))
        self.assertEqual(alike(served.out), alike(alone.out))
        self.assertEqual([(one["name"], one["outcome"]) for one in served.report["targets"]],
                         [(one["name"], one["outcome"]) for one in alone.report["targets"]])
        self.clean("host1", "host2")

    def test_a_wrong_order_is_refused_and_contacts_nobody(self):
        result = self.lab.soapstone("deploy", "-t", "host1", "--reboot", "perhaps", self.counter("wrong"))
        self.ended(result, 254)
        status, text = self.asked("Deploy", "<key>k1</key><targets>host1</targets><components>/nowhere</components>")
        self.assertEqual(status, 500)
        self.assertIn("code>invalid<", text)
        status, text = self.asked("Deploy", "<key>k2</key><targets>host1</targets>" + self.option("listen", "::"))
        self.assertIn("unknown option", text)

    def test_two_runs_go_at_once(self):
        program = self.counter("both", 4)
        runs = [self.lab.start("deploy", "-t", host, program) for host in ("host1", "host2")]
        for run in runs:
            run.wait_for("installing")
        self.assertEqual([run.process.poll() for run in runs], [None, None])
        listed = json.loads(self.lab.soapstone("status", "--json").out)
        self.assertEqual([run["state"] for run in listed["runs"][:2]], ["running", "running"])
        self.assertEqual(listed["manager"]["pid"], listed["runs"][0]["manager"]["pid"])
        for run in runs:
            self.ended(run.end(), OK)
        self.assertEqual([self.runs(host) for host in ("host1", "host2")], [1, 1])
        self.clean("host1", "host2")

    def test_the_same_key_is_the_same_run(self):
        keys = self.lab.facts
        options = (self.option("identity", keys["keys"]["ed25519"])
                   + self.option("known-hosts", keys["known_hosts"]))
        order = (f"<key>once {time.time()}</key><targets>host1</targets>"
                 f"<components>{self.counter('once')}</components>{options}")
        first, again = self.asked("Deploy", order), self.asked("Deploy", order)
        self.assertEqual(first[0], 200, first[1])
        self.assertEqual(first, again)
        run = re.search("[0-9a-f]{32}", first[1])[0]
        other = self.asked("Deploy", order.replace("host1", "host2"))
        self.assertIn("code>conflict<", other[1])
        until(lambda: "state>finished<" in self.asked("GetRun", f"<runId>{run}</runId>")[1], 60, "the end of the run")
        self.assertEqual([self.runs("host1"), self.runs("host2")], [1, 0])
        logs = self.asked("GetLogs", f"<runId>{run}</runId><targetName>host1</targetName>")[1]
        name = re.search("name>([^<]*once[^<]*)<", logs)[1]
        status, text = self.asked("ReadLog", f"<runId>{run}</runId><targetName>host1</targetName>"
                                  f"<logName>{name}</logName><offset>0</offset><mostBytes>4</mostBytes>")
        self.assertEqual((status, re.search(r"nextOffset>(\d+)<", text)[1]), (200, "4"))
        self.assertEqual(self.asked("ReadLog", f"<runId>{run}</runId><targetName>host1</targetName><logName>../order.json"
                                    "</logName><offset>0</offset><mostBytes>4</mostBytes>")[0], 500)

    def test_killed_in_each_phase_it_goes_on_and_those_who_follow_see_each_event_once(self):
        for phase in ("scouting", "copying", "starting", "staging", "installing", "collecting", "removing"):
            for _ in range(3 if LONG else 1):
                with self.subTest(phase=phase):
                    self.kill_in(phase)

    def kill_in(self, phase):
        self.forget_runs()
        program = self.counter(f"kill-{phase}", 3)
        deploy = self.lab.start("deploy", "-v", "-t", "host[1-3]", program)
        deploy.wait_for(r"^run ")
        run = re.search("run ([0-9a-f]{32}):", "".join(deploy.err))[1]
        follower = self.client("follow", run)
        deploy.wait_for(rf"^host\d: {phase}")
        self.server.kill()
        until(lambda: deploy.process.poll() is not None or deploy.says("the manager has gone"), 60,
              "the end of the run, which may have come just before, or the news")
        self.server = self.serve()
        result = deploy.end()
        self.ended(result, OK)
        self.assertEqual([self.runs(f"host{i}") for i in (1, 2, 3)], [1, 1, 1])
        for line in ("begins", "ends"):
            for host in (1, 2, 3):
                told = [one for one in result.said if one == f"host{host} | kill-{phase} {line}"]
                self.assertEqual(len(told), 1, str(result))
                self.assertEqual(result.log(f"host{host}", f"kill-{phase}").count(line), 1)
        out, err = follower.communicate(timeout=30)
        seqs = [int(line) for line in out.split()]
        self.assertGreater(len(seqs), 20, err)
        self.assertEqual(seqs, list(range(1, len(seqs) + 1)))
        self.clean("host1", "host2", "host3")

    def test_a_password_goes_along_and_is_kept_nowhere_so_that_a_killed_run_waits_for_it(self):
        file = self.lab.password("admin")
        secret = Path(file).read_text().strip()
        deploy = self.lab.start("deploy", "--known-hosts", self.lab.facts["known_hosts"], "-t", "admin@host1", "--sudo",
                                "--password-file", file, self.counter("secret", 5), login=False)
        deploy.wait_for("installing")
        run = re.search("run ([0-9a-f]{32}):", "".join(deploy.err))[1]
        self.server.kill()
        for kept in Path(self.lab.data).rglob("*"):
            if kept.is_file():
                self.assertNotIn(secret.encode(), kept.read_bytes(), kept)
        self.server = self.serve()
        self.server.wait_for(f"run {run[:8]} is not finished, and needs its passwords")
        resumed = self.lab.soapstone("resume", run[:8], "--known-hosts", self.lab.facts["known_hosts"],
                                     "--password-file", file, login=False)
        self.ended(resumed, OK)
        self.ended(deploy.end(), OK)
        self.assertEqual(self.runs("host1"), 1)
        self.clean("host1")

    def test_sigterm_lets_what_runs_finish_and_leaves_logs_only(self):
        deploy = self.lab.start("deploy", "-t", "host[1-2]", "--parallel", "1", self.counter("term", 3))
        deploy.wait_for("host1: installing")
        self.server.send(signal.SIGTERM)
        self.ended(self.server.end(), OK)
        result = deploy.end()
        self.ended(result, 130)
        self.assertEqual(result.target("host1")["outcome"], "updated")
        self.assertEqual(result.target("host2")["outcome"], "cancelled")
        self.assertEqual([self.runs("host1"), self.runs("host2")], [1, 0])
        self.clean("host1", "host2")
        self.assertEqual(list((Path(self.lab.data) / "managers").iterdir()), [])
        self.assertFalse((Path(self.lab.data) / "ports.json").exists())

    def test_cancel_and_logs_reach_a_run_of_the_server(self):
        deploy = self.lab.start("deploy", "-t", "host1", self.counter("cancel", 30))
        deploy.wait_for("installing")
        run = re.search("run ([0-9a-f]{32}):", "".join(deploy.err))[1]
        logs = self.lab.start("logs", "-f", run[:8], "host1")
        logs.wait_for(r"\| cancel begins")
        for _ in range(2):
            self.ended(self.lab.soapstone("cancel", run[:8]), OK)
        result = deploy.end(20)
        self.ended(result, 130)
        self.ended(logs.end(20), OK)
        self.clean("host1")

    def test_its_ports_are_those_that_it_tells_and_nobody_else_gets_in(self):
        told = json.loads((Path(self.lab.data) / "ports.json").read_text())
        self.assertEqual([port["purpose"] for port in told["ports"]], ["local", "api", "callback", "depot", "web"])
        netns = self.lab.facts["workstation"]["netns"]
        listening = subprocess.run(["ip", "netns", "exec", netns, "ss", "-Htlnp"], check=True, capture_output=True,
                                   text=True).stdout
        ours = {int(line.split()[3].rsplit(":", 1)[1]) for line in listening.splitlines()
                if f"pid={told['pid']}," in line}
        self.assertEqual(ours, {port["port"] for port in told["ports"]})
        status = self.lab.soapstone("status").out
        for port in told["ports"]:
            self.assertIn(f"{port['purpose']} ", status)
            self.assertIn(str(port["port"]), status)
        for file in (Path(self.lab.data) / "managers").iterdir():
            self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        out, err = self.client("anonymous").communicate(timeout=30)
        self.assertEqual(out.strip(), "401", err)
        second = self.lab.soapstone("serve")
        self.ended(second, 255)
        self.assertIn("is served already", second.err)


if __name__ == "__main__":
    unittest.main()

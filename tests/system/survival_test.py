#!/usr/bin/env python3
"""Managers and agents that are killed: what was begun runs once, and nothing is left behind."""

import os
import random
import re
import sys
import threading
import time
import unittest
from pathlib import Path

from support import BAD_PARAMETER, COMPONENT_FAILED, LONG, OK, SystemTest, kill, look, until

PHASES = ("scouting", "copying", "starting", "installing", "collecting", "removing")
LEASE = 10  # the shortest that deploy takes
AGENT = Path(__file__).resolve().parents[2] / "agent"


class OtherTest(SystemTest):
    hosts = 2

    def test_a_machine_with_two_names_is_worked_on_once(self):
        self.forget_runs()
        self.lab.snapshot()
        address = self.lab.facts["hosts"][0]["ipv4"]
        result = self.lab.soapstone("deploy", "-t", f"host1,{address},host2", self.counter("count.sh", 1))
        self.ended(result, COMPONENT_FAILED)
        self.assertRegex(result.out, "failed while scouting: it is the same machine as (host1|10[.])")
        self.assertEqual([self.runs("host1"), self.runs("host2")], [1, 1], str(result))
        self.clean("host1", "host2", may=["/root/count"])

    def test_a_resume_that_cannot_log_in_leaves_the_run_open(self):
        self.forget_runs()
        self.lab.snapshot()
        second = self.script("second.sh", "exit 0")
        running = self.lab.start("deploy", "-t", "host[1-2]", self.counter("count.sh", 3), second)
        for host in ("host1", "host2"):
            running.wait_for(f"^{host}: installing", 60)
        until(lambda: self.runs("host1") and self.runs("host2"), 30, "both have begun")
        running.kill()
        lost = self.lab.soapstone("resume", login=False)
        self.ended(lost, COMPONENT_FAILED)
        self.assertRegex(lost.out, r"(?m)^host\[1-2\]: interrupted while scouting: |^host1: interrupted while scouting: ")
        self.assertIn("to go on: soapstone resume", lost.out)
        with self.subTest("nor is it lost when what is still to be sent has changed"):
            content = second.read_text()
            second.write_text("#!/bin/sh\n")
            changed = self.lab.soapstone("resume")
            self.ended(changed, BAD_PARAMETER)
            self.assertIn("second.sh was changed or removed since the run began", changed.err)
            second.write_text(content)
        result = self.lab.soapstone("resume")
        self.ended(result, OK)
        self.assertEqual([self.runs("host1"), self.runs("host2")], [1, 1], str(result))
        self.clean("host1", "host2", may=["/root/count"])


class ManagerTest(SystemTest):
    hosts = 60 if LONG else 12
    each = hosts // len(PHASES)

    def group(self, phase):
        first = PHASES.index(phase) * self.each + 1
        return [f"host{i}" for i in range(first, first + self.each)]

    def kill_in_each_phase(self, program, lease):
        """Runs one manager for each phase, each on hosts of its own, and kills it there. {phase: data folder}"""
        running, folders, results = {}, {}, {}
        for phase in PHASES:
            folders[phase] = f"{self.lab.data}/{self._testMethodName}-{phase}"
            hosts = self.group(phase)
            running[phase] = self.lab.start("deploy", "-t", ",".join(hosts), "--lease", lease, program,
                                            data=folders[phase])

        def kill(phase):
            running[phase].wait_for(rf"^{self.group(phase)[0]}: {phase}\b", 90)
            running[phase].kill()

        killers = [threading.Thread(target=kill, args=(phase,)) for phase in PHASES]
        for killer in killers:
            killer.start()
        for killer in killers:
            killer.join()
        for phase in PHASES:
            results[phase] = running[phase].end()
            self.assertEqual(results[phase].code, -9, str(results[phase]))
        return folders

    def test_a_killed_manager_is_resumed_and_every_program_runs_exactly_once(self):
        self.forget_runs()
        self.lab.snapshot()
        folders = self.kill_in_each_phase(self.counter("count.sh", 6), 300)
        stopped = {phase: self.lab.soapstone("status", data=folder).out for phase, folder in folders.items()}
        resumed = {phase: self.lab.start("resume", data=folder) for phase, folder in folders.items()}
        for phase in PHASES:
            with self.subTest(phase):
                self.assertIn("  interrupted  ", stopped[phase])
                result = resumed[phase].end()
                self.ended(result, OK)
                self.assertEqual([self.runs(host) for host in self.group(phase)], [1] * self.each, str(result))
                for host in self.group(phase):
                    target = result.target(host)
                    self.assertEqual((target["outcome"], target["left"]), ("updated", "logs only"), str(result))
                    self.assertIn("count.sh begins", result.log(host, "count.sh"))
                self.clean(*self.group(phase), may=["/root/count"])

    def test_a_killed_manager_that_never_comes_back_leaves_clean_hosts_after_the_lease(self):
        self.forget_runs()
        self.lab.snapshot()
        self.kill_in_each_phase(self.counter("count.sh", 3), LEASE)
        for phase in PHASES:
            with self.subTest(phase):
                self.clean(*self.group(phase), may=["/root/count"], seconds=3 + LEASE + 10)
                for host in self.group(phase):
                    self.assertLessEqual(self.runs(host), 1)

    def test_a_run_resumed_after_the_lease_finds_the_result_in_the_journal_and_runs_nothing_again(self):
        self.forget_runs()
        self.lab.snapshot()
        running = self.lab.start("deploy", "-t", "host1", "--lease", LEASE, self.counter("count.sh", 1))
        until(lambda: self.runs("host1"), 60, "it has begun")
        running.kill()
        self.clean("host1", may=["/root/count"], seconds=1 + LEASE + 10)
        self.assertEqual(self.runs("host1"), 1)
        result = self.lab.soapstone("resume")
        self.assertEqual(self.runs("host1"), 1, str(result))
        self.ended(result, OK)
        self.clean("host1", may=["/root/count"])


# What is known of a job whose agent or shim died there, and how often its program ran.
FAILPOINTS = {
    "before_spec": ("updated", 1),
    "after_spec": ("updated", 1),
    "before_ack": ("updated", 1),
    "after_ack": ("updated", 1),
    "before_fetch": ("updated", 1),
    "during_fetch": ("updated", 1),
    "after_fetch": ("updated", 1),
    "before_shim": ("updated", 1),
    "after_shim_start": ("updated", 1),
    "before_event": ("updated", 1),
    "after_event": ("updated", 1),
    "before_push": ("updated", 1),
    "after_push": ("updated", 1),
    "shim_before_claim": ("updated", 1),
    "shim_after_claim_tmp": ("updated", 1),
    "shim_after_link": ("interrupted", 0),
    "shim_after_fork": ("interrupted", 1),
    "shim_before_exit_record": ("interrupted", 1),
    "shim_after_exit_record_tmp": ("updated", 1),
    "shim_after_exit_record": ("updated", 1),
}


class AgentTest(SystemTest):
    hosts = 5

    def test_a_program_that_removes_our_folder_is_ended_as_one_that_nobody_saw(self):
        self.lab.snapshot()
        program = self.script("remove.sh", "rm -rf /var/lib/soapstone; sleep 1")
        result = self.lab.soapstone("deploy", "-t", "host1", program)
        self.ended(result, COMPONENT_FAILED)
        self.assertEqual(result.target("host1")["outcome"], "interrupted", str(result))
        self.clean("host1")

    def test_logs_that_a_program_removes_are_told_as_gone(self):
        program = self.script("hide.sh", "rm -rf /var/lib/soapstone/*/logs")
        result = self.lab.soapstone("deploy", "-t", "host1", program)
        self.ended(result, OK)
        self.assertIn("left on host1: nothing, not even logs\n", result.out)
        target = result.target("host1")
        self.assertEqual((target["outcome"], target["left"]), ("updated", "nothing"), str(result))
        self.assertRegex("\n".join(target["notices"]), "(?m)^collecting: listing the logs: something on the target "
                                                       "removed the folder of the logs, /var/lib/soapstone/")

    def test_a_package_that_stays_half_configured_is_told_with_the_way_out(self):
        package = self.deb("halfway", script="exit 1")
        result = self.lab.soapstone("deploy", "-t", "host1", "--failpoint", "shim_after_fork", package)
        self.ended(result, COMPONENT_FAILED)
        self.assertIn("; dpkg left halfway 1.0-1 half-configured", result.line("host1: interrupted"))
        self.assertIn("  what to do: run 'dpkg --configure -a' on the target", result.out)
        self.lab.sh("host1", "dpkg -P halfway")

    def test_an_agent_that_dies_at_a_failpoint_runs_its_job_once_and_its_end_is_known(self):
        in_sources = {name for file in AGENT.glob("*.cpp") for name in re.findall(r'pass\("(\w+)"\)', file.read_text())}
        self.assertEqual(in_sources, set(FAILPOINTS), "failpoints of the agent and of this test")
        names = sorted(FAILPOINTS)
        program = self.counter("count.sh", 0.2)
        for begin in range(0, len(names) * (20 if LONG else 1), self.hosts):
            self.forget_runs()
            self.lab.snapshot()
            chosen = {f"host{i + 1}": names[(begin + i) % len(names)] for i in range(self.hosts)}
            running = {host: self.lab.start("deploy", "-t", host, "--failpoint", name, program,
                                            data=f"{self.lab.data}/failpoint-{host}") for host, name in chosen.items()}
            for host, name in chosen.items():
                with self.subTest(f"round {begin // self.hosts}, {host}: {name}"):
                    result = running[host].end()
                    target = result.target(host)
                    self.assertEqual((target["outcome"], self.runs(host)), FAILPOINTS[name], str(result))
                    self.assertEqual(target["left"], "logs only", str(result))
                    if not name.startswith("shim_"):
                        self.assertIn("a fresh one has taken over its journal", result.err)
                    self.clean(host, may=["/root/count"])

    def test_an_agent_killed_at_any_moment_runs_its_job_once_and_its_end_is_known(self):
        seed = int(os.environ.get("SOAPSTONE_SEED", time.time()))
        chance = random.Random(seed)
        kills = 200 if LONG else 15  # a few come too late and do not count
        print(f"  seed {seed}, {kills} kills on {self.hosts} hosts", file=sys.stderr)
        hosts = [f"host{i}" for i in range(1, self.hosts + 1)]
        program = self.counter("count.sh", 2)
        outcomes = {}
        self.killed = []
        for number in range(kills):
            if len(self.killed) >= kills:
                break
            self.forget_runs()
            self.lab.snapshot()
            running = self.lab.start("deploy", "-t", ",".join(hosts), program)
            killers = [threading.Thread(target=self.kill_agent,
                                        args=(running, host, chance.uniform(0, 2.5), chance.random()))
                       for host in hosts]
            for killer in killers:
                killer.start()
            result = running.end()
            for killer in killers:
                killer.join()
            for host in hosts:
                with self.subTest(f"round {number}, {host}"):
                    outcome = result.target(host)["outcome"]
                    outcomes[outcome] = outcomes.get(outcome, 0) + 1
                    self.assertIn(outcome, ("updated", "interrupted"), str(result))
                    self.assertEqual(self.runs(host), 1, str(result))
                    self.assertEqual(result.target(host)["left"], "logs only", str(result))
                    self.clean(host, may=["/root/count"])
        who = {one: self.killed.count(one) for one in ("agent", "shim")}
        print(f"  kills: {who}, outcomes: {outcomes}", file=sys.stderr)
        self.assertGreaterEqual(len(self.killed), kills)

    def kill_agent(self, running, host, wait, which):
        """Kills one of the agent's processes on the host, some time after the program has begun."""
        until(lambda: self.runs(host) or running.process.poll() is not None, 120, f"the program begins on {host}")
        time.sleep(wait)  # the random moment
        machine = self.lab.inside.host(host)
        ours = [one for one in look.processes(machine.running()) if "soapstone-agent" in (one["exe"] or "")]
        if not ours:
            return
        victim = ours[int(which * len(ours))]
        try:
            kill.kill(machine, str(victim["pid"]), "KILL")
        except kill.LabError:
            return  # it ended meanwhile
        self.killed.append("shim" if victim["cmdline"].split()[1:2] == ["shim"] else "agent")


if __name__ == "__main__":
    unittest.main()

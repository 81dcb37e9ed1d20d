#!/usr/bin/env python3
"""Two runs that want the same target: one works, the other is told; what the dead leave is tidied up."""

import unittest

from support import OK, SystemTest, until

LOCKED = 11


class LocksTest(SystemTest):
    hosts = 1

    def setUp(self):
        super().setUp()
        self.forget_runs()
        self.lab.sh("host1", "rm -f /root/go")
        self.lab.snapshot()
        self.other_data = f"{self.lab.data}/other-{self._testMethodName}"

    def begin(self, *components, lease=60):
        """Starts the first run, and returns when its first component runs."""
        running = self.lab.start("deploy", "-t", "host1", "--lease", lease, *components)
        until(lambda: self.runs("host1") == 1, 60, "the component has begun")
        return running

    def patient(self):
        """A program that does not end before it is told to."""
        return self.script("count.sh", "echo run >>/root/count\nuntil test -e /root/go; do sleep 0.1; done")

    def tell_it_to_end(self):
        self.lab.sh("host1", "touch /root/go")

    def other(self, *words):
        return self.lab.soapstone("deploy", "-t", "host1", *words, self.script("other.sh", "echo other ran"),
                                  data=self.other_data)

    def agents(self):
        return self.lab.sh("host1", "pgrep -x soapstone-agent", check=False).split()

    def test_a_second_run_is_told_who_works_there(self):
        running = self.begin(self.patient())
        refused = self.other()
        self.ended(refused, LOCKED)
        self.assertIn("the installer of count.sh of run", refused.out)
        with self.subTest("nor does --take-over break off an installer"):
            self.ended(self.other("--take-over"), LOCKED)
        self.tell_it_to_end()
        self.ended(running.end(), OK)
        with self.subTest("afterwards the target is free"):
            self.ended(self.other(), OK)
        self.assertEqual(self.runs("host1"), 1)
        self.clean("host1", may=["/root/count", "/root/go"])

    def test_the_agent_of_a_dead_manager_is_taken_over_only_on_request(self):
        running = self.begin(self.counter("count.sh", 3), self.script("second.sh", "echo second ran"))
        run = running.kill().run
        until(lambda: "count.sh ends" in self.lab.sh("host1", f"cat /var/lib/soapstone/{run}/logs/01-count*.log"), 30,
              "the component has ended")
        self.lab.sh("host1", "sleep 1")
        refused = self.other()
        self.ended(refused, LOCKED)
        self.assertRegex(refused.out, r"run [0-9a-f]{32} of root on \S+ has been working on this target since 2")
        self.assertIn("--take-over", refused.out)
        self.ended(self.other("--take-over"), OK)
        self.assertEqual(self.agents(), [])
        with self.subTest("and the first run can be resumed: its component is not run again"):
            result = self.lab.soapstone("resume")
            self.ended(result, OK)
            self.assertIn("second ran", result.log("host1", "second.sh"))
        self.assertEqual(self.runs("host1"), 1)
        self.clean("host1", may=["/root/count"])

    def test_what_the_dead_left_is_tidied_up_by_the_next_run(self):
        running = self.begin(self.patient())
        running.kill()
        for agent in self.agents():
            if b"shim" not in self.command_of(agent):
                self.lab("kill", "host1", agent)
        refused = self.other()
        self.ended(refused, LOCKED)
        self.assertIn("the installer of count.sh of run", refused.out)
        self.tell_it_to_end()
        until(lambda: not self.agents(), 30, "the installer's shim has ended")
        self.ended(self.other(), OK)
        self.clean("host1", may=["/root/count", "/root/go"])
        self.assertEqual(self.lab.sh("host1", "ls /var/lib/soapstone/*/jobs", check=False), "")
        with self.subTest("and the first run knows how its component ended"):
            self.ended(self.lab.soapstone("resume"), OK)
        self.assertEqual(self.runs("host1"), 1)

    def command_of(self, process):
        return self.lab.sh("host1", f"tr '\\0' ' ' </proc/{process}/cmdline", check=False).encode()


if __name__ == "__main__":
    unittest.main()

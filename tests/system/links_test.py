#!/usr/bin/env python3
"""Firewalls between manager and target, from the start or from the middle of a run on: the result is the same."""

import re
import sys
import time
import unittest

from support import COMPONENT_FAILED, OK, UNREACHABLE, SystemTest, until

CALLBACK = [("from-host", 61001), ("from-host", 60000)]
AGENT = [("to-host", 62286)]


class LinksTest(SystemTest):
    hosts = 4
    walls = {"callback": CALLBACK, "agent": AGENT, "both": CALLBACK + AGENT, "only22": None}

    def setUp(self):
        super().setUp()
        self.open_all()

    def wall(self, host, name):
        """Puts up a firewall that drops silently."""
        if name == "only22":
            self.lab("only", host, 22)
            return
        for direction, port in self.walls[name]:
            self.lab("block", host, "--direction", direction, "--port", port)

    def each(self):
        """Host and wall, in pairs."""
        return zip([f"host{i}" for i in range(1, self.hosts + 1)], self.walls)

    def open_all(self):
        for host, _ in self.each():
            self.lab("unblock", host)

    def check(self, result, components, *, notices):
        """All hosts have done their work once, whatever stood between."""
        self.ended(result, OK)
        for host, wall in self.each():
            with self.subTest(wall):
                self.assertEqual(self.runs(host), 1)
                self.assertEqual(result.target(host)["left"], "logs only")
                for name, ending in components:
                    self.assertIn(ending, result.log(host, name))
                said = " ".join(result.target(host).get("notices", []))
                self.assertRegex(said, notices[wall])
        self.open_all()
        self.clean(*(host for host, _ in self.each()), may=["/root/count"])

    def test_a_firewall_that_was_there_before(self):
        self.forget_runs()
        self.lab.snapshot()
        for host, wall in self.each():
            self.wall(host, wall)
        large = self.script("large.sh", "exit 0\n" + "# filling\n" * 200_000)
        begin = time.monotonic()
        result = self.lab.soapstone("deploy", "-t", "host[1-4]", large, self.counter("count.sh", 1))
        print(f"  took {time.monotonic() - begin:.1f} s")
        asked, tunnel = "cannot reach this machine", "goes through the login's session"
        self.check(result, [("count.sh", "count.sh ends")],
                   notices={"callback": asked, "agent": tunnel, "both": tunnel, "only22": tunnel})

    def test_a_firewall_that_comes_while_a_component_runs(self):
        self.forget_runs()
        self.lab.snapshot()
        running = self.lab.start("deploy", "-t", "host[1-4]", self.counter("count.sh", 12),
                                 self.script("after.sh", "echo after ends" + "\n# filling" * 100_000))
        until(lambda: all(self.runs(host) for host, _ in self.each()), 60, "all have begun")
        for host, wall in self.each():
            self.wall(host, wall)
        result = running.end()
        tunnel = "goes through the login's session from now on"
        self.check(result, [("count.sh", "count.sh ends"), ("after.sh", "after ends")],
                   notices={"callback": ".*", "agent": tunnel, "both": tunnel, "only22": tunnel})

    def test_each_road_can_be_demanded(self):
        self.lab.snapshot()
        program = self.script("here.sh", "echo here ends; ss -Hltn 'sport = :62286' 2>/dev/null || true")
        for road in ("callback", "polling", "tunnel"):
            with self.subTest(road):
                result = self.lab.soapstone("deploy", "-t", "host1", "--link", road, program)
                self.ended(result, OK)
                self.assertIn("here ends", result.log("host1", "here.sh"))
                self.clean("host1")
        with self.subTest("a road that is closed is an error that names what to open"):
            self.wall("host1", "callback")
            result = self.lab.soapstone("deploy", "-t", "host1", "--link", "callback", program)
            self.ended(result, COMPONENT_FAILED)
            self.assertRegex(result.out, r"host1: .*the target cannot reach this machine: .*61001")
            self.open_all()
            self.clean("host1")

    def test_a_tunnel_through_the_systems_ssh(self):
        self.lab.snapshot()
        program = self.script("here.sh", "echo here ends")
        result = self.lab.soapstone("deploy", "-t", "host1", "--link", "tunnel", "--ssh", "openssh", program)
        self.ended(result, OK)
        self.assertIn("here ends", result.log("host1", "here.sh"))
        self.clean("host1")

    def test_payload_that_is_brought_must_be_what_the_order_names(self):
        self.forget_runs()
        self.lab.snapshot()
        second = self.script("second.sh", "echo run >>/root/count")
        running = self.lab.start("deploy", "-t", "host1", "--link", "polling", self.counter("count.sh", 4), second)
        until(lambda: self.runs("host1") == 1, 60, "the first component has begun")
        second.write_text(second.read_text().replace("echo run", "echo RUN"))
        result = running.end()
        self.ended(result, COMPONENT_FAILED)
        self.assertRegex(result.out, "host1: .*something else than the order names")
        self.assertEqual(self.lab.read("host1", "/root/count"), "run\n")
        self.clean("host1", may=["/root/count"])

    def test_a_line_that_goes_dead_in_the_middle_of_a_login_is_noticed(self):
        self.lab("sshd", "host1", "AuthorizedKeysCommand /usr/bin/sleep 60", "AuthorizedKeysCommandUser root",
                 "AuthorizedKeysFile none")
        self.addCleanup(self.lab, "sshd", "host1")
        self.addCleanup(self.lab, "heal", "host1")
        program = self.script("never.sh", "exit 0")
        for ssh in ("libssh2", "openssh"):
            with self.subTest(ssh):
                running = self.lab.start("deploy", "-t", "host1", "--ssh", ssh, program)
                until(lambda: "sleep 60" in self.lab.sh("host1", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"), 30, "login")
                self.lab("cut", "host1")
                begin = time.monotonic()
                until(lambda: not self.connections_to_ssh(), 15, "no connection stands any more")
                print(f"  {ssh}: {time.monotonic() - begin:.1f} s", file=sys.stderr)
                result = running.end()
                self.ended(result, UNREACHABLE)
                self.lab("heal", "host1")
                self.lab.sh("host1", "pkill -x sleep")

    def connections_to_ssh(self):
        return self.lab("exec", "workstation", "--", "ss", "-Htn", "state", "established", "dport", "=", ":22")

    def listening(self):
        """Where soapstone listens on the workstation."""
        lines = self.lab("exec", "workstation", "--", "ss", "-Hltn").splitlines()
        return [line.split()[3] for line in lines if re.search(r":6[01]\d\d\d$", line.split()[3])]

    def test_a_manager_that_polls_opens_no_port_to_the_network(self):
        running = self.lab.start("deploy", "-t", "host1", "--link", "polling", self.counter("count.sh", 3))
        running.wait_for("^host1: installing", 60)
        self.assertEqual(self.listening(), ["127.0.0.1:61000"])
        self.ended(running.end(), OK)

    def test_with_a_tunnel_nothing_of_the_target_or_the_manager_listens_to_the_network(self):
        self.lab.snapshot()
        running = self.lab.start("deploy", "-t", "host1", "--link", "tunnel", self.counter("count.sh", 4))
        self.forget_runs()
        running.wait_for("^host1: installing", 60)
        listening = self.lab.sh("host1", "cat /proc/net/tcp /proc/net/tcp6")
        agent = [line.split()[1] for line in listening.splitlines() if re.search(r":F34E 0+:0000 0A", line)]
        self.assertEqual(agent, ["0100007F:F34E"])
        self.assertEqual(self.listening(), ["127.0.0.1:61000"])
        self.ended(running.end(), OK)


if __name__ == "__main__":
    unittest.main()

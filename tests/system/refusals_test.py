#!/usr/bin/env python3
"""Hosts that cannot be reached or trusted, disks without room, ports that somebody holds."""

import time
import unittest
from pathlib import Path

from support import OK, UNREACHABLE, COMPONENT_FAILED, SystemTest


class StrangersTest(SystemTest):
    hosts = 6

    def test_who_is_not_known_or_not_there_is_left_alone_and_the_others_go_on(self):
        self.lab.snapshot()
        known = Path(self.lab.data) / "known"
        lines = Path(self.lab.facts["known_hosts"]).read_text().splitlines()
        keys = {name: [line for line in lines if line.startswith(f"{name},")] for name in ("host3", "host4")}
        kept = [line for line in lines if not line.startswith(("host3,", "host4,"))]
        known.write_text("\n".join(kept + ["@revoked " + line for line in keys["host3"]]) + "\n")
        self.lab("rekey", "host2")
        self.lab.snapshot("host2")
        self.lab("cut", "host5")
        program = self.counter("count.sh")
        login = ["-i", self.lab.facts["keys"]["ed25519"], "--known-hosts", known]
        begin = time.monotonic()
        result = self.lab.soapstone("deploy", *login, "-t", "host[1-5]", "-t", "host6:2222", program, login=False)
        self.ended(result, UNREACHABLE)
        self.assertLess(time.monotonic() - begin, 100)
        self.assertRegex(result.out, r"(?m)^6 targets: 1 updated, 5 unreached")
        for host, words in (("host2", "key"), ("host3", "revoked"), ("host4", "not known"), ("host5", ""),
                            ("host6:2222", "refused")):
            with self.subTest(host):
                line = result.line(f"{host}: unreached while scouting: ")
                self.assertIn(words, line)
                self.assertEqual(self.runs(host.partition(":")[0]), 0)
                self.assertEqual(result.target(host)["left"], "nothing")
        self.assertEqual(self.runs("host1"), 1)
        self.lab("heal", "host5")
        self.clean(*(f"host{i}" for i in range(1, 7)), may=["/root/count"])
        with self.subTest("--accept-new takes the unknown one, and only that"):
            result = self.lab.soapstone("deploy", *login, "-t", "host[2-4]", "--accept-new", program, login=False)
            self.ended(result, UNREACHABLE)
            self.assertRegex(result.out, r"(?m)^3 targets: 1 updated, 2 unreached")
            self.assertEqual([self.runs(f"host{i}") for i in (2, 3, 4)], [0, 0, 1])
        with self.subTest("and from then on it is known"):
            result = self.lab.soapstone("deploy", *login, "-t", "host4", program, login=False)
            self.ended(result, OK)
            self.assertEqual(self.runs("host4"), 2)
        self.clean("host2", "host3", "host4", may=["/root/count"])


class DisksTest(SystemTest):
    hosts = 6

    def test_a_host_without_a_place_for_the_agent_says_so_and_keeps_nothing(self):
        everywhere = ("/var/tmp", "/tmp", "/opt", "/dev/shm", "/root")
        key = self.lab.sh("host2", "cat /root/.ssh/authorized_keys")
        self.lab("tmp", "host2", "full", *everywhere[:-1])
        self.lab("fill", "host2", "/root", "--free", 65536)
        self.lab.sh("host2", f"mkdir -m 700 /root/.ssh; echo '{key}' >/root/.ssh/authorized_keys")
        self.lab("tmp", "host3", "noexec", *everywhere)
        self.lab("tmp", "host4", "readonly", *everywhere)
        self.lab("fill", "host5", "/var/lib/soapstone")
        self.lab("tmp", "host6", "full", "/var/tmp")  # but another place is free
        self.lab.snapshot()
        result = self.lab.soapstone("deploy", "-t", "host[1-6]", self.script("true.sh", "exit 0"))
        self.ended(result, COMPONENT_FAILED)
        for host, phase, words in (("host2", "scouting", "KiB free"), ("host3", "scouting", "noexec"),
                                   ("host4", "scouting", "not writable"), ("host5", "starting", "No space left")):
            with self.subTest(host):
                self.assertIn(words, result.line(f"{host}: failed while {phase}: "))
                self.clean(host)
        self.assertIn("make room in /var/lib/soapstone on the target", result.out)
        for host in ("host1", "host6"):
            self.assertEqual(result.target(host)["outcome"], "updated")
        self.clean("host1", "host6")


class PortsTest(SystemTest):
    hosts = 2

    def test_taken_ports_are_passed_over_and_named(self):
        first = self.lab.facts["hosts"][0]["ipv4"]  # by its address: the outgoing connection is an IPv4 one
        program = self.script("true.sh", "exit 0")
        for how in ([], ["--outgoing"]):
            with self.subTest("outgoing connections" if how else "listeners"):
                self.lab("occupy", "host1", 62286, *how)
                for port in (60000, 61000, 61001):
                    self.lab("occupy", "workstation", port, *how)
                self.lab.snapshot()
                result = self.lab.soapstone("deploy", "-t", f"{first},host2", program)
                self.lab("release", "host1")
                self.lab("release", "workstation")
                self.ended(result, OK)
                said = result.said
                self.assertIn(f"{first}: the agent listens on 62287 (62286 was taken)", said)
                self.assertFalse([line for line in said if line.startswith("host2: the agent listens on")])
                self.assertIn("the depot port is 60001 (60000 was taken)", said)
                if how:  # a connection of another address leaves the loopback's 61000 free
                    self.assertIn("the callback port is 61002 (61001 was taken)", said)
                else:
                    self.assertIn("the local port is 61002 (61000 was taken)", said)
                    self.assertIn("the callback port is 61003 (61001 was taken)", said)
                self.clean("host1", "host2")


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""Logs over the web server, for targets from which no other port of the manager can be reached."""

import json
import re
import signal
import subprocess
import time
import unittest
from pathlib import Path

from support import OK, SystemTest, until
from soapstone_lab import links, network

WEB = 63001
TABLE = "inet weblogs"  # beside the lab's walls: it counts, and makes the web server's port slow or dead
TOKEN = re.compile(rb"/log/[A-Za-z0-9_-]{32}/")


class WebLogsTest(SystemTest):
    hosts = 2
    slow = f"tcp dport {WEB} limit rate over 1 mbytes/second burst 100 kbytes drop"

    def setUp(self):
        super().setUp()
        for host in ("host1", "host2"):
            self.lab("unblock", host)
            self.rules(host, [])
        self.lab.snapshot()

    def rules(self, host, output):
        """Counts what `host` sends to the web server and by SSH; `output`: what happens to its packets before."""
        netns = self.lab.inside.host(host)
        lines = [f"add table {TABLE}", f"delete table {TABLE}", f"add table {TABLE}",
                 f"add chain {TABLE} output {{ type filter hook output priority -10; policy accept; }}"]
        lines += [f"add rule {TABLE} output {rule}" for rule in output]
        lines += [f'add rule {TABLE} output tcp dport {WEB} counter comment "web"',
                  f'add rule {TABLE} output tcp sport 22 counter comment "ssh"']
        links.nft(netns, "\n".join(lines) + "\n")

    def sent(self, host, way):
        """Bytes since rules()."""
        listing = network.inside(self.lab.inside.host(host).netns, "nft", "-j", "list", "table", *TABLE.split())
        rules = [one["rule"] for one in json.loads(listing)["nftables"] if "rule" in one]
        counted = next(rule for rule in rules if rule.get("comment") == way)
        return next(one["counter"]["bytes"] for one in counted["expr"] if "counter" in one)

    def wall(self, host, web):
        """Nothing but SSH to the host; with `web` also the web server, from the host."""
        self.lab("only", host, 22)
        if web:
            table = links.TABLE
            links.nft(self.lab.inside.host(host),
                      f"insert rule {table} output meta oifname eth0 tcp dport {WEB} accept\n"
                      f"insert rule {table} input meta iifname eth0 tcp sport {WEB} accept\n")

    def large(self, name, megabytes):
        """Prints what nothing can pack."""
        return self.script(name, f"head -c {megabytes}000000 /dev/urandom | base64; echo {name} ends")

    def run_log(self, host, result):
        """What the manager has written down of the target, to the last line."""
        return self.lab.soapstone("logs", "-f", result.run, host).out

    def managers_log(self, host, result):
        return self.lab.read(host, f"/var/lib/soapstone/{result.run}/logs/manager.log")

    def check_logs(self, host, result, name):
        """The logs are here and there, and the run is none the worse."""
        self.ended(result, OK)
        self.assertIn(f"{name} ends", result.log(host, name))
        kept = next((result.folder / host).glob(f"*-{name}-*.log"))
        there = f"/var/lib/soapstone/{result.run}/logs/{kept.name}"
        self.assertEqual(self.lab.read(host, there), kept.read_text())
        self.assertIn(f"installing: {name}", self.managers_log(host, result))
        target = result.target(host)
        self.assertEqual(target["left"], "logs only")
        self.assertFalse([line for line in target.get("notices", []) if "web server" in line or "log" in line.split()])
        self.assertEqual([path.name for path in result.folder.iterdir() if path.name.startswith(".")], [])
        self.no_token_in(result, host)
        self.lab("unblock", host)
        self.clean(host)

    def no_token_in(self, result, host):
        texts = [path.read_bytes() for path in Path(result.data).rglob("*") if path.is_file()]
        left = self.lab.inside.host(host).root() / "var/lib/soapstone" / result.run
        texts += [path.read_bytes() for path in left.rglob("*") if path.is_file()]
        texts += [result.out.encode(), result.err.encode()]
        self.assertFalse([text for text in texts if TOKEN.search(text)])

    def deploy(self, *words):
        return self.lab.soapstone("deploy", "-t", "host1", "--web", "--web-port", WEB, *words)

    def test_a_target_that_reaches_the_web_server_alone_puts_its_logs_there(self):
        self.wall("host1", web=True)
        result = self.deploy(self.large("large.sh", 6))
        size = len(result.log("host1", "large.sh"))
        self.assertGreater(size, 8_000_000)
        self.assertGreater(self.sent("host1", "web"), size)
        self.assertLess(self.sent("host1", "ssh"), size / 2)
        log = self.run_log("host1", result)
        address = re.escape(self.lab.inside.host("host1").ipv6)
        self.assertRegex(log, rf"collecting: {address} put \d+-large\.sh-\S+\.log: 8\.\d MB")
        self.assertRegex(log, rf"collecting: {address} put agent\.log: ")
        self.check_logs("host1", result, "large.sh")

    def test_without_the_web_server_all_goes_as_before(self):
        self.wall("host1", web=False)
        result = self.deploy(self.large("walled.sh", 2))
        self.assertGreater(self.sent("host1", "ssh"), 2_700_000)
        self.assertRegex(self.run_log("host1", result),
                         "collecting: logs go through the login's session, and not over the web server: .*no answer")
        self.check_logs("host1", result, "walled.sh")

    def test_a_web_server_that_falls_silent_in_the_middle_changes_nothing(self):
        self.wall("host1", web=True)
        self.rules("host1", [self.slow])
        running = self.lab.start("deploy", "-t", "host1", "--web", "--web-port", WEB, self.large("silent.sh", 6))
        until(lambda: self.sent("host1", "web") > 2_000_000, 120, "some of the log has gone")
        self.rules("host1", [f"tcp dport {WEB} drop"])
        result = running.end()
        self.assertGreater(self.sent("host1", "ssh"), len(result.log("host1", "silent.sh")))
        self.assertRegex(self.run_log("host1", result), "collecting: logs go through the login's session")
        self.check_logs("host1", result, "silent.sh")

    def test_who_can_be_called_or_is_to_use_the_tunnel_does_not_use_it(self):
        for words in ([], ["--link", "tunnel"], ["--link", "polling"]):
            with self.subTest(words):
                result = self.deploy(*words, self.script("small.sh", "echo small.sh ends"))
                self.assertEqual(self.sent("host1", "web"), 0)
                self.check_logs("host1", result, "small.sh")

    def token(self, process):
        """The newest token in the memory of the manager."""
        found = []
        with open(f"/proc/{process}/maps", encoding="ascii") as maps, open(f"/proc/{process}/mem", "rb", 0) as memory:
            for line in maps:
                span, rights = line.split()[:2]
                if not rights.startswith("rw") or "[v" in line:
                    continue
                begin, end = (int(word, 16) for word in span.split("-"))
                memory.seek(begin)
                try:
                    found += TOKEN.findall(memory.read(end - begin))
                except OSError:
                    pass  # it went meanwhile
        return found[-1].decode() if found else ""

    def status(self, host, path, *words):
        """What the web server answers to a GET of a path from `host`."""
        here = self.lab.facts["workstation"]["ipv6"]
        done = subprocess.run(["nsenter", f"--net=/run/netns/{self.lab.inside.host(host).netns}", "curl", "-ksS", "-m", "10",
                               "-o", "/dev/null", "-w", "%{http_code}", *words, f"https://[{here}]:{WEB}{path}"],
                              capture_output=True, text=True, check=False)
        return done.stdout or done.stderr

    def test_a_token_is_for_its_target_and_its_time_and_a_broken_upload_goes_on(self):
        server = self.lab.start("serve", "--web-port", WEB)
        server.wait_for("^serving ")
        self.addCleanup(server.end)
        self.addCleanup(server.send, signal.SIGTERM)
        self.wall("host1", web=True)
        self.rules("host1", [self.slow])
        running = self.lab.start("deploy", "-t", "host1", self.large("slow.sh", 6))
        until(lambda: self.sent("host1", "web") > 2_000_000, 120, "some of the log has gone")
        logs = self.lab.inside.host("host1").root().glob("var/lib/soapstone/*/logs/*-slow.sh-*.log")
        path = self.token(server.process.pid) + next(logs).name
        mine = self.status("host1", path)
        foreign = self.status("host2", path)
        put = self.status("host2", path, "-X", "PUT", "-d", "x")
        self.rules("host1", [f"tcp dport {WEB} reject with tcp reset"])
        time.sleep(0.5)
        self.rules("host1", [self.slow])
        result = running.end()
        self.assertEqual((mine, foreign, put), ("200", "404", "404"))
        size = len(result.log("host1", "slow.sh"))
        self.assertLess(self.sent("host1", "web"), size - 1_000_000, "it began anew")
        self.assertRegex(self.run_log("host1", result), r"collecting: \S+ put \d+-slow\.sh-\S+\.log: 8\.\d MB")
        self.assertEqual(self.status("host1", path), "404")
        self.assertRegex(self.run_log("host1", result), r"collecting: \S+ gets at no logs: they are another address's")
        self.check_logs("host1", result, "slow.sh")


if __name__ == "__main__":
    unittest.main()

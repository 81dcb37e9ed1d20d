#!/usr/bin/env python3
"""Components that misbehave. Each does so on one host only; the others go on."""

import os
import re
import threading
import unittest
from pathlib import Path

from support import COMPONENT_FAILED, DEPENDENCY, OK, SystemTest, look


def peak(pid):
    """The most memory that a process ever had, MiB."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found.group(1)) // 1024 if found else 0


class MisbehavedTest(SystemTest):
    hosts = 5

    def test_whatever_a_file_is_called_here_it_is_installed_there(self):
        package = self.components / ".odd\nname (1) #2%20"
        self.deb("plain", "1:2.0~rc1-1").rename(package)
        result = self.lab.soapstone("deploy", "-t", "host1", package, self.script("-new\nline\t'\".sh", "echo done"))
        self.ended(result, OK)
        self.assertIn("installed", self.lab.sh("host1", "dpkg-query -W -f '${Status}' plain"))
        self.assertEqual([one["name"] for one in result.target("host1")["components"]],
                         ["plain", "-new?line?'\".sh"])

    def test_a_component_that_fails_dies_floods_or_leaves_a_daemon_harms_nobody_else(self):
        program = self.script("trouble.sh", """
            echo first line
            case $(hostname) in
            host1) echo cannot do that >&2; exit 7 ;;
            host2) kill -9 $$ ;;
            host3) yes 0123456789012345678901234567890123456789012345678901234567890123456789 | head -c 1000000000 ;;
            host4) setsid sleep 301 & ;;
            esac
            echo last line""")
        self.lab.snapshot()
        running = self.lab.start("deploy", "-t", "host[1-5]", program)
        agents = {}
        stop = threading.Event()

        def watch():
            host = self.lab.inside.host("host3")
            while not stop.wait(0.3):
                for one in look.processes(host.running()):
                    if "soapstone-agent" in one["cmdline"] or "soapstone-agent" in (one["exe"] or ""):
                        agents[one["pid"]] = max(agents.get(one["pid"], 0), peak(one["outside_pid"]))
                agents["manager"] = max(agents.get("manager", 0), peak(running.process.pid))

        watcher = threading.Thread(target=watch)
        watcher.start()
        result = running.end()
        stop.set()
        watcher.join()
        self.ended(result, COMPONENT_FAILED)
        outcomes = {target["name"]: target["outcome"] for target in result.report["targets"]}
        self.assertEqual(outcomes, {"host1": "failed", "host2": "failed", "host3": "updated", "host4": "updated",
                                    "host5": "updated"}, str(result))
        with self.subTest("exit code 7"):
            self.assertIn("ended with exit code 7: cannot do that", result.line("host1: failed while installing: "))
            self.assertEqual(result.line("host1: failed while installing: ").count("exit code 7"), 1)
            self.assertEqual(result.target("host1")["components"][0]["exit_code"], 7)
            self.assertIn("cannot do that", result.log("host1", "trouble.sh"))
        with self.subTest("a signal"):
            self.assertIn("signal 9", result.line("host2: failed while installing: "))
            self.assertEqual(result.target("host2")["components"][0]["signal"], 9)
        with self.subTest("a flood"):
            log = result.log("host3", "trouble.sh")
            self.assertTrue(log.startswith("first line\n"))
            self.assertTrue(log.endswith("last line\n"))
            self.assertLess(len(log), 65 << 20)
            self.assertGreater(len(log), 1 << 20)
            print(f"  peak memory, MiB: {agents}", flush=True)
            for who, most in agents.items():
                self.assertLess(most, 192, f"MiB of {who}")
        with self.subTest("a daemon that keeps the output open"):
            self.assertIn("last line", result.log("host4", "trouble.sh"))
            self.lab("kill", "host4", "sleep 301")
        self.clean("host1", "host2", "host3", "host4", "host5")

    def test_unmet_dependencies_are_left_out_and_the_rest_is_installed(self):
        base, needs = self.deb("base-part"), self.deb("needs-base", depends="base-part")
        free = self.deb("free-part")
        (self.lab.inside.host("host1").root() / "root/base.deb").write_bytes(base.read_bytes())
        self.lab.sh("host1", "dpkg -i /root/base.deb && rm /root/base.deb")
        self.lab.snapshot()
        result = self.lab.soapstone("deploy", "-t", "host[1-2]", needs, free)
        self.ended(result, DEPENDENCY)
        self.assertEqual(result.target("host1")["outcome"], "updated")
        self.assertEqual(result.target("host2")["outcome"], "omitted_dependency")
        line = result.line("host2: omitted dependency: ")
        self.assertIn("needs-base 1.0-1 left out", line)
        self.assertTrue(result.target("host2")["components"][1]["verified"])
        self.assertEqual(self.lab.read("host2", "/usr/share/free-part/version"), "1.0-1")
        self.assertEqual(self.lab.read("host2", "/usr/share/needs-base/version"), "")
        self.clean("host1", "host2")

    def test_a_component_that_hangs_is_ended_at_its_time_limit(self):
        self.lab.snapshot("host1")
        result = self.lab.soapstone("deploy", "-t", "host1", "--timeout", "3", self.script("hang.sh", "sleep 3000"))
        self.ended(result, COMPONENT_FAILED)
        self.assertIn("did not end within 3.0 s and was ended", result.line("host1: failed while installing: "))
        self.clean("host1")


if __name__ == "__main__":
    unittest.main()

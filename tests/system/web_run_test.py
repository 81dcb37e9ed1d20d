#!/usr/bin/env python3
"""A run that people look at in a browser while it goes, and the manager's own log on its targets."""

import re
import subprocess
import unittest

from support import OK, SystemTest


class WebRunTest(SystemTest):
    hosts = 1

    def setUp(self):
        super().setUp()
        self.lab.snapshot()

    def curl(self, *words):
        """curl on the workstation."""
        done = subprocess.run(["ip", "netns", "exec", self.lab.facts["workstation"]["netns"], "curl", "-ksS", *words],
                              capture_output=True, text=True, timeout=30, check=True)
        return done.stdout

    def test_the_link_opens_the_run_while_it_goes(self):
        program = self.script("wait.sh", "echo begun; while [ ! -e /root/go ]; do sleep 0.1; done; echo over")
        running = self.lab.start("deploy", "-t", "host1", "--web", program)
        running.wait_for("^logs and report while it runs: https://", 60)
        running.wait_for("^host1: installing", 60)
        link = re.search(r"https://\S+/login/\S+", "".join(running.err)).group(0)
        jar = str(self.components / "cookies")
        page = self.curl("-L", "-c", jar, "-b", jar, link)
        self.assertIn("running", page)
        run = re.search(r"/run/[0-9a-f]{32}", page).group(0)
        origin = link.split("/login/")[0]
        self.assertIn("installing", self.curl("-b", jar, origin + run))
        self.assertIn("installing: wait.sh", self.curl("-b", jar, f"{origin}{run}/target/0/log/manager.log"))
        running.wait_for("^signed in from .*; another link: https://", 10)
        self.assertIn("not good", self.curl(link))
        self.assertIn("web", self.lab.soapstone("status", "latest").out)
        self.lab.sh("host1", "touch /root/go")
        result = running.end()
        self.ended(result, OK)
        secret = link.rsplit("/", 1)[1]
        kept = subprocess.run(["grep", "-r", "-l", secret, self.lab.data], capture_output=True, text=True, check=False)
        self.assertEqual(kept.stdout, "", "the link was written to the disk")
        self.clean("host1", may=["/root/go"])

    def test_the_managers_log_lies_beside_the_agents(self):
        result = self.lab.soapstone("deploy", "-t", "host1", self.script("short.sh", "echo hello there"))
        self.ended(result, OK)
        log = self.lab.read("host1", f"/var/lib/soapstone/{result.run}/logs/manager.log")
        for words in ("scouting", "copying", "installing: short.sh"):
            self.assertIn(words, log)
        self.assertNotIn("hello there", log)  # what programs print has a log of its own
        self.assertEqual(self.lab.sh("host1", f"stat -c %a /var/lib/soapstone/{result.run}/logs/manager.log"), "600")
        self.clean("host1")

    def test_no_web_server_unless_it_is_asked_for(self):
        running = self.lab.start("deploy", "-t", "host1", self.script("wait2.sh", "while [ ! -e /root/go2 ]; do sleep 0.1; done"))
        running.wait_for("^host1: installing", 60)
        listening = self.lab.soapstone("status", "latest").out
        self.assertIn("local", listening)
        self.assertNotIn("web ", listening)
        self.lab.sh("host1", "touch /root/go2")
        self.ended(running.end(), OK)
        self.assertFalse(running.says("/login/"))


if __name__ == "__main__":
    unittest.main()

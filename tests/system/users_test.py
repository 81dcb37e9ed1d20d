#!/usr/bin/env python3
"""Who may log in, and how."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from support import OK, UNREACHABLE, SystemTest


class UsersTest(SystemTest):
    hosts = 4

    def setUp(self):
        super().setUp()
        self.forget_runs()
        self.lab.snapshot()
        self.program = self.counter("count.sh")

    def known(self):
        return "--known-hosts", self.lab.facts["known_hosts"]

    def key(self):
        return "-i", self.lab.facts["keys"]["ed25519"]

    def secret(self, text):
        file = self.components / "secret"
        file.write_text(text)
        file.chmod(0o600)
        return file

    def deploy(self, *words, **how):
        return self.lab.soapstone("deploy", *self.known(), *words, self.program, login=False, **how)

    def test_root_admin_and_ops_get_in_each_in_their_own_way(self):
        ways = {
            "host1": ["-t", "root@host1", *self.key()],
            "host2": ["-t", "admin@host2", "--password-file", self.lab.password("admin"), "--sudo",
                      "--sudo-password-file", self.lab.password("admin")],
            "host3": ["-t", "ops@host3", *self.key(), "--sudo"],
        }
        for host, words in ways.items():
            with self.subTest(host):
                result = self.deploy(*words)
                self.ended(result, OK)
                self.assertEqual(self.runs(host), 1)
                self.assertEqual(result.target(host)["left"], "logs only")
                self.clean(host, may=["/root/count"])

    def test_a_jump_host_of_ssh_config_leads_to_the_target(self):
        config = self.components / "ssh_config"
        address = self.lab.facts["hosts"][1]["ipv4"]  # the hosts do not know each other by name
        config.write_text(f"Host far\n  HostName {address}\n  HostKeyAlias host2\n  User ops\n  ProxyJump near\n"
                          "Host near\n  HostName host1\n  User plain\n")
        result = self.deploy("-t", "far", *self.key(), "--sudo", "--ssh-config", config)
        self.ended(result, OK)
        self.assertEqual((self.runs("host1"), self.runs("host2")), (0, 1))
        self.assertEqual(result.target("far")["left"], "logs only")
        self.clean("host1")
        self.clean("host2", may=["/root/count"])

    def test_the_systems_ssh_and_su_do_it_too(self):
        self.lab.sh("host3", "echo 'root:let me in' | chpasswd")
        self.addCleanup(self.lab.sh, "host3", "usermod -p '*' root")
        self.lab.snapshot("host3")
        result = self.deploy("-t", "plain@host3", *self.key(), "--ssh", "openssh", "--su",
                             "--sudo-password-file", self.secret("let me in\n"))
        self.ended(result, OK)
        self.assertEqual(self.runs("host3"), 1)
        self.clean("host3", may=["/root/count"])

    def test_who_may_not_become_root_is_told_so_in_one_line(self):
        for words, sentence in ((["-t", "plain@host4"], "logged in as plain, which is not root"),
                                (["-t", "plain@host4", "--sudo"], "sudo")):
            with self.subTest(sentence):
                result = self.deploy(*words, *self.key())
                self.ended(result, UNREACHABLE)
                self.assertIn(sentence, result.line("host4: unreached while scouting: "))
                self.assertEqual(self.runs("host4"), 0)
                self.assertEqual(result.target("host4")["left"], "nothing")
                self.clean("host4")

    def test_a_wrong_password_and_a_wrong_sudo_password_stop_only_their_target(self):
        wrong = self.secret("not-the-password\n")
        self.lab("sshd", "host2", "PubkeyAuthentication no")
        self.addCleanup(self.lab, "sshd", "host2")
        self.lab.snapshot("host2")
        result = self.deploy("-t", "root@host1", "-t", "admin@host2", *self.key(), "--sudo", "--password-file", wrong)
        with self.subTest("password"):
            self.ended(result, UNREACHABLE)
            self.assertIn("password", result.line("host2: unreached while scouting: "))
            self.assertEqual((self.runs("host1"), self.runs("host2")), (1, 0))
        result = self.deploy("-t", "ops@host1", "-t", "admin@host3", *self.key(), "--sudo",
                             "--sudo-password-file", wrong)
        with self.subTest("sudo password"):
            self.ended(result, UNREACHABLE)
            self.assertIn("sudo", result.line("host3: unreached while scouting: "))
            self.assertEqual((self.runs("host1"), self.runs("host3")), (2, 0))
        for text in (result.out, result.err):
            self.assertNotIn("not-the-password", text)
        self.clean("host1", "host2", "host3", may=["/root/count"])

    def test_the_key_may_come_from_ssh_agent(self):
        with tempfile.TemporaryDirectory() as folder:
            socket = Path(folder) / "agent"
            agent = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
            try:
                environment = {**os.environ, "SSH_AUTH_SOCK": str(socket)}
                for _ in range(100):
                    done = subprocess.run(["ssh-add", "-q", self.lab.facts["keys"]["rsa"]], env=environment)
                    if done.returncode == 0:
                        break
                result = self.deploy("-t", "host1", environment={"SSH_AUTH_SOCK": str(socket)})
            finally:
                agent.kill()
                agent.wait()
        self.ended(result, OK)
        self.assertEqual(self.runs("host1"), 1)
        self.clean("host1", may=["/root/count"])

    def test_a_target_may_be_an_ipv6_address(self):
        address = next(host["ipv6"] for host in self.lab.facts["hosts"] if host["name"] == "host2")
        result = self.deploy("-t", address, *self.key())
        self.ended(result, OK)
        self.assertEqual(self.runs("host2"), 1)
        self.assertIn("count.sh begins", result.log(address, "count.sh"))
        self.clean("host2", may=["/root/count"])


if __name__ == "__main__":
    unittest.main()

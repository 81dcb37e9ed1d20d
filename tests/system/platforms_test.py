#!/usr/bin/env python3
"""Hosts that are not Debian 12 on x86_64 with bash: the whole cycle on each."""

import shutil
import subprocess
import unittest
from pathlib import Path

from support import BIN, COMPONENT_FAILED, LAB, OK, SystemTest, base, roots

ARM_AGENT = Path(BIN).resolve().parent.parent / "agents" / "linux-aarch64" / "soapstone-agent"


class PlatformTest(SystemTest):
    """Tests on hosts with the root `root`, which is built when it is not there yet."""

    may = ()  # paths that the host's own programs write

    @classmethod
    def setUpClass(cls):
        kind = roots.KINDS[cls.root]
        built = subprocess.run([str(LAB), "base", "--root", cls.root], capture_output=True, text=True)
        if built.returncode != 0 and kind.way == "release":
            raise unittest.SkipTest(f"no root '{cls.root}' can be had: {built.stderr.strip().splitlines()[-1]}")
        if built.returncode != 0:
            raise AssertionError(f"no root '{cls.root}': {built.stderr}")
        super().setUpClass()

    def deploy(self, *words):
        self.lab.snapshot()
        return self.lab.soapstone("deploy", *words)

    def gone(self, result, host="host1"):
        """The agent left nothing but logs."""
        self.assertRegex(result.out, r"(?m)^left: logs only, on 1 target$")
        self.assertEqual(result.target(host)["left"], "logs only")
        self.clean(host, may=["/root/count", *self.may])

    def install(self, package, login):
        """The cycle with a package."""
        result = self.deploy("-t", login, package, *(["--sudo"] if login.startswith("ops@") else []))
        self.ended(result, OK)
        self.assertTrue(result.target("host1")["components"][0]["verified"])
        self.assertIn("1.0", self.lab.read("host1", "/usr/share/stone/version"))
        self.gone(result)

    def run_once(self, *words, host="host1"):
        result = self.deploy(*words, self.counter("count.sh"))
        self.ended(result, OK)
        self.assertEqual(self.runs(host), 1)
        self.forget_runs()
        self.gone(result, words[1].partition("@")[2])


class Debian11Test(PlatformTest):
    root = "bullseye"

    def test_the_whole_cycle(self):
        self.install(self.deb("stone"), "ops@host1")


class Debian13Test(PlatformTest):
    root = "trixie"

    def test_the_whole_cycle(self):
        self.install(self.deb("stone"), "ops@host1")


class RpmTest(PlatformTest):
    root = "rpm"
    may = ("/usr/share/stone*", "/var/lib/rpm/*")  # nobody asks rpm here whose files these are

    def test_an_rpm_is_installed_and_a_deb_does_not_fit(self):
        self.install(self.rpm("stone"), "root@host1")
        self.assertEqual(self.lab.sh("host1", "rpm -q --qf '%{VERSION}-%{RELEASE}' stone"), "1.0-1")
        result = self.deploy("-t", "host1", self.deb("stone", "2.0-1"))
        self.ended(result, COMPONENT_FAILED)
        self.assertIn("a .deb does not fit", result.line("host1: failed while planned: stone 2.0-1: "))
        self.gone(result)


class BusyboxTest(PlatformTest):
    root = "busybox"

    def test_a_program_runs_where_there_is_only_busybox_and_dropbear(self):
        self.run_once("-t", "root@host1")

    def test_its_dpkg_and_rpm_do_not_count(self):
        for package, kind in ((self.deb("stone"), ".deb"), (self.rpm("stone"), ".rpm")):
            with self.subTest(kind):
                result = self.deploy("-t", "host1", package)
                self.ended(result, COMPONENT_FAILED)
                self.assertIn(f": a {kind} does not fit BusyBox only", result.line("host1: failed while planned: "))
                self.gone(result)


class ShellsTest(PlatformTest):
    root = "shells"
    hosts = 3
    may = ("*/.config", "*/.config/fish*", "*/.local", "*/.local/share", "*/.local/share/fish*")  # by fish itself

    def test_the_login_shell_may_be_any(self):
        for host, shell in (("host1", "/usr/bin/fish"), ("host2", "/bin/tcsh")):
            with self.subTest(shell):
                self.lab.sh(host, f"usermod --shell {shell} ops && usermod --shell {shell} root")
                self.run_once("-t", f"ops@{host}", "--sudo", host=host)
                self.run_once("-t", f"root@{host}", host=host)

    def test_a_shell_that_talks_at_each_login_does_not_disturb(self):
        self.lab.sh("host3", r"""printf '%s\n' 'echo "Welcome to $(hostname)"' 'read -t 0.2 line' \
            'printf "no newline here "' 'echo oops >&2' | tee /root/.bashrc >/home/ops/.bashrc""")
        self.run_once("-t", "ops@host3", "--sudo", host="host3")
        self.run_once("-t", "root@host3", host="host3")


class Aarch64Test(PlatformTest):
    """All programs of the host are for aarch64, sshd and the agent, too; qemu runs them on this machine's kernel."""

    root = "arm64"

    @classmethod
    def setUpClass(cls):
        if not ARM_AGENT.exists():
            raise unittest.SkipTest(f"no {ARM_AGENT}; 'scripts/build-agent-aarch64 PRESET' builds it")
        able = subprocess.run([*base.runner(roots.KINDS[cls.root]), "true"], capture_output=True, text=True)
        if able.returncode != 0:
            raise unittest.SkipTest(able.stderr.strip())
        super().setUpClass()

    def test_the_whole_cycle(self):
        self.install(self.deb("stone"), "ops@host1")
        inventory = self.lab.soapstone("inventory", "-t", "host1", "--json")
        self.ended(inventory, OK)
        self.assertIn('"aarch64"', inventory.out)

    def test_a_program_for_its_processor_fits_and_one_for_another_does_not(self):
        here, there = self.components / "here", self.components / "there"
        shutil.copy(self.lab.inside.host("host1").root() / "usr/bin/true", there)
        shutil.copy("/usr/bin/true", here)
        result = self.deploy("-t", "host1", there)
        self.ended(result, OK)
        self.gone(result)
        result = self.deploy("-t", "host1", here)
        self.ended(result, COMPONENT_FAILED)
        self.assertIn("a program for x86_64 does not fit Debian GNU/Linux 12 (bookworm) on aarch64",
                      result.line("host1: failed while planned: here: "))
        self.gone(result)


if __name__ == "__main__":
    unittest.main()

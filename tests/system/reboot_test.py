#!/usr/bin/env python3
"""Reboots that Soapstone makes: when, announced how, taken back, and what is known of them whatever dies meanwhile."""

import signal
import subprocess
import time
import unittest

from support import COMPONENT_FAILED, INTERRUPTED, LONG, OK, SystemTest, kill, look, until
from windows_test import INSTALLED, WindowsTest

from soapstone_lab import procs  # support has made its path known

OK_REBOOT, NOT_VERIFIED = 1, 7
BOOT_ID = "/proc/sys/kernel/random/boot_id"
SAID = "/var/log/lab-power"  # how the host's shutdown and reboot were called
MINUTE = "/etc/lab-minute"  # seconds that its shutdown takes for one
ABOUT_TO = "^host1: the agent is about to reboot the target in"
ASKS = "touch /run/reboot-required"  # what a package does that wants one
NOT_LONG = "SOAPSTONE_LONG=1 runs it: the reboot itself is as in the others"
EACH_BOOT = ("process ", "port ", "file /run/", "file /tmp/wine-")  # the host's own are others after a boot


def only_logs_stay(lab, host):
    """Asserts that nothing but logs of ours is there."""
    def strange():
        return [line for line in lab.strange(host, [SAID, MINUTE, *INSTALLED])
                if "oapstone" in line or not line.startswith(EACH_BOOT)]

    end = time.monotonic() + 10
    while strange() and time.monotonic() < end:
        time.sleep(0.2)
    assert strange() == [], f"on {host}: {strange()}"


class RebootTest(SystemTest):
    hosts = 1

    def boots(self, host="host1"):
        """Whether another boot runs than before."""
        return self.boot(host) != self.booted[host]

    def boot(self, host):
        return self.lab.sh(host, f"cat {BOOT_ID}")

    def setUp(self):
        super().setUp()
        self.minute(2)
        self.booted = {}
        for host in self.lab.inside.hosts():
            (host.root() / SAID.lstrip("/")).unlink(missing_ok=True)
            self.booted[host.name] = self.boot(host.name)
        self.lab.snapshot()

    def minute(self, seconds):
        for host in self.lab.inside.hosts():
            (host.root() / MINUTE.lstrip("/")).write_text(f"{seconds}\n")

    def stays_off(self, seconds, host="host1"):
        """Its next boot begins so late."""
        (self.lab.inside.host(host).dir / "reboot").write_text(f"{seconds}\n")

    def is_off(self, host="host1"):
        return self.lab.inside.host(host).init() is None

    def said(self, host="host1"):
        return self.lab.read(host, SAID).splitlines()


class PolicyTest(RebootTest):
    def test_a_package_that_asks_gets_its_reboot_and_is_looked_at_again(self):
        result = self.lab.soapstone("deploy", "-t", "host1", "--reboot", "needed", "--reboot-message",
                                    "kernel, back soon", self.deb("asks", script=ASKS))
        self.ended(result, OK)
        target = result.target("host1")
        self.assertEqual((target["outcome"], target["rebooted"]), ("updated", True), str(result))
        times = target["reboot"]
        self.assertLess(times["ordered"], times["down"])
        self.assertLess(times["down"], times["back"])
        self.assertTrue(self.boots())
        self.assertEqual(self.said(), ["shutdown -r -- +1 kernel, back soon"])
        for phase in ("rebooting", "reconnecting", "verifying: looking whether all is there after the reboot"):
            self.assertTrue(any(line.startswith(f"host1: {phase}") for line in result.said), str(result))
        self.assertNotIn("did not answer", result.err)
        self.assertTrue(target["agent_log"]["intact"])
        only_logs_stay(self.lab, "host1")

    def test_without_the_option_it_is_only_told(self):
        result = self.lab.soapstone("deploy", "-t", "host1", self.deb("told", script=ASKS))
        self.ended(result, OK_REBOOT)
        target = result.target("host1")
        self.assertEqual((target["outcome"], target["rebooted"], target["reboot"]),
                         ("updated_reboot_pending", False, None))
        self.assertFalse(self.boots())

    def test_a_package_that_does_not_ask_gets_one_only_always(self):
        quiet = self.deb("quiet")
        result = self.lab.soapstone("deploy", "-t", "host1", "--reboot", "needed", quiet)
        self.ended(result, OK)
        self.assertFalse(result.target("host1")["rebooted"], str(result))
        self.assertEqual(self.said(), [])
        again = self.lab.soapstone("deploy", "-t", "host1", "--reboot", "always", quiet)
        self.assertEqual(again.target("host1")["outcome"], "nothing_needed", str(again))
        self.assertEqual(self.said(), [])
        other = self.lab.soapstone("deploy", "-t", "host1", "--reboot", "always", self.deb("other"))
        self.ended(other, OK)
        self.assertTrue(other.target("host1")["rebooted"], str(other))
        self.assertTrue(self.boots())
        self.assertEqual(self.said(), ["shutdown -r -- +1"])

    def test_a_package_that_the_boot_loses_is_told(self):
        self.minute(6)
        running = self.lab.start("deploy", "-t", "host1", "--reboot", "needed", self.deb("lost", script=ASKS))
        running.wait_for("^host1: rebooting")
        self.lab.sh("host1", "dpkg --purge lost")
        result = running.end()
        self.ended(result, NOT_VERIFIED)
        self.assertIn("host1: not verified while verifying: lost 1.0-1 was installed, but after the reboot", result.out)
        self.assertTrue(result.target("host1")["rebooted"])


class InterruptionTest(RebootTest):
    def asking(self, name, *options):
        return self.lab.start("deploy", "-t", "host1", "--reboot", "needed", *options, self.deb(name, script=ASKS))

    def test_an_interrupt_in_the_delay_takes_it_back(self):
        self.minute(60)
        running = self.asking("regret")
        until(self.said, 10, "shutdown was told")
        running.send(signal.SIGINT)
        result = running.end()
        target = result.target("host1")
        self.assertEqual((target["outcome"], target["rebooted"], target["reboot"]["cancelled"]),
                         ("updated_reboot_pending", False, True), str(result))
        self.ended(result, INTERRUPTED)
        self.assertEqual([line.split()[:2] for line in self.said()], [["shutdown", "-r"], ["shutdown", "-c"]])
        self.assertFalse(self.boots())
        only_logs_stay(self.lab, "host1")

    def test_a_manager_killed_while_the_target_is_down_goes_on_without_a_second_reboot(self):
        self.stays_off(1_000)
        running = self.asking("resumed")
        running.wait_for("^host1: reconnecting")
        until(self.is_off, 20, "it is off")
        running.kill()
        resumed = self.lab.start("resume")
        resumed.wait_for("^host1: scouting")
        time.sleep(5)  # it finds nobody
        self.switch_on("host1")
        result = resumed.end()
        self.ended(result, OK)
        self.assertEqual((result.target("host1")["outcome"], result.target("host1")["rebooted"]), ("updated", True))
        self.assertEqual(len(self.said()), 1, self.said())
        only_logs_stay(self.lab, "host1")

    @unittest.skipUnless(LONG, NOT_LONG)
    def test_a_manager_killed_in_the_delay_finds_the_reboot_that_it_ordered(self):
        self.minute(12)
        running = self.asking("early")
        until(self.said, 60, "shutdown was told")
        running.kill()
        result = self.lab.soapstone("resume")
        self.ended(result, OK)
        self.assertTrue(result.target("host1")["rebooted"], str(result))
        self.assertEqual(len(self.said()), 1, self.said())

    def test_a_target_that_does_not_come_back_keeps_the_run_open(self):
        self.stays_off(1_000)
        result = self.asking("gone", "--reboot-timeout", "10").end()
        self.ended(result, COMPONENT_FAILED)
        self.assertIn("host1: interrupted while reconnecting: gone 1.0-1 installed, then the target was rebooted: did not "
                      "come back within 10.0 s", result.out)
        self.assertIn("to go on: soapstone resume", result.out)
        self.switch_on("host1")
        resumed = self.lab.soapstone("resume")
        self.ended(resumed, OK)
        self.assertTrue(resumed.target("host1")["rebooted"], str(resumed))
        only_logs_stay(self.lab, "host1")

    def switch_on(self, host):
        """Ends the time for which it was to stay off."""
        keeper = procs.read(self.lab.inside.host(host).dir / "keeper")
        subprocess.run(["pkill", "-P", str(keeper.pid), "-x", "sleep"], check=True)
        until(lambda: not self.is_off(host), 20, f"{host} is up")


class WaitTest(RebootTest):
    """A system without shutdown: the agent waits itself."""

    def setUp(self):
        super().setUp()
        self.lab.sh("host1", "rm -f /usr/sbin/shutdown")
        self.lab.snapshot()

    def test_where_there_is_no_shutdown_the_agent_waits(self):
        begin = time.monotonic()
        result = self.lab.soapstone("deploy", "-t", "host1", "--reboot", "always", "--reboot-delay", "15",
                                    self.deb("waits"))
        self.ended(result, OK)
        self.assertGreater(time.monotonic() - begin, 15)
        self.assertTrue(result.target("host1")["rebooted"], str(result))
        self.assertEqual(self.said(), ["reboot "])

    @unittest.skipUnless(LONG, NOT_LONG)
    def test_an_agent_that_is_killed_meanwhile_is_replaced_and_its_successor_waits_on(self):
        running = self.lab.start("deploy", "-t", "host1", "--reboot", "always", "--reboot-delay", "15",
                                 self.deb("killed"))
        running.wait_for(ABOUT_TO)
        machine = self.lab.inside.host("host1")
        agent = next(one for one in look.processes(machine.running()) if "soapstone-agent" in (one["exe"] or ""))
        kill.kill(machine, str(agent["pid"]), "KILL")
        result = running.end()
        self.ended(result, OK)
        self.assertTrue(result.target("host1")["rebooted"], str(result))
        self.assertEqual(self.said(), ["reboot "])

    @unittest.skipUnless(LONG, NOT_LONG)
    def test_an_interrupt_ends_the_wait(self):
        running = self.lab.start("deploy", "-t", "host1", "--reboot", "always", "--reboot-delay", "15",
                                 self.deb("halted"))
        running.wait_for(ABOUT_TO)
        running.send(signal.SIGINT)
        result = running.end()
        self.ended(result, INTERRUPTED)
        time.sleep(16)
        self.assertFalse(self.boots())
        self.assertEqual(self.said(), [])


class OnWindowsTest(WindowsTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab.sh("host1", "touch /etc/lab-restarts")
        cls.lab("reboot", "host1")
        cls.lab.snapshot()

    def asking(self, *options):
        return self.lab.start("deploy", *self.login(), "-t", "host1", "--reboot", "needed", "--reboot-message",
                              "back soon", *options, self.batch("asks.cmd", "exit /b 3010"))

    def setUp(self):
        super().setUp()
        self.lab.sh("host1", f"rm -f {SAID}")

    def said(self):
        return self.lab.read("host1", SAID).splitlines()

    def test_windows_is_asked_to_restart_and_looked_at_again(self):
        result = self.asking().end()
        self.ended(result, OK)
        target = result.target("host1")
        self.assertEqual((target["outcome"], target["rebooted"], target["left"]), ("updated", True, "logs only"))
        # 15 s, close programs, boot anew; application, installation, planned
        self.assertEqual(self.said(), ['InitiateSystemShutdownExW (null) L"back soon" 15 1 1 0x80040002'])
        only_logs_stay(self.lab, "host1")

    def test_an_interrupt_aborts_the_restart(self):
        running = self.asking("--reboot-delay", "120")
        running.wait_for(ABOUT_TO)
        running.send(signal.SIGINT)
        result = running.end()
        self.ended(result, INTERRUPTED)
        self.assertFalse(result.target("host1")["rebooted"], str(result))
        self.assertEqual([line.split()[0] for line in self.said()],
                         ["InitiateSystemShutdownExW", "AbortSystemShutdownW"])
        only_logs_stay(self.lab, "host1")


if __name__ == "__main__":
    unittest.main()

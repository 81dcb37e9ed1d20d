#!/usr/bin/env python3
"""Windows targets: the agent as a service, through ADMIN$ and the service manager, alone and beside Linux targets."""

import subprocess
import sys
import time
import unittest
import uuid
from contextlib import contextmanager
from pathlib import Path

from support import COMPONENT_FAILED, LAB, LEFTOVERS, LONG, OK, UNREACHABLE, SystemTest, until

STATE = "/c/windows/Soapstone"
# Samba counts wrong passwords in its own file.
INSTALLED = ["/etc/samba/smbpasswd", "/c/Program Files/*", "/c/windows/Installer*", "/c/count.txt", "/c/said.txt"]
LEASE = 10

WXS = """<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Name="{name}" Id="{product}" UpgradeCode="{family}" Language="1033" Codepage="1252" Version="{version}"
           Manufacturer="Lab">
    <Package Id="*" Manufacturer="Lab" InstallerVersion="200" Languages="1033" Compressed="yes" SummaryCodepage="1252"/>
    <Media Id="1" Cabinet="all.cab" EmbedCab="yes"/>
    <Directory Id="TARGETDIR" Name="SourceDir">
      <Directory Id="ProgramFiles64Folder"><Directory Id="INSTALLDIR" Name="{name}">
        <Component Id="Main" Guid="{component}"><File Id="F" Name="tool.txt" DiskId="1" Source="tool.txt" KeyPath="yes"/>
        </Component>
      </Directory></Directory>
    </Directory>
    <Feature Id="Complete" Level="1"><ComponentRef Id="Main"/></Feature>
    {more}
  </Product>
</Wix>
"""
MUST_REBOOT = '<InstallExecuteSequence><ScheduleReboot After="InstallFinalize"/></InstallExecuteSequence>'


class WindowsTest(SystemTest):
    root = "windows"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab.snapshot()

    def login(self, user="Administrator"):
        return ["--smb", "--user", user, "--password-file", self.lab.password(user)]

    def deploy(self, targets, *words, **how):
        return self.lab.soapstone("deploy", *self.login(), "-t", targets, *words, **how)

    def msi(self, name, version="1.0.0", more=""):
        """Builds a real package."""
        folder = self.components / f"{name}-{version}"
        folder.mkdir(exist_ok=True)
        (folder / "tool.txt").write_text(f"{name} {version}\n")
        codes = {key: str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name} {key} {version if key == 'product' else ''}")).upper()
                 for key in ("product", "family", "component")}
        (folder / "tool.wxs").write_text(WXS.format(name=name, version=version, more=more, **codes))
        package = self.components / f"{name}_{version}.msi"
        subprocess.run(["wixl", "-a", "x64", "-o", package, "tool.wxs"], cwd=folder, check=True, capture_output=True)
        return package

    def batch(self, name, text):
        file = self.components / name
        file.write_text("@echo off\r\n" + text.replace("\n", "\r\n") + "\r\n")
        return file

    def counting(self, seconds=0):
        """A batch file that leaves a line in C:\\count.txt at each run, takes its time, and ends well also where wine, on a
        loaded machine, does not start the program that the time is taken by."""
        wait = f"ping -n {seconds + 1} 127.0.0.1 >nul\n" if seconds else ""
        return self.batch("count.cmd", f"echo run>>C:\\count.txt\necho begins\n{wait}echo ends\nexit /b 0")

    def counted(self, host):
        return self.lab.read(host, "/c/count.txt").count("run")

    def forget(self, *hosts):
        for host in hosts:
            self.lab.sh(host, "rm -f /c/count.txt /c/said.txt")

    def clean(self, *hosts, may=(), seconds=10):
        super().clean(*hosts, may=[*INSTALLED, *may], seconds=seconds)

    def fails(self, result, code, host, text, hint=""):
        """It ends so, and says why and what is to be done; nothing is left."""
        self.ended(result, code)
        target = result.target(host)
        self.assertIn(text, target["text"])
        self.assertIn(hint, target.get("hint", ""))
        self.clean(host)


class MixedTest(WindowsTest):
    hosts = 2
    more = 1

    def test_each_target_takes_what_fits_its_platform(self):
        fleet = self.components / "mixed.yaml"
        fleet.write_text("hosts:\n  host1: {connection: smb}\n  host2: {connection: smb}\n  host3: {user: root}\n")
        result = self.lab.soapstone("deploy", "-f", fleet, "--password-file", self.lab.password("Administrator"),
                                    self.msi("Lab Tool", "1.2.3"), self.deb("tool"))
        self.ended(result, OK)
        for host, fits, other in (("host1", "Lab Tool", "a .deb does not fit"), ("host2", "Lab Tool", "a .deb does not fit"),
                                  ("host3", "tool", "a .msi does not fit")):
            with self.subTest(host):
                target = result.target(host)
                self.assertEqual((target["outcome"], target["left"]), ("updated", "logs only"))
                self.assertEqual({one["name"]: one["verified"] for one in target["components"]},
                                 {"Lab Tool": fits == "Lab Tool", "tool": fits == "tool"})
                self.assertIn(other, " ".join(target["notices"]))
                self.assertTrue(target["agent_log"]["intact"])
                self.assertNotEqual(result.log(host, fits.replace(" ", "_")), "")
        self.assertEqual(self.lab.read("host1", "/c/Program Files/Lab Tool/tool.txt"), "Lab Tool 1.2.3\n")
        self.clean("host1", "host2")
        again = self.lab.soapstone("deploy", "-f", fleet, "--password-file", self.lab.password("Administrator"),
                                   self.msi("Lab Tool", "1.2.3"), self.deb("tool"))
        self.assertEqual([target["outcome"] for target in again.report["targets"]], ["nothing_needed"] * 3, str(again))
        self.clean("host1", "host2")

    def test_what_fits_no_target_is_told_before_anything_is_done(self):
        result = self.deploy("host1", self.deb("alone"))
        self.ended(result, COMPONENT_FAILED)
        self.assertIn("a .deb does not fit", result.out)
        self.clean("host1")


class ComponentsTest(WindowsTest):
    hosts = 2

    def test_programs_of_each_kind_run_and_their_output_is_kept(self):
        said = self.batch("say.cmd", 'echo first "%~1"\necho to the other stream 1>&2\nexit /b 0')
        result = self.deploy("host1", said)
        self.ended(result, OK)
        self.assertIn("to the other stream", result.log("host1", "say.cmd"))
        self.clean("host1")

    def test_an_exit_code_is_told(self):
        result = self.deploy("host1", self.batch("bad.cmd", "echo no room\nexit /b 7"))
        self.fails(result, COMPONENT_FAILED, "host1", "ended with exit code 7: no room")
        self.assertEqual(result.target("host1")["components"][0]["exit_code"], 7)

    def test_a_package_that_wants_a_reboot_is_told(self):
        result = self.deploy("host1", self.msi("Wants Reboot", more=MUST_REBOOT))
        self.assertEqual(result.target("host1")["outcome"], "updated_reboot_pending", str(result))
        self.assertIn("3010", result.target("host1")["components"][0]["text"])
        self.clean("host1")

    def test_a_deadline_ends_the_whole_tree(self):
        program = self.batch("long.cmd", "start /b ping -n 100 127.0.0.1\nping -n 100 127.0.0.1 >nul")
        result = self.deploy("host1", "--timeout", "3", program)
        self.fails(result, COMPONENT_FAILED, "host1", "did not end within 3.0 s")

    def test_a_package_that_is_damaged_is_refused_here(self):
        package = self.components / "damaged.msi"
        package.write_bytes(self.msi("Good").read_bytes()[:3000])
        result = self.deploy("host1", package)
        self.assertNotEqual(result.code, OK)
        self.assertIn("damaged.msi", result.err)
        self.clean("host1")


class LoginTest(WindowsTest):
    """Roads and logins: each is one inventory, which is a whole life of an agent."""

    hosts = 1

    def tearDown(self):
        self.lab("heal", "host1")
        self.lab("smb", "host1")
        super().tearDown()

    def inventory(self, *words, target="host1", login=None, environment=None):
        self.lab.snapshot()  # as the host is configured now
        words = [*(self.login() if login is None else login), "-t", target, *words]
        return self.lab.soapstone("inventory", *words, environment=environment)

    def works(self, result, target="host1"):
        self.ended(result, OK)
        self.assertEqual(result.target(target)["left"], "logs only")
        self.clean("host1")

    def test_a_wrong_password_is_tried_once(self):
        wrong = self.components / "wrong"
        wrong.write_text("not this one")
        wrong.chmod(0o600)
        result = self.inventory(login=["--smb", "--password-file", wrong])
        self.fails(result, UNREACHABLE, "host1", "the user name or the password is wrong", "--ask-password")

    def test_who_is_no_administrator_is_told_what_is_missing(self):
        result = self.inventory(login=self.login("plain"))
        self.fails(result, UNREACHABLE, "host1", "is no administrator there", "LocalAccountTokenFilterPolicy")

    def test_a_host_without_smb_is_told(self):
        for port in (445, 139):
            self.lab("block", "host1", "--direction", "to-host", "--port", port, "--reject")
        result = self.inventory()
        self.fails(result, UNREACHABLE, "host1", "no SMB at host1: port 445: ", "File and Printer Sharing")

    def test_port_139_will_do(self):
        self.lab("block", "host1", "--direction", "to-host", "--port", 445, "--reject")
        self.works(self.inventory())

    def test_a_netbios_name_is_found_by_broadcast(self):
        self.lab("smb", "host1", "netbios name = WINTGT")
        until(lambda: "WINTGT<00>" in self.lab("exec", "workstation", "--", "nmblookup", "-B", "10.83.255.255", "WINTGT",
                                               check=False), 60, "the name is registered")
        self.works(self.inventory("--netbios", target="WINTGT"), "WINTGT")

    def test_a_server_may_demand_encryption(self):
        self.lab("smb", "host1", "server smb encrypt = required")
        self.works(self.inventory())

    def test_a_server_of_smb_2_1_is_refused_unless_it_is_allowed(self):
        self.lab("smb", "host1", "server max protocol = SMB2_10")
        self.fails(self.inventory(), UNREACHABLE, "host1", "cannot encrypt", "--allow-smb2")
        self.works(self.inventory("--allow-smb2"))

    def test_kerberos_by_password_and_by_tickets(self):
        config = self.lab("realm").strip()
        environment = {"KRB5_CONFIG": config}
        with self.subTest("by password"):
            self.works(self.inventory("--kerberos", "--domain", "LAB.TEST", environment=environment))
        tickets = self.components / "tickets"
        subprocess.run(["ip", "netns", "exec", self.lab.facts["workstation"]["netns"], "env", f"KRB5_CONFIG={config}",
                        "kinit", "-c", tickets, "Administrator"], check=True, stdout=subprocess.DEVNULL, text=True,
                       input=Path(self.lab.password("Administrator")).read_text() + "\n")
        with self.subTest("by tickets"):
            environment["KRB5CCNAME"] = f"FILE:{tickets}"
            self.works(self.inventory(login=["--smb"], environment=environment))
        with self.subTest("without tickets"):
            environment["KRB5CCNAME"] = f"FILE:{self.components}/none"
            result = self.inventory(login=["--smb"], environment=environment)
            self.fails(result, UNREACHABLE, "host1", "there are no Kerberos tickets", "kinit")


class FaultsTest(WindowsTest):
    """What goes wrong on the way has one clear line, and leaves nothing."""

    hosts = 1

    def tearDown(self):
        self.lab("heal", "host1")
        self.lab("release", "host1", check=False)
        self.lab("unblock", "host1")
        super().tearDown()

    def start(self, *words):
        return self.lab.start("deploy", *self.login(), "-t", "host1", "--lease", LEASE, *words)

    def test_a_port_that_is_taken_is_passed_over(self):
        self.lab("occupy", "host1", 62286)
        result = self.deploy("host1", self.counting())
        self.lab("release", "host1", 62286)
        self.ended(result, OK)
        self.assertIn("62287", self.lab.read("host1", f"{STATE}/{result.run}/logs/agent.log"))
        self.clean("host1")

    def test_a_disk_that_fills_up_during_the_copy_is_told(self):
        self.ended(self.deploy("host1", self.counting()), OK)  # now there is the folder
        self.lab("fill", "host1", STATE, "--free", 2_000_000)
        result = self.deploy("host1", self.counting())
        self.lab("tmp", "host1", "normal", STATE)
        self.fails(result, COMPONENT_FAILED, "host1", "No space left on device", "make room")

    @contextmanager
    def meanwhile(self, script):
        """Does this on the host, again and again."""
        again = subprocess.Popen([LAB, "--name", self.lab.name, "exec", "host1", "--", "sh", "-c",
                                  f"while [ ! -e /tmp/enough ]; do {script}; sleep 0.005; done; rm /tmp/enough"],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield
        finally:
            self.lab.sh("host1", "touch /tmp/enough")
            again.wait(30)

    def test_the_record_of_an_open_port_stays_until_an_agent_has_closed_it(self):
        folder = f"{STATE}/{'ab' * 16}"
        self.ended(self.deploy("host1", self.counting()), OK)  # now there is the folder above
        self.lab.sh("host1", f"mkdir -m 700 {folder} && echo soapstone-rule >{folder}/firewall-1")
        swept = self.lab.soapstone("cleanup", *self.login(), "-t", "host1")
        self.ended(swept, LEFTOVERS)
        self.assertIn("the next agent there closes", swept.out + swept.err)
        self.ended(self.lab.soapstone("inventory", *self.login(), "-t", "host1"), OK)
        self.lab.sh("host1", f"rmdir {folder}")  # nothing is in it any more
        self.clean("host1")

    def test_a_program_that_somebody_takes_away_is_told_as_that(self):
        with self.meanwhile(f"rm -f {STATE}/*/agent-*/soapstone-agent.exe"):
            for _ in range(5):
                result = self.deploy("host1", self.counting())
                if "File not found" not in result.target("host1")["text"]:
                    break  # else it ran already when it was taken, which Windows does not allow
        self.fails(result, COMPONENT_FAILED, "host1", " gone", "antivirus")

    def test_one_machine_under_two_names_is_worked_on_once(self):
        self.forget("host1")
        address = self.lab.facts["hosts"][0]["ipv4"]
        result = self.deploy(f"host1,{address}", self.counting(2))
        self.ended(result, COMPONENT_FAILED)
        outcomes = {target["name"]: (target["outcome"], target["text"]) for target in result.report["targets"]}
        self.assertEqual(sorted(outcome for outcome, _ in outcomes.values()), ["failed", "updated"], str(result))
        self.assertIn("it is the same machine as", " ".join(text for _, text in outcomes.values()))
        self.assertEqual(self.counted("host1"), 1)
        self.clean("host1")

    def test_two_runs_do_not_meet_on_a_target(self):
        self.forget("host1")
        first = self.start(self.counting(6))
        first.wait_for("^host1: installing", 60)
        second = self.deploy("host1", self.counting())
        self.assertNotEqual(second.code, OK)
        self.assertIn("is at work on this target", second.target("host1")["text"])
        self.ended(first.end(), OK)
        self.assertEqual(self.counted("host1"), 1)
        self.clean("host1")

    def test_an_upload_that_breaks_off_leaves_nothing(self):
        running = self.start(self.counting())
        running.wait_for("^host1: copying", 60)
        self.lab("cut", "host1")
        result = running.end(240)
        self.assertNotEqual(result.code, OK)
        self.lab("heal", "host1")
        self.swept("host1")

    def test_a_manager_that_is_killed_is_followed_by_a_clean_host(self):
        """In each phase; a resume then ends what was begun, and the program ran once."""
        phases = ("copying", "starting", "installing", "collecting", "removing")
        for phase in phases if LONG else phases[1:3]:
            with self.subTest(phase):
                self.forget("host1")
                running = self.start(self.counting(2))
                running.wait_for(f"^host1: {phase}", 60)
                killed = running.kill()
                resumed = self.lab.soapstone("resume", "--password-file", self.lab.password("Administrator"),
                                             data=killed.data)
                if "every run is finished" not in resumed.err:
                    self.ended(resumed, OK)
                self.assertEqual(self.counted("host1"), 1)
                self.swept("host1")

    def test_an_agent_that_is_killed_is_followed_by_another(self):
        """Killed so early that it has no order yet, it may have been too early for another one, too."""
        for phase, ends in (("starting", {COMPONENT_FAILED: 0, OK: 1}), ("installing", {OK: 1})):
            with self.subTest(phase):
                self.forget("host1")
                running = self.start(self.counting(3))
                running.wait_for(f"^host1: {phase}", 60)
                until(self.kill_agent, 20, "there is an agent to be killed")
                result = running.end()
                self.assertIn(result.code, ends, str(result))
                self.assertEqual(self.counted("host1"), ends[result.code])
                self.clean("host1")

    def kill_agent(self):
        try:
            self.lab("kill", "host1", "soapstone-agent.exe service")
            return True
        except AssertionError:  # it is not there yet
            return False

    def test_an_agent_whose_manager_is_gone_removes_itself(self):
        running = self.start(self.counting(2))
        running.wait_for("^host1: installing", 60)
        running.kill()
        self.clean("host1", seconds=LEASE + 30)

    def swept(self, host):
        """Clean after the lease, or once somebody looks: 'cleanup' needs nothing but the host's name."""
        end = time.monotonic() + LEASE + 15
        while self.lab.strange(host, INSTALLED) and time.monotonic() < end:
            time.sleep(0.5)
        if self.lab.strange(host, INSTALLED):
            self.lab.soapstone("cleanup", *self.login(), "-t", host)
        self.clean(host)


class ManyTest(WindowsTest):
    """The whole life of an agent again and again, on eight hosts at a time."""

    hosts = 8

    def test_cycles_in_a_row(self):
        rounds = 25 if LONG else 2
        begin = time.monotonic()
        for _ in range(rounds):
            self.forget(*(f"host{i}" for i in range(1, 9)))
            result = self.deploy("host[1-8]", self.counting())
            self.ended(result, OK)
            self.assertEqual([target["left"] for target in result.report["targets"]], ["logs only"] * 8)
            self.assertEqual([self.counted(f"host{i}") for i in range(1, 9)], [1] * 8)
        print(f"  {8 * rounds} cycles in {time.monotonic() - begin:.1f} s", file=sys.stderr)
        self.clean(*(f"host{i}" for i in range(1, 9)))


if __name__ == "__main__":
    unittest.main()

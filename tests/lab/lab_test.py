#!/usr/bin/env python3
"""The lab's own test: real hosts, about half a minute. Run as root: python3 tests/lab/lab_test.py"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
sys.dont_write_bytecode = True

from fake_bmc.process import Link, Member  # noqa: E402  (the path had to come first)

LAB = Path(__file__).resolve().parent / "lab"
NAME = f"test-{os.getpid()}"
FIXED = {}
BOOT_ID = "/proc/sys/kernel/random/boot_id"


def call(*words, limit=300):
    """Runs the lab command and returns what became of it."""
    return subprocess.run([LAB, "--name", NAME, *map(str, words)], capture_output=True, text=True, timeout=limit,
                          stdin=subprocess.DEVNULL)


def lab(*words):
    """Runs the lab command, which must succeed, and returns what it printed."""
    done = call(*words)
    if done.returncode != 0:
        raise AssertionError(f"lab {' '.join(map(str, words))}: {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def info():
    """The lab as it is now; the fixed part of it (users, keys, known_hosts) stays in FIXED for the logins."""
    FIXED.update(json.loads(lab("info", "--json")))
    return dict(FIXED)


def bmcs_of(facts):
    """The lab's BMCs, to be asked and told things."""
    return [Member(Link(one["control_socket"], one["user"], Path(one["password_file"]).read_text().strip()), one)
            for one in facts["bmcs"]]


def inside(host, script):
    """Runs a shell script as root in a host; returns the exit status."""
    return call("exec", host, "--", "sh", "-c", script).returncode


def daemon(host, command):
    """Leaves a program running in a host, as an agent would: it holds none of our files open."""
    lab("exec", host, "--", "sh", "-c", f"setsid -f {command} </dev/null >/dev/null 2>&1")


def said(host, script):
    return lab("exec", host, "--", "sh", "-c", script).strip()


def ssh(address, *command, options=(), environment=()):
    """Logs in from the workstation; host keys must be the known ones."""
    return call("exec", "workstation", "--", "env", *environment, "ssh", "-o", "ConnectTimeout=3",
                "-o", f"UserKnownHostsFile={FIXED['known_hosts']}", *options, address, *command)


def by_key(user, host, *command, kind="ed25519"):
    return ssh(f"{user}@{host}", *command,
               options=("-i", FIXED["keys"][kind], "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"))


def by_password(user, host, *command):
    """SSH asks a program for the password, so no terminal and no helper package is needed."""
    file = next(one["password_file"] for one in FIXED["users"] if one["name"] == user)
    with tempfile.TemporaryDirectory() as folder:
        ask = Path(folder) / "ask"
        ask.write_text(f"#!/bin/sh\nexec cat '{file}'\n")
        ask.chmod(0o700)
        return ssh(f"{user}@{host}", *command, options=("-o", "PubkeyAuthentication=no"),
                   environment=(f"SSH_ASKPASS={ask}", "SSH_ASKPASS_REQUIRE=force"))


class WithLab(unittest.TestCase):
    """Three hosts for all tests of a class; each test leaves them as it found them."""

    @classmethod
    def setUpClass(cls):
        cls.addClassCleanup(call, "down")
        lab("up", 3)
        info()

    def reaches(self, host, port=22, address=None):
        """Whether the workstation gets a connection within a second or so."""
        script = f"timeout 1.5 bash -c '</dev/tcp/{address or host}/{port}'"
        return call("exec", "workstation", "--", "sh", "-c", script).returncode == 0


class Logins(WithLab):
    def test_every_user_gets_in_by_key(self):
        for user in ("root", "admin", "ops", "plain"):
            self.assertEqual(by_key(user, "host1", "id", "-un").stdout.strip(), user)
        self.assertEqual(by_key("root", "host1", "id", "-un", kind="rsa").stdout.strip(), "root")

    def test_every_user_but_root_gets_in_by_password(self):
        for user in ("admin", "ops", "plain"):
            self.assertEqual(by_password(user, "host1", "id", "-un").stdout.strip(), user)

    def test_sudo_asks_admin_trusts_ops_and_refuses_plain(self):
        self.assertNotEqual(by_key("admin", "host1", "sudo", "-n", "id", "-u").returncode, 0)
        self.assertEqual(by_key("ops", "host1", "sudo", "-n", "id", "-u").stdout.strip(), "0")
        self.assertNotEqual(by_key("plain", "host1", "sudo", "-n", "id", "-u").returncode, 0)
        file = next(one["password_file"] for one in FIXED["users"] if one["name"] == "admin")
        answer = subprocess.run([LAB, "--name", NAME, "exec", "host1", "--user", "admin", "--",
                                 "sudo", "-S", "-p", "", "id", "-u"],
                                input=Path(file).read_text() + "\n", capture_output=True, text=True)
        self.assertEqual(answer.stdout.strip(), "0")

    def test_ipv6_works_from_the_first_moment(self):
        host = info()["hosts"][1]
        self.assertEqual(by_key("root", host["ipv6"], "hostname").stdout.strip(), "host2")

    def test_a_changed_host_key_is_noticed_until_it_is_trusted(self):
        lab("rekey", "host3")
        self.assertIn("HOST IDENTIFICATION HAS CHANGED", by_key("root", "host3", "true").stderr)
        lab("rekey", "host3", "--kinds", "rsa", "--trust")
        self.assertEqual(by_key("root", "host3", "true").returncode, 0)
        self.assertEqual(len(lab("hostkey", "host3").splitlines()), 1)

    def test_sshd_can_be_made_stricter_and_keeps_its_settings_when_they_are_wrong(self):
        lab("sshd", "host2", "PasswordAuthentication no")
        self.assertNotEqual(by_password("ops", "host2", "true").returncode, 0)
        self.assertIn("Nonsense", call("sshd", "host2", "Nonsense yes").stderr)
        self.assertNotEqual(by_password("ops", "host2", "true").returncode, 0)
        lab("sshd", "host2")
        self.assertEqual(by_password("ops", "host2", "true").returncode, 0)


class Network(WithLab):
    def test_a_cut_host_is_gone_until_it_is_healed(self):
        lab("cut", "host1")
        self.assertFalse(self.reaches("host1"))
        self.assertTrue(self.reaches("host2"))
        lab("heal", "host1")
        self.assertTrue(self.reaches("host1"))
        self.assertTrue(self.reaches("host1", address=info()["hosts"][0]["ipv6"]))

    def test_a_block_stops_one_port_in_one_direction(self):
        lab("occupy", "host1", 62286)
        lab("block", "host1", "--direction", "to-host", "--port", 62286)
        self.assertFalse(self.reaches("host1", 62286))
        self.assertTrue(self.reaches("host1"))
        lab("unblock", "host1")
        self.assertTrue(self.reaches("host1", 62286))
        lab("release", "host1")

    def test_a_host_can_be_kept_from_calling_back(self):
        lab("occupy", "workstation", 61001)
        call_back = "timeout 1.5 bash -c '</dev/tcp/workstation/61001'"
        self.assertEqual(inside("host1", call_back), 0)
        lab("block", "host1", "--direction", "from-host", "--port", 61001)
        self.assertEqual(inside("host1", call_back), 124)  # silence
        lab("unblock", "host1")
        lab("block", "host1", "--direction", "from-host", "--port", 61001, "--reject")
        self.assertEqual(inside("host1", call_back), 1)  # refused
        lab("heal", "host1")
        self.assertEqual(inside("host1", call_back), 0)
        lab("release", "workstation", 61001)

    def test_an_occupied_port_cannot_be_bound_and_shows_its_holder(self):
        lab("occupy", "host1", 62286, "--as", "ops")
        port = next(one for one in json.loads(lab("look", "host1"))["ports"] if one["port"] == 62286)
        holder = next(one for one in json.loads(lab("look", "host1"))["processes"] if one["pid"] == port["pid"])
        self.assertEqual(holder["cmdline"], "lab-occupy listen 62286")
        self.assertEqual(holder["uid"], int(said("host1", "id -u ops")))
        lab("release", "host1", 62286)
        lab("occupy", "workstation", 60000, "--outgoing")
        bind = "import socket; socket.create_server(('0.0.0.0', 60000))"
        self.assertIn("in use", call("exec", "workstation", "--", "python3", "-c", bind).stderr)
        lab("release", "workstation")
        self.assertEqual(call("exec", "workstation", "--", "python3", "-c", bind).returncode, 0)

    def test_the_machine_itself_knows_nothing_of_the_lab(self):
        self.assertNotIn("host1", Path("/etc/hosts").read_text())
        self.assertNotIn("10.83.", subprocess.run(["ip", "address"], capture_output=True, text=True).stdout)


class Disks(WithLab):
    def test_noexec_keeps_the_files_and_lets_nothing_run(self):
        for folder in ("/tmp", "/var/tmp", "/dev/shm", "/opt"):
            inside("host1", f"cp /bin/true {folder}/program")
        lab("tmp", "host1", "noexec")
        for folder in ("/tmp", "/var/tmp", "/dev/shm", "/opt"):
            self.assertEqual(inside("host1", f"{folder}/program"), 126)
        lab("tmp", "host1", "normal")
        for folder in ("/tmp", "/var/tmp", "/dev/shm", "/opt"):
            self.assertEqual(inside("host1", f"{folder}/program && rm {folder}/program"), 0)

    def test_full_and_readonly_folders_say_so(self):
        lab("tmp", "host1", "full", "/tmp")
        self.assertIn("No space left", call("exec", "host1", "--", "dd", "if=/dev/zero", "of=/tmp/x", "count=1").stderr)
        lab("tmp", "host1", "readonly", "/tmp")
        self.assertIn("Read-only", call("exec", "host1", "--", "touch", "/tmp/x").stderr)
        lab("tmp", "host1", "normal", "/tmp")
        self.assertEqual(inside("host1", "echo x >/tmp/x && rm /tmp/x"), 0)

    def test_a_filled_folder_leaves_as_much_as_was_asked(self):
        lab("fill", "host1", "/var/lib/soapstone", "--free", 8192)
        inside("host1", "head -c 20000 /dev/zero >/var/lib/soapstone/x")
        self.assertEqual(said("host1", "stat -c %s /var/lib/soapstone/x"), "8192")
        lab("tmp", "host1", "normal", "/var/lib/soapstone")
        self.assertEqual(inside("host1", "rmdir /var/lib/soapstone"), 0)


class Power(WithLab):
    def wait_for_boot(self, host, old):
        """The boot id that follows `old`."""
        for _ in range(100):
            now = next(one for one in info()["hosts"] if one["name"] == host)["boot_id"]
            if now not in (None, old) and self.reaches(host):
                return now
            time.sleep(0.1)
        raise AssertionError(f"{host} did not come back")

    def test_a_reboot_changes_the_boot_id_and_keeps_the_disk(self):
        inside("host1", "touch /root/stays /run/goes")
        daemon("host1", "sleep 4321")
        old = said("host1", f"cat {BOOT_ID}")
        lab("reboot", "host1", "--hard")
        self.assertNotEqual(said("host1", f"cat {BOOT_ID}"), old)
        self.assertEqual(said("host1", f"cat {BOOT_ID}"), info()["hosts"][0]["boot_id"])
        self.assertEqual(inside("host1", "test -e /root/stays -a ! -e /run/goes && rm /root/stays"), 0)
        self.assertNotEqual(inside("host1", "pgrep sleep"), 0)
        self.assertEqual(by_key("root", "host1", "true").returncode, 0)

    def test_the_host_can_ask_for_it_itself(self):
        for words in (("reboot",), ("shutdown", "-r", "now"), ("systemctl", "reboot")):
            old = said("host2", f"cat {BOOT_ID}")
            self.assertEqual(by_key("root", "host2", *words).returncode, 0)
            self.wait_for_boot("host2", old)
        self.assertNotEqual(by_key("plain", "host2", "/sbin/reboot").returncode, 0)

    def test_a_host_that_is_switched_off_is_started_by_up(self):
        by_key("root", "host3", "poweroff")
        time.sleep(1)
        self.assertFalse(info()["hosts"][2]["up"])
        self.assertFalse(self.reaches("host3"))
        lab("up", 3)
        self.assertTrue(self.reaches("host3"))

    def test_a_program_is_killed_by_number_or_pattern(self):
        daemon("host1", "sleep 1234")
        daemon("host1", "sleep 1235")
        lab("kill", "host1", "sleep 123[4]")
        lab("kill", "host1", said("host1", "pgrep -xf 'sleep 1235'"))
        self.assertNotEqual(inside("host1", "pgrep sleep"), 0)
        self.assertIn("no process matches", call("kill", "host1", "sleep 1234").stderr)


class Bmcs(WithLab):
    """BMCs beside the hosts: as a client on the workstation sees them."""

    def ask(self, place, url):
        return json.loads(lab("exec", place, "--", "curl", "--silent", "--show-error", "--insecure", "--max-time", 5, url))

    def test_each_has_an_address_of_its_own_and_the_door_is_443(self):
        lab("up", 3, "--bmcs", "ilo5,openbmc:2", "--bmc-knob", "busy=1")
        bmcs = info()["bmcs"]
        self.assertEqual([(one["name"], one["personality"], one["port"]) for one in bmcs],
                         [("bmc1", "ilo5", 443), ("bmc2", "openbmc", 443), ("bmc3", "openbmc", 443)])
        roots = [self.ask("workstation", f"https://{one['name']}/redfish/v1/") for one in bmcs]
        self.assertEqual(roots[0]["Vendor"], "HPE")
        self.assertEqual(len({one["UUID"] for one in roots}), 3)
        self.assertIn("3 hosts up (0 started", lab("up", 3))
        self.assertEqual(info()["bmcs"], bmcs)
        lab("up", 3, "--bmcs", "xcc")
        self.assertEqual([one["personality"] for one in info()["bmcs"]], ["xcc"])
        lab("up", 3, "--bmcs", "")
        self.assertEqual(info()["bmcs"], [])
        self.assertIn("did not come up", call("up", 3, "--bmcs", "nonsense").stderr)

    def test_a_test_talks_to_them_from_outside_and_they_fetch_from_inside(self):
        lab("up", 3, "--bmcs", "generic")
        bmc = bmcs_of(info())[0]
        image = Path(tempfile.mkdtemp()) / "image"
        self.addCleanup(shutil.rmtree, image.parent)
        image.write_bytes(bmc.image("2.0"))
        server = subprocess.Popen([LAB, "--name", NAME, "exec", "workstation", "--", "python3", "-m", "http.server", "8000",
                                   "--directory", image.parent], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(server.stderr.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        while not self.reaches("workstation", 8000, "127.0.0.1"):
            time.sleep(0.1)
        body = json.dumps({"ImageURI": f"http://{FIXED['workstation']['ipv4']}:8000/image"})
        login = f"{bmc.process.user}:{bmc.process.password}"
        lab("exec", "workstation", "--", "curl", "--silent", "--fail", "--insecure", "--user", login, "--json", body,
            "https://bmc1/redfish/v1/UpdateService/Actions/UpdateService.SimpleUpdate")
        bmc.wait(lambda state: bmc.version() == "2.0" and state["up"])
        self.assertEqual([one["from"] for one in bmc.requests("POST")], [FIXED["workstation"]["ipv4"]])
        while (line := server.stderr.readline()) and "GET /image" not in line:
            pass
        self.assertTrue(line.startswith(bmc.address), line)


class Looking(WithLab):
    def test_nothing_new_is_no_difference_and_anything_new_is_named(self):
        lab("snapshot", "host1")
        by_key("ops", "host1", "sudo", "-n", "true")
        self.assertEqual(call("diff", "host1").stdout, "")
        inside("host1", "mkdir -p /var/lib/soapstone/1; echo >/usr/local/bin/ours; echo >>/root/.bashrc; "
                        "cp /bin/sleep /tmp/agent")
        daemon("host1", "/tmp/agent 1000")
        inside("host1", "rm /tmp/agent")
        lab("occupy", "host1", 62286)
        found = json.loads(call("diff", "host1", "--json", "--ignore", "/usr/local/bin/*").stdout)
        self.assertEqual([one["path"] for one in found["added"]], ["/var/lib/soapstone", "/var/lib/soapstone/1"])
        self.assertEqual([one["path"] for one in found["changed"]], ["/root/.bashrc"])
        self.assertIn("/tmp/agent (deleted)", [one["exe"] for one in found["processes"]])
        self.assertEqual([one["port"] for one in found["ports"]], [62286])
        self.assertEqual(call("diff", "host1").returncode, 1)


class WholeLab(unittest.TestCase):
    def setUp(self):
        self.addCleanup(call, "down")

    def test_up_goes_to_any_number_and_down_leaves_nothing(self):
        lab("up", 2)
        first = info()["hosts"]
        lab("up", 5)
        self.assertEqual(info()["hosts"][:2], first)  # those that ran were not touched
        self.assertIn("0 started, 0 removed", lab("up", 5))
        lab("up", 2)
        self.assertEqual(info()["hosts"], first)
        lab("up", 2, "--bmcs", "generic,ilo4")
        daemon("workstation", "sleep 4322")
        self.assertIn("nothing left", lab("down"))
        self.assertIn("nothing left", lab("down"))
        self.assert_gone(first)

    def assert_gone(self, old):
        self.assertNotIn(f"soapstone-{NAME}-", "".join(os.listdir("/run/netns")))
        self.assertNotIn(f"/soapstone-lab/{NAME}", Path("/proc/self/mountinfo").read_text())
        for path in (f"/run/soapstone-lab/{NAME}", f"/etc/netns/soapstone-{NAME}-workstation"):
            self.assertFalse(os.path.exists(path), path)
        for host in old:
            self.assertFalse(os.path.exists(f"/proc/{host['pid']}/root/etc/hostname"))
        self.assertNotEqual(subprocess.run(["pgrep", "-f", "sleep 4322"], stdout=subprocess.DEVNULL).returncode, 0)

    def test_a_lab_that_lost_its_processes_is_repaired(self):
        lab("up", 2)
        folder = Path(info()["state"]) / "tree/hosts/host1"
        for note in ("keeper", "pid"):
            os.kill(int((folder / note).read_text().split()[0]), 9)
        lab("up", 2)
        self.assertTrue(all(host["up"] for host in info()["hosts"]))

    def test_hosts_can_differ_from_the_start(self):
        lab("up", 2, "--sshd", "host2:PasswordAuthentication no", "--hostkey", "host2:rsa")
        info()
        self.assertIn("ssh-rsa", lab("hostkey", "host2"))
        self.assertNotEqual(by_password("ops", "host2", "true").returncode, 0)
        self.assertEqual(by_password("ops", "host1", "true").returncode, 0)

    def test_wrong_words_get_one_clear_line(self):
        for words, reason in ((("info",), "is not up"), (("exec", "host9", "--", "id"), "is not up"),
                              (("up", "5000"), "a lab takes 0 to"), (("--name", "A b", "info"), "take 1 to 30")):
            done = call(*words)
            self.assertEqual(done.returncode, 1)
            self.assertIn(reason, done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1)


if __name__ == "__main__":
    if os.geteuid() != 0:
        raise SystemExit("lab_test: must run as root, because namespaces and mounts do; try 'sudo'")
    unittest.main(verbosity=2)

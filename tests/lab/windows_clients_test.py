#!/usr/bin/env python3
"""The lab's test of its Windows-like hosts: do clients that know nothing of each other agree about them?

Some minutes. Run as root: python3 tests/lab/windows_clients_test.py
"""

import json
import os
import subprocess
import sys
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
import lab_test  # noqa: E402  (nothing is to be written into the tree)
from lab_test import by_key, by_password, call, info, inside, lab, said  # noqa: E402
from smb_helper import Failed  # noqa: E402
from soapstone_lab import state, windows  # noqa: E402
from windows_clients import (  # noqa: E402
    ACCESS_DENIED, ALREADY_RUNS, CLIENTS, EXISTS, MARKED, NO_ANSWER, NO_FILE, NOT_THERE, RUNNING, STOPPED, WORK,
    Impacket, Refused, Soapstone, on_workstation, ours, password_file, samba_login, smbclient, to_workstation)

HERE = Path(__file__).resolve().parent
HOST = "host1"
TOY = r"C:\windows\toy.exe"
TOY_PROGRAM = Path(WORK.name) / "toy.exe"


def services(host):
    """Name -> state as the host itself tells."""
    return {one["name"]: one["state"] for one in windows.services(state.Lab(lab_test.NAME).host(host))}


def put_toy(host, name="toy.exe"):
    if inside(host, rf"test -e '/c/windows/{name}'") != 0:
        Impacket(host).ask("put", TOY_PROGRAM, name)


def wait_for(what, limit=60):
    deadline = time.monotonic() + limit
    while not what():
        if time.monotonic() > deadline:
            raise AssertionError("it did not come")
        time.sleep(0.2)


def wait_for_disk(service):
    """Until the service, and so all that was done before, is on the host's disk; that takes 2 s."""
    wait_for(lambda: inside(HOST, f"grep -q {service} /wine/system.reg") == 0, 10)


def end_lab():
    Impacket.end_all()
    return lab("down")


def setUpModule():  # unittest's name
    unittest.addModuleCleanup(end_lab)
    call("base", "--root", "windows", limit=3600)
    words = ("-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O1", "-s", "-static", "-o", TOY_PROGRAM)
    with subprocess.Popen(["x86_64-w64-mingw32-g++-posix", *words, HERE / "toy_service.cpp", "-ladvapi32"]) as compiler:
        lab("up", 1, "--root", "windows")  # the first class needs it; meanwhile the compiler runs
    if compiler.returncode != 0:
        raise AssertionError("the toy service does not compile")


class WithWindows(unittest.TestCase):
    """One host, which the next class finds as it was left, unless a class ends the lab."""

    @classmethod
    def setUpClass(cls):
        lab("up", 1, "--root", "windows")
        info()
        put_toy(HOST)

    def refused(self, number, action, *words):
        with self.assertRaises(Refused) as seen:
            action(*words)
        self.assertEqual(seen.exception.args, (number,), f"{action} {words}")


def by_each_client(kind, path=TOY):
    """A test that gets a client, and a service of its own that was just created and must be gone afterwards."""
    def decorate(test):
        def for_all(self):
            for client in CLIENTS:
                name = f"{kind}By{client.__name__}"
                with self.subTest(name):
                    client(HOST).create(name, path)
                    test(self, client(HOST), name)
                    self.assert_gone(name)
        return for_all
    return decorate


class ServiceManager(WithWindows):
    """Each case is done by each client, and looked at by all of them and from inside."""

    def states(self, name):
        return {client(HOST).state(name) for client in CLIENTS} | {services(HOST)[name]}

    def assert_gone(self, name):
        wait_for(lambda: name not in services(HOST), 10)  # a service that was told to stop may still do so
        for client in CLIENTS:
            self.refused(NOT_THERE, client(HOST).state, name)

    @by_each_client("Life")
    def test_a_service_lives_from_create_to_delete(self, client, name):
        self.assertEqual(self.states(name), {STOPPED})
        client.start(name)
        wait_for(lambda: client.state(name) == RUNNING)
        self.assertEqual(self.states(name), {RUNNING})
        client.stop(name)
        wait_for(lambda: client.state(name) == STOPPED)
        self.assertEqual(self.states(name), {STOPPED})
        client.delete(name)

    @by_each_client("Arguments", r'"%SystemRoot%\toy.exe"')
    def test_start_arguments_arrive_and_are_kept_nowhere(self, client, name):
        if client.can_give_arguments:
            words = ["first", "two words", "gruß"]
            client.start(name, *words)
            wait_for(lambda: client.state(name) == RUNNING)
            self.assertEqual(said(HOST, "iconv -f CP1252 -t UTF-8 /c/windows/said.txt").splitlines(), words)
            client.create(f"After{name}", TOY)
            wait_for_disk(f"After{name}")
            self.assertNotEqual(inside(HOST, "grep -q 'two words' /wine/*.reg"), 0)
            client.delete(f"After{name}")
            client.stop(name)
        client.delete(name)

    @by_each_client("Twice")
    def test_a_second_start_and_a_second_create_are_refused(self, client, name):
        self.refused(EXISTS, client.create, name, TOY)
        client.start(name)
        wait_for(lambda: client.state(name) == RUNNING)
        self.refused(ALREADY_RUNS, client.start, name)
        client.stop(name)
        client.delete(name)

    @by_each_client("Marked")
    def test_what_is_deleted_while_it_runs_goes_when_it_stops(self, client, name):
        client.start(name)
        wait_for(lambda: client.state(name) == RUNNING)
        client.delete(name)
        self.refused(MARKED, client.create, name, TOY)
        self.assertEqual(client.state(name), RUNNING)
        client.stop(name)

    def test_a_missing_program_and_one_that_is_no_service_are_told(self):
        for client in CLIENTS:
            with self.subTest(client.__name__):
                one = client(HOST)
                for program, number in (("none.exe", NO_FILE), (r"system32\hostname.exe", NO_ANSWER)):
                    one.create("Wrong", rf"C:\windows\{program}")
                    self.refused(number, one.start, "Wrong")
                    one.delete("Wrong")
                    self.assert_gone("Wrong")

    def test_who_is_no_administrator_is_refused(self):
        for client in (Impacket, Soapstone):
            self.refused(ACCESS_DENIED, client(HOST, "plain").create, "Plain", TOY)
        self.assertIn("WERR_ACCESS_DENIED", on_workstation("net", "rpc", "service", "list", "-S", HOST, "-A",
                                                           samba_login("plain")).stderr)
        self.assertNotIn("Plain", services(HOST))

    @by_each_client("Killed")
    def test_a_service_whose_process_dies_is_stopped(self, client, name):
        client.start(name)
        wait_for(lambda: client.state(name) == RUNNING)
        lab("kill", HOST, "toy.exe")
        wait_for(lambda: client.state(name) == STOPPED)
        self.assertEqual(self.states(name), {STOPPED})
        client.delete(name)

    def test_a_service_is_there_after_a_reboot_and_does_not_run(self):
        client = Impacket(HOST)
        client.create("Stays", TOY)
        client.start("Stays")
        wait_for_disk("Stays")
        lab("reboot", HOST, "--hard")
        self.assertEqual(self.states("Stays"), {STOPPED})
        client.start("Stays")
        wait_for(lambda: client.state("Stays") == RUNNING)
        client.stop("Stays")
        client.delete("Stays")


class Files(WithWindows):
    def test_only_administrators_see_the_share(self):
        self.assertIn("system.ini", smbclient(HOST, "ls system.ini"))
        self.assertIn("ACCESS_DENIED", smbclient(HOST, "ls", login=samba_login("plain")))
        self.assertIn("LOGON_FAILURE", smbclient(HOST, "ls", login=samba_login("Administrator", "wrong")))

    def test_a_program_that_runs_can_be_read_but_not_replaced_or_removed(self):
        client = Impacket(HOST)
        client.create("Busy", TOY)
        client.start("Busy")

        def is_busy():
            said = smbclient(HOST, "del toy.exe")
            put_toy(HOST)  # asked too early, it is gone: nothing made it busy yet
            return "SHARING_VIOLATION" in said

        wait_for(is_busy)
        self.assertIn("SHARING_VIOLATION", smbclient(HOST, f"put {TOY_PROGRAM} toy.exe"))
        self.assertIn("getting file", smbclient(HOST, f"get toy.exe {WORK.name}/back.exe"))
        client.stop("Busy")
        client.delete("Busy")
        wait_for(lambda: "putting file" in smbclient(HOST, f"put {TOY_PROGRAM} toy.exe"))

    def test_whatever_came_is_seen_and_what_went_again_is_not(self):
        lab("snapshot", HOST)
        client = Impacket(HOST)
        smbclient(HOST, r"mkdir Soapstone")
        put_toy(HOST, r"Soapstone\toy.exe")
        client.create("Seen", r"C:\windows\Soapstone\toy.exe")
        client.start("Seen")
        wait_for(lambda: client.state("Seen") == RUNNING)
        found = json.loads(call("diff", HOST, "--json").stdout)
        self.assertEqual([one["name"] for one in found["services"]], ["Seen"])
        self.assertEqual([one["cmdline"] for one in found["processes"]], [r"C:\windows\Soapstone\toy.exe"])
        self.assertEqual([one["path"] for one in found["added"]],
                         [f"/c/windows/Soapstone{end}" for end in ("", "/said.txt", "/toy.exe")])
        client.stop("Seen")
        client.delete("Seen")
        wait_for(lambda: "SHARING" not in smbclient(HOST, r"del Soapstone\*; rmdir Soapstone"))
        self.assertEqual(call("diff", HOST).stdout, "")


class Variants(WithWindows):
    """What 'lab smb' makes of a host, seen by Samba's client."""

    def configure(self, *lines):
        self.addCleanup(lab, "smb", HOST)
        lab("smb", HOST, *lines)

    def test_a_server_can_demand_encryption(self):
        self.configure("server smb encrypt = required")
        self.assertIn("system.ini", smbclient(HOST, "ls system.ini"))
        self.assertIn("ACCESS_DENIED", smbclient(HOST, "ls", "--option=client max protocol=SMB2_10"))

    def test_a_server_can_be_too_old_for_encryption(self):
        self.configure("server max protocol = SMB2_10")
        self.assertIn("system.ini", smbclient(HOST, "ls system.ini"))
        self.assertIn("doesn't support SMB3 encryption", smbclient(HOST, "ls", "--client-protection=encrypt"))

    def test_old_protocols_are_refused(self):
        self.assertIn("protocol negotiation failed", smbclient(HOST, "ls", "--option=client min protocol=NT1",
                                                               "--option=client max protocol=NT1"))

    def test_signing_is_demanded(self):
        self.assertIs(Impacket(HOST).ask("signing"), True)
        self.assertIn("system.ini", smbclient(HOST, "ls system.ini", "--client-protection=sign"))
        self.configure("server signing = auto")
        self.assertIs(Impacket(HOST).ask("signing"), False)

    def test_port_139_and_a_netbios_name_are_answered(self):
        self.configure("netbios name = WINTGT")
        wait_for(lambda: "WINTGT<00>" in on_workstation("nmblookup", "-B", "10.83.255.255", "WINTGT").stdout, 60)
        self.addCleanup(lab, "heal", HOST)
        lab("block", HOST, "--direction", "to-host", "--port", 445, "--reject")
        self.assertIn("system.ini", smbclient("WINTGT", "ls system.ini", "-p", "139", "-I", info()["hosts"][0]["ipv4"]))

    def test_a_wrong_setting_is_refused(self):
        self.assertIn("Unknown parameter", call("smb", HOST, "no such = thing").stderr)
        self.assertIn("system.ini", smbclient(HOST, "ls system.ini"))


class Kerberos(WithWindows):
    @classmethod
    def setUpClass(cls):
        cls.addClassCleanup(end_lab)
        super().setUpClass()
        cls.config = lab("realm").strip()

    def with_ticket(self, user, *words):
        """What these words print with a ticket of the user, and with nothing else."""
        words = ("env", f"KRB5_CONFIG={self.config}", f"KRB5CCNAME={WORK.name}/{user}.tickets", *words)
        done = on_workstation(*words, "--use-kerberos=required", f"--use-krb5-ccache={WORK.name}/{user}.tickets")
        return done.stdout + done.stderr

    def fetch_ticket(self, user):
        subprocess.run(to_workstation("env", f"KRB5_CONFIG={self.config}", "kinit", "-c", f"{WORK.name}/{user}.tickets",
                                      user), input=Path(password_file(user)).read_text() + "\n", text=True, check=True,
                       stdout=subprocess.DEVNULL)

    def test_a_ticket_opens_share_and_service_manager_to_an_administrator_only(self):
        share = ("smbclient", f"//{HOST}/ADMIN$", "-c", "ls system.ini")
        manager = ("net", "rpc", "service", "list", "-S", HOST)
        self.assertNotIn("system.ini", self.with_ticket("Administrator", *share))
        for user in ("Administrator", "plain"):
            self.fetch_ticket(user)
        self.assertIn("system.ini", self.with_ticket("Administrator", *share))
        self.assertIn("Event Log", self.with_ticket("Administrator", *manager))
        self.assertIn("ACCESS_DENIED", self.with_ticket("plain", *share))
        self.assertIn("WERR_ACCESS_DENIED", self.with_ticket("plain", *manager))
        self.assertEqual(self.ours_with_ticket("Administrator", "method"), ["kerberos"])
        with self.assertRaisesRegex(Failed, "no administrator"):
            self.ours_with_ticket("plain", "method")

    def ours_with_ticket(self, user, what):
        """What our own client says of its login, after a look at the services."""
        with ours(f"KRB5_CONFIG={self.config}") as helper:
            told = helper.log_in(HOST, user, kerberos="yes", tickets=f"{WORK.name}/{user}.tickets")
            self.assertIn("Spooler", helper.ask("services", prefix="S")["name"])
            return told[what]

    def test_a_password_still_does(self):
        self.assertIn("system.ini", smbclient(HOST, "ls system.ini"))


class Kinds(WithWindows):
    """A lab whose hosts are not all of one kind."""

    @classmethod
    def setUpClass(cls):
        cls.addClassCleanup(end_lab)
        super().setUpClass()
        lab("up", 2, "--root", "bookworm")
        cls.first = info()["hosts"]

    def test_each_host_is_what_it_was_asked_to_be(self):
        self.assertIn("system.ini", smbclient("host1", "ls system.ini"))
        self.assertIn("CONNECTION_REFUSED", smbclient("host2", "ls"))
        self.assertEqual(by_key("root", "host2", "hostname").stdout, "host2\n")
        self.assertNotEqual(by_key("root", "host1", "hostname").returncode, 0)
        self.assertEqual(json.loads(lab("look", "host2"))["services"], [])

    def test_users_are_those_of_both_kinds_and_who_is_in_both_has_one_password(self):
        names = [one["name"] for one in info()["users"]]
        self.assertEqual(sorted(names), ["Administrator", "admin", "ops", "plain", "root"])
        self.assertEqual(by_password("plain", "host2", "id", "-un").stdout, "plain\n")
        self.assertIn("ACCESS_DENIED", smbclient("host1", "ls", login=samba_login("plain")))

    def test_what_a_kind_does_not_have_cannot_be_changed(self):
        self.assertIn("host2 has no smbd", call("smb", "host2", "server smb encrypt = required").stderr)
        self.assertIn("host1 has no sshd", call("sshd", "host1", "PasswordAuthentication no").stderr)
        self.assertIn("host1 has no sshd", call("rekey", "host1").stderr)

    def test_those_that_run_stay_and_new_ones_are_as_the_first(self):
        lab("up", 3)
        hosts = info()["hosts"]
        self.assertEqual(hosts[:2], self.first)
        self.assertEqual(hosts[2]["base"], hosts[0]["base"])
        lab("up", 2)
        self.assertEqual(info()["hosts"], self.first)


class Many(unittest.TestCase):
    def test_eight_hosts_at_a_time_each_run_a_service(self):
        self.addCleanup(end_lab)
        print("\n" + lab("up", 8, "--root", "windows"), end="", file=sys.stderr)
        info()
        with ThreadPoolExecutor(8) as pool:
            self.assertEqual(list(pool.map(self.run_one, [f"host{number}" for number in range(1, 9)])), [True] * 8)
        self.assertIn("nothing left", end_lab())

    def run_one(self, host):
        client = Impacket(host)
        put_toy(host)
        client.create("One", TOY)
        client.start("One", host)
        wait_for(lambda: client.state("One") == RUNNING, 60)
        heard = said(host, "cat /c/windows/said.txt") == host
        client.stop("One")
        client.delete("One")
        return heard and "One" not in services(host)


if __name__ == "__main__":
    if os.geteuid() != 0:
        raise SystemExit("windows_test: must run as root, because namespaces and mounts do; try 'sudo'")
    unittest.main(verbosity=2)

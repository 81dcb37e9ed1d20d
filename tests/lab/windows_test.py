#!/usr/bin/env python3
"""The lab's test of its Windows-like hosts: do clients that know nothing of each other agree about them?

Some minutes. Run as root: python3 tests/lab/windows_test.py
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
import lab_test  # noqa: E402  (nothing is to be written into the tree)
from lab_test import by_key, call, info, inside, lab, said  # noqa: E402
from smb_helper import Failed, Helper  # noqa: E402

HERE = Path(__file__).resolve().parent
OURS = Path(os.environ.get("SOAPSTONE_BIN", HERE.parents[1] / "build/dev/bin/soapstone")).with_name("soapstone-smb")
STOPPED, START_PENDING, STOP_PENDING, RUNNING = 1, 2, 3, 4
SAMBAS_STATES = {"stopped": STOPPED, "start pending": START_PENDING, "stop pending": STOP_PENDING, "running": RUNNING}
ACCESS_DENIED, NO_FILE, NO_ANSWER, ALREADY_RUNS, NOT_THERE, MARKED, EXISTS = 5, 2, 1053, 1056, 1060, 1072, 1073
SAMBAS_NAMES = {"ACCESS_DENIED": ACCESS_DENIED, "FILE_NOT_FOUND": NO_FILE, "SERVICE_REQUEST_TIMEOUT": NO_ANSWER,
                "SERVICE_ALREADY_RUNNING": ALREADY_RUNS, "SERVICE_DOES_NOT_EXIST": NOT_THERE,
                "SERVICE_MARKED_FOR_DELETE": MARKED, "SERVICE_EXISTS": EXISTS}
HOST = "host1"
TOY = r"C:\windows\toy.exe"
WORK = tempfile.TemporaryDirectory()
TOY_PROGRAM = Path(WORK.name) / "toy.exe"


class Refused(Exception):
    """Windows said no; the one argument is its error number."""


def on_workstation(*words):
    return call("exec", "workstation", "--", *words)


class Impacket:
    """The client in scm_client.py, by Debian's Python, which need not be the one that runs this."""

    can_give_arguments = True

    def __init__(self, host, user="Administrator"):
        self.words = ("/usr/bin/python3", HERE / "scm_client.py", host, user, password_file(user))

    def ask(self, *words):
        done = on_workstation(*self.words, *words)
        if done.returncode != 0:
            number = re.search(r"error (\w+)$", done.stderr.strip())
            raise Refused(int(number[1], 0)) if number else AssertionError(done.stderr)
        return done.stdout.strip()

    def create(self, name, path):
        self.ask("create", name, path)

    def start(self, name, *arguments):
        self.ask("start", name, *arguments)

    def state(self, name):
        return int(self.ask("state", name))

    def stop(self, name):
        self.ask("stop", name)

    def delete(self, name):
        self.ask("delete", name)


class Net:
    """Samba's own: net rpc service."""

    can_give_arguments = False

    def __init__(self, host, user="Administrator"):
        self.words = ("-S", host, "-A", samba_login(user))

    def ask(self, *words):
        done = on_workstation("net", "rpc", "service", *words, *self.words)
        refused = re.search(r"\[WERR_(\w+)\]", done.stderr)
        if refused:
            raise Refused(SAMBAS_NAMES[refused[1]])
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)
        return done.stdout

    def create(self, name, path):
        self.ask("create", name, f"{name} of the test", path)

    def start(self, name):
        self.ask("start", name)

    def state(self, name):
        return SAMBAS_STATES[re.search(r"service is ([a-z ]+)", self.ask("status", name))[1]]

    def stop(self, name):
        self.ask("stop", name)

    def delete(self, name):
        self.ask("delete", name)


class Soapstone:
    """Our own. It takes no offence at a service that is not there when it stops or deletes one."""

    can_give_arguments = True

    def __init__(self, host, user="Administrator"):
        self.host, self.user = host, user

    def ask(self, what, **fields):
        """By a helper of its own, which is told to leave what it made."""
        with ours() as helper:
            try:
                helper.log_in(self.host, self.user, Path(password_file(self.user)).read_text())
                answer = helper.ask(what, **fields)
            except Failed as failed:
                number = re.search(r"error (\d+)|\(WERR_(\w+)\)$", failed.args[1])
                if not number:
                    raise
                raise Refused(int(number[1]) if number[1] else SAMBAS_NAMES[number[2]]) from None
            helper.ask("keep")
            return answer

    def create(self, name, path):
        self.ask("create-service", name=name, shown=f"{name} of the test", command=path)

    def start(self, name, *arguments):
        self.ask("start-service", name=name, argument=list(arguments))

    def state(self, name):
        answer = self.ask("service", name=name)
        if not answer:
            raise Refused(NOT_THERE)
        return int(answer["state"][0])

    def stop(self, name):
        if self.ask("stop-service", name=name):
            raise AssertionError(f"{name} cannot be stopped now")

    def delete(self, name):
        self.ask("delete-service", name=name)


CLIENTS = (Impacket, Net, Soapstone)


def ours(*environment):
    """A soapstone-smb on the workstation."""
    return Helper([lab_test.LAB, "--name", lab_test.NAME, "exec", "workstation", "--", "env", *environment, OURS])


def password_file(user):
    return next(one["password_file"] for one in lab_test.FIXED["users"] if one["name"] == user)


def samba_login(user, password=None):
    """A file for Samba's option -A."""
    file = Path(WORK.name) / f"{user}.login"
    text = Path(password_file(user)).read_text() if password is None else password
    file.write_text(f"username = {user}\npassword = {text}\ndomain = WORKGROUP\n")
    return file


def smbclient(host, commands, *options, share="ADMIN$", login=None):
    done = on_workstation("smbclient", f"//{host}/{share}", "-A", login or samba_login("Administrator"), *options,
                          "-c", commands)
    return done.stdout + done.stderr


def services(host):
    """Name -> state as the host itself tells."""
    return {one["name"]: one["state"] for one in json.loads(lab("look", host))["services"]}


def put_toy(host, name="toy.exe"):
    Impacket(host).ask("put", TOY_PROGRAM, name)


def wait_for(what, limit=60):
    deadline = time.monotonic() + limit
    while not what():
        if time.monotonic() > deadline:
            raise AssertionError("it did not come")
        time.sleep(0.2)


def setUpModule():  # unittest's name
    call("base", "--root", "windows", limit=3600)
    subprocess.run(["x86_64-w64-mingw32-g++-posix", "-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O1",
                    "-s", "-static", "-o", TOY_PROGRAM, HERE / "toy_service.cpp", "-ladvapi32"], check=True)


class WithWindows(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.addClassCleanup(call, "down")
        lab("up", 1, "--root", "windows")
        info()
        put_toy("host1")

    def refused(self, number, action, *words):
        with self.assertRaises(Refused) as seen:
            action(*words)
        self.assertEqual(seen.exception.args, (number,), f"{action} {words}")


class ServiceManager(WithWindows):
    """Each case is done by each client, and looked at by all of them and from inside."""

    def states(self, name):
        return {client(HOST).state(name) for client in CLIENTS} | {services(HOST)[name]}

    def assert_gone(self, name):
        for client in CLIENTS:
            self.refused(NOT_THERE, client(HOST).state, name)
        self.assertNotIn(name, services(HOST))

    def each(self, kind, path=TOY):
        """A client and a service of its own that was just created."""
        for client in CLIENTS:
            with self.subTest(client.__name__):
                one, name = client(HOST), f"{kind}By{client.__name__}"
                one.create(name, path)
                yield one, name
                self.assert_gone(name)

    def test_a_service_lives_from_create_to_delete(self):
        for client, name in self.each("Life"):
            self.assertEqual(self.states(name), {STOPPED})
            client.start(name)
            wait_for(lambda: client.state(name) == RUNNING)
            self.assertEqual(self.states(name), {RUNNING})
            client.stop(name)
            wait_for(lambda: client.state(name) == STOPPED)
            self.assertEqual(self.states(name), {STOPPED})
            client.delete(name)

    def test_start_arguments_arrive_and_are_kept_nowhere(self):
        words = ("first", "two words", "gruß")
        for client, name in self.each("Arguments", r'"%SystemRoot%\toy.exe"'):
            if not client.can_give_arguments:
                client.delete(name)
                continue
            client.start(name, *words)
            wait_for(lambda: client.state(name) == RUNNING)
            self.assertEqual(said(HOST, "iconv -f CP1252 -t UTF-8 /c/windows/said.txt").splitlines(), [*words])
            time.sleep(3)  # the registry is written every 2 s
            self.assertNotEqual(inside(HOST, "grep -q 'two words' /wine/*.reg"), 0)
            client.stop(name)
            client.delete(name)

    def test_a_second_start_and_a_second_create_are_refused(self):
        for client, name in self.each("Twice"):
            self.refused(EXISTS, client.create, name, TOY)
            client.start(name)
            wait_for(lambda: client.state(name) == RUNNING)
            self.refused(ALREADY_RUNS, client.start, name)
            client.stop(name)
            client.delete(name)

    def test_what_is_deleted_while_it_runs_goes_when_it_stops(self):
        for client, name in self.each("Marked"):
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

    def test_a_service_whose_process_dies_is_stopped(self):
        for client, name in self.each("Killed"):
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
        time.sleep(3)  # the registry is written every 2 s
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
        wait_for(lambda: "SHARING_VIOLATION" in smbclient(HOST, "del toy.exe"))
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

    def tearDown(self):
        lab("smb", HOST)

    def test_a_server_can_demand_encryption(self):
        lab("smb", HOST, "server smb encrypt = required")
        self.assertIn("system.ini", smbclient(HOST, "ls system.ini"))
        self.assertIn("ACCESS_DENIED", smbclient(HOST, "ls", "--option=client max protocol=SMB2_10"))

    def test_a_server_can_be_too_old_for_encryption(self):
        lab("smb", HOST, "server max protocol = SMB2_10")
        self.assertIn("system.ini", smbclient(HOST, "ls system.ini"))
        self.assertIn("doesn't support SMB3 encryption", smbclient(HOST, "ls", "--client-protection=encrypt"))

    def test_old_protocols_and_unsigned_sessions_are_refused(self):
        self.assertIn("INVALID_PARAMETER_MIX", smbclient(HOST, "ls", "--option=client min protocol=NT1",
                                                         "--option=client max protocol=NT1"))
        self.assertIn("system.ini", smbclient(HOST, "ls system.ini", "--client-protection=sign"))

    def test_port_139_and_a_netbios_name_are_answered(self):
        lab("smb", HOST, "netbios name = WINTGT")
        wait_for(lambda: "WINTGT<00>" in on_workstation("nmblookup", "-B", "10.83.255.255", "WINTGT").stdout, 60)
        lab("block", HOST, "--direction", "to-host", "--port", 445, "--reject")
        self.assertIn("system.ini", smbclient("WINTGT", "ls system.ini", "-p", "139", "-I", info()["hosts"][0]["ipv4"]))
        lab("heal", HOST)

    def test_a_wrong_setting_is_refused(self):
        self.assertIn("Unknown parameter", call("smb", HOST, "no such = thing").stderr)
        self.assertIn("system.ini", smbclient(HOST, "ls system.ini"))


class Kerberos(WithWindows):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.config = lab("realm").strip()

    def with_ticket(self, user, *words):
        """What these words print with a ticket of the user, and with nothing else."""
        words = ("env", f"KRB5_CONFIG={self.config}", f"KRB5CCNAME={WORK.name}/{user}.tickets", *words)
        done = on_workstation(*words, "--use-kerberos=required", f"--use-krb5-ccache={WORK.name}/{user}.tickets")
        return done.stdout + done.stderr

    def fetch_ticket(self, user):
        subprocess.run([lab_test.LAB, "--name", lab_test.NAME, "exec", "workstation", "--", "env",
                        f"KRB5_CONFIG={self.config}", "kinit", "-c", f"{WORK.name}/{user}.tickets", user],
                       input=Path(password_file(user)).read_text() + "\n", text=True, check=True,
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

    def test_a_password_still_does(self):
        self.assertIn("system.ini", smbclient(HOST, "ls system.ini"))


class Many(unittest.TestCase):
    def test_eight_hosts_at_a_time_each_run_a_service(self):
        self.addCleanup(call, "down")
        print("\n" + lab("up", 8, "--root", "windows"), end="", file=sys.stderr)
        info()
        with ThreadPoolExecutor(8) as pool:
            self.assertEqual(list(pool.map(self.run_one, [f"host{number}" for number in range(1, 9)])), [True] * 8)
        self.assertIn("nothing left", lab("down"))

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

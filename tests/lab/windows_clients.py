"""Clients of Windows-like hosts, on the workstation, that know nothing of each other: impacket, Samba's own, ours."""

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

import lab_test
from smb_helper import Failed, Helper

HERE = Path(__file__).resolve().parent
OURS = Path(os.environ.get("SOAPSTONE_BIN", HERE.parents[1] / "build/dev/bin/soapstone")).with_name("soapstone-smb")
STOPPED, START_PENDING, STOP_PENDING, RUNNING = 1, 2, 3, 4
SAMBAS_STATES = {"stopped": STOPPED, "start pending": START_PENDING, "stop pending": STOP_PENDING, "running": RUNNING}
ACCESS_DENIED, NO_FILE, NO_ANSWER, ALREADY_RUNS, NOT_THERE, MARKED, EXISTS = 5, 2, 1053, 1056, 1060, 1072, 1073
SAMBAS_NAMES = {"ACCESS_DENIED": ACCESS_DENIED, "FILE_NOT_FOUND": NO_FILE, "SERVICE_REQUEST_TIMEOUT": NO_ANSWER,
                "SERVICE_ALREADY_RUNNING": ALREADY_RUNS, "SERVICE_DOES_NOT_EXIST": NOT_THERE,
                "SERVICE_MARKED_FOR_DELETE": MARKED, "SERVICE_EXISTS": EXISTS}
WORK = tempfile.TemporaryDirectory()


class Refused(Exception):
    """Windows said no; the one argument is its error number."""


def to_workstation(*words):
    """The words that run a command there, as 'lab exec workstation' does."""
    return ["ip", "netns", "exec", lab_test.FIXED["workstation"]["netns"], *map(str, words)]


def on_workstation(*words):
    return subprocess.run(to_workstation(*words), capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300)


class Impacket:
    """The client in scm_client.py, by Debian's Python, which need not be the one that runs this."""

    can_give_arguments = True
    running = {}  # (host, user) -> the process; to import impacket takes longer than to use it

    def __init__(self, host, user="Administrator"):
        self.host, self.user = host, user

    def ask(self, *words):
        process = self.running.get((self.host, self.user)) or self.start_process()
        print(json.dumps([str(word) for word in words]), file=process.stdin, flush=True)
        answer = json.loads(process.stdout.readline())
        if isinstance(answer, dict):
            raise Refused(answer["error"])
        return answer

    def start_process(self):
        words = to_workstation("/usr/bin/python3", HERE / "scm_client.py", self.host, self.user,
                               password_file(self.user))
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.running[self.host, self.user] = process
        return process

    @classmethod
    def end_all(cls):
        """Before the lab ends, which gives the next one other passwords."""
        while cls.running:
            _, process = cls.running.popitem()
            process.communicate()

    def create(self, name, path):
        self.ask("create", name, path)

    def start(self, name, *arguments):
        self.ask("start", name, *arguments)

    def state(self, name):
        return self.ask("state", name)

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
    return Helper(to_workstation("env", *environment, OURS))


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

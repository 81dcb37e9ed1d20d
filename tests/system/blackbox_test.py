#!/usr/bin/env python3
"""The agent's log as a black box, and what both sides tell the system's log."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

import support
from support import OK, SystemTest, kill, look, until

NOT_VERIFIED = 7


class SystemLog:
    """What journald or rsyslog would be: a socket at /dev/log, and the lines that came."""

    def __init__(self, path):
        self.lines = []
        self.path = Path(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        os.chmod(self.path, 0o666)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while True:
            self.lines.append(self.socket.recv(65536).decode())

    def told(self, program):
        """The events of a program, without what stands before each line."""
        found = []
        for line in self.lines:  # sshd and sudo have theirs, too
            if f" {program}[" in line:
                found.append(re.fullmatch(rf"<8[45]>\w{{3}} [ \d]\d \d\d:\d\d:\d\d {program}\[\d+\]: (event=.*)",
                                          line).group(1))
        return found

    def events(self, program):
        return [line.split()[0].removeprefix("event=") for line in self.told(program)]


class BlackBoxTest(SystemTest):
    hosts = 2

    def log_of(self, result, host):
        return result.folder / host / "agent.log"

    def there(self, host, run):
        return self.lab.inside.host(host).root() / "var/lib/soapstone" / run / "logs/agent.log"

    def test_a_log_that_was_fetched_is_verified_and_every_change_of_it_is_named(self):
        self.lab.snapshot()
        result = self.lab.soapstone("deploy", "-t", "host[1-2]", self.script("x.sh", "echo x"))
        self.ended(result, OK)
        proof = result.target("host1")["agent_log"]
        self.assertTrue(proof["intact"], str(result))
        log = self.log_of(result, "host1")
        self.assertEqual(len(log.read_text().splitlines()), proof["lines"])
        self.assertTrue(log.read_text().splitlines()[-1].endswith(" " + proof["head"]))
        for words in (["latest"], [result.run[:8]]):
            verified = self.lab.soapstone("verify-log", *words)
            self.ended(verified, OK)
            self.assertEqual(verified.out.splitlines()[0],
                             f"host1: ok, {proof['lines']} lines, head {proof['head']}, as its agent told")
            self.assertEqual(len(verified.out.splitlines()), 2)
        whole = log.read_text()
        with self.subTest("what is on the host goes on with what was fetched, and is whole too"):
            kept = self.there("host1", result.run)
            self.assertTrue(kept.read_text().startswith(whole))
            self.assertIn("about to remove the agent", kept.read_text())
            self.ended(self.lab.soapstone("verify-log", kept), OK)
        with self.subTest("a changed line"):
            lines = whole.splitlines(keepends=True)
            lines[3] = lines[3].replace("info", "Info", 1)
            log.write_text("".join(lines))
            changed = self.lab.soapstone("verify-log", result.run[:8], "host1")
            self.ended(changed, NOT_VERIFIED)
            self.assertEqual(changed.out, "host1: the log was changed after line 3\n")
        with self.subTest("a line less at the end"):
            log.write_text("".join(whole.splitlines(keepends=True)[:-1]))
            self.ended(self.lab.soapstone("verify-log", log), OK)
            cut = self.lab.soapstone("verify-log", "latest", "host1")
            self.ended(cut, NOT_VERIFIED)
            self.assertIn(f"ends after line {proof['lines'] - 1} of {proof['lines']}", cut.out)
        with self.subTest("no log"):
            log.unlink()
            self.assertIn("the log is gone", self.lab.soapstone("verify-log", "latest", "host1").out)
        self.clean("host1", "host2")

    def test_a_program_that_changes_the_agents_log_is_found_out(self):
        self.lab.snapshot()
        program = self.script("forge.sh", "cd /var/lib/soapstone/*/logs && sed -i 's/ about to / about no /' agent.log")
        in_place = self.script("inplace.sh", "cd /var/lib/soapstone/*/logs && sed 's/fetch/Fetch/' agent.log >x &&"
                               " cat x >agent.log; rm x")
        for host, name, words in (("host1", program, "(is not the one that its agent wrote|was changed|ends)"),
                                  ("host2", in_place, "was changed after line [0-9]")):
            with self.subTest(name.name):
                self.lab.sh(host, "rm -rf /var/lib/soapstone")
                result = self.lab.soapstone("deploy", "-t", host, name)
                self.ended(result, OK)
                self.assertFalse(result.target(host)["agent_log"]["intact"])
                self.assertRegex(result.out, f"(?m)^the log of {host} {words}")
                self.assertRegex(" ".join(result.target(host)["notices"]), f"the log of {host} {words}")
                self.assertRegex(self.lab.soapstone("status", result.run[:8]).out, f"(?m)^the log of {host} {words}")
                self.ended(self.lab.soapstone("verify-log", result.run[:8]), NOT_VERIFIED)

    def test_a_killed_agents_chain_is_gone_on_with(self):
        self.forget_runs()
        self.lab.snapshot()
        running = self.lab.start("deploy", "-t", "host1", self.counter("count.sh", 4))
        until(lambda: self.runs("host1"), 90, "the program begins")
        machine = self.lab.inside.host("host1")
        agents = [one for one in look.processes(machine.running()) if "soapstone-agent" in (one["exe"] or "")
                  and one["cmdline"].split()[1:2] != ["shim"]]
        for one in agents:
            try:
                kill.kill(machine, str(one["pid"]), "KILL")
            except kill.LabError:
                pass  # a child of the one before
        run = re.search("run ([0-9a-f]{32})", "".join(running.err)).group(1)
        with self.there("host1", run).open("a") as log:
            log.write("2026-11-27T01:50:23.901Z info target=0 half a li")  # what a power cut would leave
        result = running.end()
        self.assertIn("a fresh one has taken over its journal", result.err)
        self.assertEqual(self.runs("host1"), 1)
        text = self.log_of(result, "host1").read_text()
        self.assertRegex(text, r"half a li\nthe line before is torn [0-9a-f]{32}\n")
        self.assertEqual(len(re.findall(r"target=0 agent .* of run", text)), 2, text)
        self.assertTrue(result.target("host1")["agent_log"]["intact"], str(result))
        verified = self.lab.soapstone("verify-log", "latest")
        self.ended(verified, OK)
        self.assertIn("1 line torn by a crash", verified.out)
        self.clean("host1", may=["/root/count"])


class AuditTest(SystemTest):
    hosts = 2

    def workstation(self):
        """Gives soapstone a /dev of its own, whose /dev/log is ours; the machine's is left alone."""
        place = Path(tempfile.mkdtemp(dir=self.lab.data))
        folder = place / "dev"
        folder.mkdir()
        log = SystemLog(place / "system.log")
        wrapper = place / "soapstone"
        wrapper.write_text(f"""#!/bin/sh
set -e
[ "$1" = inside ] || exec unshare --mount "$0" inside "$@"
shift
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs {folder}
for node in null zero full random urandom tty; do touch {folder}/$node; mount --bind /dev/$node {folder}/$node; done
ln -s /proc/self/fd {folder}/fd
mkdir {folder}/pts {folder}/shm
touch {folder}/log
mount --bind {log.path} {folder}/log
mount --rbind {folder} /dev
exec {support.BIN} "$@"
""")
        wrapper.chmod(0o755)
        real, support.BIN = support.BIN, str(wrapper)
        self.addCleanup(setattr, support, "BIN", real)
        return log

    def test_both_sides_tell_the_systems_log_what_they_do_in_order(self):
        self.lab.snapshot()
        here = self.workstation()
        there = SystemLog(self.lab.inside.host("host1").root() / "dev/log")
        program = self.script("x.sh", "exit 3")
        running = self.lab.start("deploy", "-t", "host1,nobody@host2", "--argument", "hidden", program,
                                 environment={"SUDO_USER": "jo event=x"})
        result = running.end()
        told = here.told("soapstone")
        self.assertEqual(here.events("soapstone")[0], "start_run", told)
        self.assertEqual(here.events("soapstone")[-1], "end_run", told)
        self.assertEqual(sorted(here.events("soapstone")[1:-1]), ["agent_started", "login", "no_login"], told)
        self.assertRegex(told[0], f'event=start_run run={result.run} command=deploy who=root@.* '
                                  'sudo_user="jo event=x" components=x.sh targets=2')
        self.assertNotIn("hidden", "".join(told))
        of = {line.split()[0]: line for line in told}
        self.assertRegex(of["event=login"], f"run={result.run} target=host1 host=host1 port=22 user=root become=none "
                                           "method=publickey host_key=SHA256:.{43}$")
        self.assertRegex(of["event=no_login"], "user=nobody become=none trouble=denied why=")
        self.assertRegex(told[-1], f"run={result.run} exit_code=253 failed=1 unreached=1$")
        told = there.told("soapstone-agent")
        self.assertEqual(there.events("soapstone-agent"),
                         ["start_agent", "job_accepted", "start_installer", "job_over", "remove_agent"], told)
        for line in told:
            self.assertIn(f"run={result.run} target=0 ", line)
        self.assertRegex(told[0], r'manager_key=[0-9a-f]{64} manager=\S+:\d+ run_of="root on .*" '
                                  "manager_start=1 version=")
        self.assertRegex(told[1], "component=x.sh")
        self.assertRegex(told[3], "state=failed exit_code=3$")
        self.assertRegex(told[4], 'why="on request"$')
        with self.subTest("one login served the start and the look at the end"):
            logins = [line for line in there.lines if "pam_unix(sshd:session): session opened" in line]
            self.assertEqual(len(logins), 1, there.lines)

    def test_a_client_with_a_wrong_key_and_a_cancelled_job_are_told(self):
        self.lab.snapshot()
        here = self.workstation()
        there = SystemLog(self.lab.inside.host("host2").root() / "dev/log")
        running = self.lab.start("deploy", "-t", "host2", self.script("long.sh", "echo begun; sleep 60"))
        until(lambda: "start_installer" in there.events("soapstone-agent"), 90, "the installer starts")
        started = next(line for line in here.told("soapstone") if line.startswith("event=agent_started"))
        address, port = re.search(r"address=(\S+) port=(\d+) ", started).groups()
        stranger = ("import socket, ssl, sys\n"
                    "context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)\n"
                    "context.check_hostname = False\n"
                    "context.verify_mode = ssl.CERT_NONE\n"
                    f"line = context.wrap_socket(socket.create_connection(('{address}', {port}), 10))\n"
                    "line.sendall(b'GET / HTTP/1.1\\r\\n\\r\\n')\n"
                    "try: line.recv(1)\n"
                    "except ssl.SSLError: sys.exit(0)\n"
                    "sys.exit(1)\n")
        subprocess.run(["ip", "netns", "exec", self.lab.facts["workstation"]["netns"], shutil.which("python3"), "-c",
                        stranger], check=True, timeout=30)
        until(lambda: "refused" in there.events("soapstone-agent"), 10, "the refusal is told")
        refusal = next(line for line in there.told("soapstone-agent") if line.startswith("event=refused"))
        self.assertRegex(refusal, r'target=0 from=[\da-f.:]+ why="the other side showed no certificate" others=0$')
        until(lambda: self.lab.sh("host2", "cat /var/lib/soapstone/*/logs/*long*.log", check=False), 30, "it runs")
        running.send(signal.SIGINT)
        running.wait_for("stopping")
        running.send(signal.SIGINT)
        running.end()
        told = there.told("soapstone-agent")
        events = there.events("soapstone-agent")
        self.assertIn("job_cancel", events, told)
        self.assertRegex(told[events.index("job_cancel")], "running=yes$")
        self.assertRegex(told[events.index("job_over")], "state=cancelled")
        self.assertEqual(events[-1], "remove_agent")


if __name__ == "__main__":
    unittest.main()

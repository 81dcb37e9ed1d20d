"""Other users of the target and of the workstation: take ports, plant folders and links, read, kill, call. 60 variants.

Each variant is something that a user without rights does (as `plain` on the target, as `nobody` on the workstation)
before or while a run is at work. The expectation of each is a row of the table: `refused` (it must be told no),
`done` (it may do that, and gains nothing). In all cases the run must end as if nobody else were there.
"""

import os
import shlex
import subprocess
import threading
from pathlib import Path

from kit import Rig, until
from story import Story
from support import LAB

WORK = 180  # seconds at most of the program in whose time the neighbours try


def ports(first, number):
    return " ".join(str(first + i) for i in range(number))


LISTEN = ("perl -MIO::Socket::INET -e '$SIG{{ALRM}}=sub{{exit}}; alarm 90; for(@ARGV){{push @s,"
          "IO::Socket::INET->new(LocalPort=>$_,Listen=>5)||die}} close STDOUT; sleep 99' {} >/dev/null 2>&1 & sleep 0.3; true")
CALL = "printf '{}' | timeout 3 curl -sk {} -m 3 {} 2>&1"

# what is planted on the target before the run: (name, script as plain)
BEFORE = [
    ("takes the agent's port", LISTEN.format(ports(62286, 1))),
    ("takes ten ports of agents", LISTEN.format(ports(62287, 10))),
    ("plants a folder like ours in /var/tmp", "mkdir -m 777 /var/tmp/.soapstone-00000000000000000000000000000000.aaaaaa"),
    ("plants a folder like ours in /tmp", "mkdir -m 777 /tmp/.soapstone-00000000000000000000000000000000.aaaaaa"),
    ("plants a folder like ours in /dev/shm", "mkdir -m 777 /dev/shm/.soapstone-0.aaaaaa"),
    ("plants a link to /etc in /var/tmp", "ln -s /etc /var/tmp/.soapstone-11111111111111111111111111111111.bbbbbb"),
    ("plants a link to root's home", "ln -s /root /tmp/.soapstone-11111111111111111111111111111111.bbbbbb"),
    ("plants a dead link", "ln -s /nowhere /var/tmp/.soapstone-22222222222222222222222222222222.cccccc"),
    ("plants a FIFO", "mkfifo -m 666 /var/tmp/.soapstone-33333333333333333333333333333333.dddddd"),
    ("plants a program called soapstone-agent", "printf '#!/bin/sh\\ntouch /tmp/owned\\n' >/tmp/soapstone-agent; chmod 755 /tmp/soapstone-agent"),
    ("plants tools in /tmp", "for t in head dd df mktemp gzip sha256sum; do printf '#!/bin/sh\\ntouch /tmp/owned\\n' >/tmp/$t; chmod 755 /tmp/$t; done"),
    ("plants a shell profile", "echo 'touch /tmp/owned' >>~/.profile; echo 'touch /tmp/owned' >>~/.bashrc"),
    ("runs a process called soapstone-agent", "cp /bin/sleep /tmp/.sleeper; (exec -a 'soapstone-agent shim' /tmp/.sleeper 90 >/dev/null 2>&1 &) ; true"),
    ("fills a thousand names in /tmp", "for i in $(seq 1000); do : >/tmp/.soapstone-$i; done"),
    ("keeps names of ours open in a loop", "(timeout 80 sh -c 'while :; do for f in /var/tmp/.soapstone-* /tmp/.soapstone-*; do cat $f/* ; ln -sf /etc/shadow $f/x; done; sleep 0.05; done' >/dev/null 2>&1 &); true"),
]

# tried as plain on the target while the agent works: (name, script that succeeds when plain got what it wanted)
DURING = [
    ("makes /var/lib/soapstone", "mkdir /var/lib/soapstone"),
    ("lists /var/lib/soapstone", "ls /var/lib/soapstone"),
    ("enters /var/lib/soapstone", "cd /var/lib/soapstone"),
    ("writes into /var/lib/soapstone", ": >/var/lib/soapstone/x"),
    ("renames /var/lib/soapstone", "mv /var/lib/soapstone /var/lib/other"),
    ("changes its mode", "chmod 777 /var/lib/soapstone"),
    ("puts a link in its place", "ln -sfT /tmp /var/lib/soapstone"),
    ("reads the lock", "cat /var/lib/soapstone/lock"),
    ("locks our lock", "flock -n /var/lib/soapstone/lock true"),
    ("reads a journal", "cat /var/lib/soapstone/{run}/journal"),
    ("reads the agent's log", "cat /var/lib/soapstone/{run}/logs/agent.log"),
    ("changes the agent's log", "echo x >>/var/lib/soapstone/{run}/logs/agent.log"),
    ("lists jobs", "ls /var/lib/soapstone/{run}/jobs"),
    ("removes the run's folder", "rm -r /var/lib/soapstone/{run}"),
    ("reads the payload", "ls /var/lib/soapstone/{run}/payload"),
    ("kills the agent", "kill -9 {pid}"),
    ("stops the agent", "kill -STOP {pid}"),
    ("asks the agent to end", "kill -TERM {pid}"),
    ("reads the agent's memory", "head -c 1 /proc/{pid}/mem"),
    ("reads the agent's map", "cat /proc/{pid}/maps | grep ."),
    ("reads the agent's environment", "cat /proc/{pid}/environ | grep -q ."),
    ("lists the agent's files", "ls /proc/{pid}/fd"),
    ("copies the agent's program", "cat /proc/{pid}/exe >/tmp/copy"),
    ("runs the agent's program", "/proc/{pid}/exe relay 1 2 3"),
    ("enters the agent's folder", "cd /proc/{pid}/cwd && ls jobs"),
    ("enters the agent's root", "ls /proc/{pid}/root/"),
    ("changes the agent's limits", "prlimit --pid {pid} --nofile=1"),
    ("renices the agent", "renice -n -5 {pid}"),
    ("asks the agent's port in plain HTTP", CALL.format("", "-f", "http://127.0.0.1:{port}/agent")),
    ("asks the agent's port without a key", CALL.format("", "-f", "https://127.0.0.1:{port}/agent")),
    ("asks the agent's port with TLS 1.2", CALL.format("", "-f --tls-max 1.2", "https://127.0.0.1:{port}/agent")),
    ("asks the agent for logs without a key", CALL.format("", "-f", "https://127.0.0.1:{port}/logs/agent.log")),
    ("brings payload without a key", "echo x | curl -skf -m 3 -T - https://127.0.0.1:{port}/payload/00"),
    ("asks the callback service without a key", CALL.format("", "-f", "https://10.83.0.1:61001/callback")),
    ("asks the depot without a key", CALL.format("", "-f", "https://10.83.0.1:60000/payload/00")),
    ("asks the local control from a target", CALL.format("", "-f", "http://10.83.0.1:61000/manager")),
    ("binds the agent's address again", "perl -MIO::Socket::IP -e 'exit !IO::Socket::IP->new(LocalHost=>q({address}),LocalPort=>{port},Listen=>5,ReuseAddr=>1,ReusePort=>1)'"),
    ("becomes root with sudo", "sudo -n true"),
]

# tried as nobody on the workstation while the manager works
WORKSTATION = [
    ("lists the data folder", "ls {data}"),
    ("reads the database", "cat {data}/soapstone.db"),
    ("reads the token", "cat {data}/managers/*.json"),
    ("reads the report", "cat {data}/runs/*/report.json"),
    ("writes into the data folder", ": >{data}/x"),
    ("kills the manager", "kill -9 {manager}"),
    ("reads the manager's environment", "cat /proc/{manager}/environ | grep -q ."),
    ("reads the manager's memory", "head -c 1 /proc/{manager}/mem"),
    ("lists the manager's files", "ls /proc/{manager}/fd"),
    ("asks the local control without a token", CALL.format("", "-f -X POST -d x -H Content-Type:text/xml", "http://127.0.0.1:61000/manager")),
    ("asks it with a wrong token", CALL.format("", "-f -X POST -d x -H 'Authorization: Bearer 00'", "http://127.0.0.1:61000/manager")),
    ("asks it as a page in a browser would", CALL.format("", "-f -X POST -d x -H 'Origin: http://evil.example'", "http://127.0.0.1:61000/manager")),
    ("asks the callback service", CALL.format("", "-f -X POST -d x", "https://127.0.0.1:61001/callback")),
    ("asks the depot", CALL.format("", "-f", "https://127.0.0.1:60000/payload/00")),
]


def run(rounds, chance, tally):
    """All variants, whatever `rounds` says: it is a table."""
    with Rig("neighbours", 1) as rig:
        fake = listeners(rig)
        try:
            plant(rig, tally)
            the_run(rig, tally)
        finally:
            fake.kill()
            fake.wait()


def as_plain(rig, script):
    done = subprocess.run([*lab_words(rig), "exec", "host1", "--user", "plain", "--", "bash", "-c", script],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    return done.returncode == 0


def lab_words(rig):
    return [str(LAB), "--name", rig.lab.name]


def as_nobody(rig, script):
    netns = rig.lab.facts["workstation"]["netns"]
    done = subprocess.run(["ip", "netns", "exec", netns, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                           "bash", "-c", script], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    return done.returncode == 0


def listeners(rig):
    """nobody holds the first choices of the workstation: these are passed over, and nobody calls them."""
    netns = rig.lab.facts["workstation"]["netns"]
    program = ("use IO::Socket::INET; for(@ARGV){push @s,IO::Socket::INET->new(LocalPort=>$_,Listen=>5)||die}"
               "print qq(held\\n); close STDOUT; sleep 300")
    held = subprocess.Popen(["ip", "netns", "exec", netns, "setpriv", "--reuid=65534", "--regid=65534",
                             "--clear-groups", "perl", "-e", program, "60001", "60002", "61002"],
                            stdout=subprocess.PIPE, text=True)
    held.stdout.readline()
    return held


def plant(rig, tally):
    for name, script in BEFORE:
        done = as_plain(rig, script)
        tally.verdict([] if done else [("wrong", "the test could not do that")], f"plain {name}")
    rig.fresh()


def the_run(rig, tally):
    """A run amid all that was planted; the attempts come while its program works."""
    over = "/root/over"  # ends the program
    program = rig.program("count.sh", f"echo count.sh >>/root/count\nfor i in $(seq {WORK}); do test ! -e {over} || break; "
                          "sleep 1; done")
    old = os.umask(0)  # a careless user
    try:
        running = rig.deploy(["host1"], program)
    finally:
        os.umask(old)
    until(lambda: rig.runs("host1", "count.sh") or running.process.poll() is not None, 90, "the program begins")
    data = running.data
    facts = facts_of(rig, running, data)
    attempts = [(as_plain, "plain", *row) for row in DURING] + [(as_nobody, "nobody", *row) for row in WORKSTATION]
    threads = [threading.Thread(target=attempt, args=(rig, tally, facts, *row)) for row in attempts]
    for at in range(0, len(threads), 8):
        for thread in threads[at:at + 8]:
            thread.start()
        for thread in threads[at:at + 8]:
            thread.join()
    if running.process.poll() is not None:
        tally.verdict([("wrong", "the run was over before all was tried: make WORK longer")], "the run")
    check_modes(tally, Path(data))
    rig.lab.sh("host1", f": >{over}")
    result = running.end()
    rig.lab.sh("host1", f"rm {over}; pkill -u plain; true")
    faults = [] if result.code == 0 else [("wrong", f"exit code {result.code}")]
    if rig.lab.sh("host1", "ls /tmp/owned 2>/dev/null; true"):
        faults.append(("wrong", "something of plain's was run by root"))
    tally.verdict(faults, "the run amid its neighbours", result)
    story = Story(rig, result, ["host1"], [], ["count.sh"], tries=0)
    story.judge(tally, "host1", may=["/tmp/*", "/var/tmp/.soapstone-*/*", "/home/*"], first=("updated",))


def facts_of(rig, running, data):
    agents = [one for one in rig.agents("host1") if one["uid"] == 0 and one["cmdline"].split()[1:2] != ["shim"]]
    told = [line for line in rig.lab.sh("host1", "ss -Hltnp").splitlines() if "soapstone" in line]
    address, _, port = told[0].split()[3].rpartition(":")
    return {"pid": agents[0]["pid"], "address": address.strip("[]").replace("*", "::"), "port": port, "run": running_id(running), "data": shlex.quote(str(data)),
            "manager": running.process.pid}


def running_id(running):
    return next(word.rstrip(":") for line in running.err for word in line.split() if len(word.rstrip(":")) == 32)


def attempt(rig, tally, facts, who, user, name, script):
    for key, value in facts.items():
        script = script.replace("{" + key + "}", str(value))
    got = who(rig, script)
    tally.verdict([("wrong", "got what it wanted")] if got else [], f"{user} {name}")


def check_modes(tally, data):
    """umask 000 makes nothing of ours writable or readable to others."""
    open_to_others = [str(path) for path in [data, *data.rglob("*")] if path.lstat().st_mode & 0o077]
    tally.verdict([("wrong", f"open to others: {open_to_others}")] if open_to_others else [], "umask 000")

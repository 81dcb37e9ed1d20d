"""Secrets that must be nowhere but where they belong. A round is one deploy with -v, mostly killed in the middle.

Looked through after each round: all that the host has on its disk and in memory file systems, the data folder, the
folder where soapstone was started (core files), what it said, and the system's logs of both sides. Meanwhile a sampler
reads command line and environment of each process of the machine. (The module cannot be called secrets: that is one of
Python's own.)
"""

import base64
import fcntl
import json
import os
import pty
import re
import resource
import secrets
import signal
import subprocess
import termios
import threading
import time
import urllib.parse
from pathlib import Path

import support
from kit import Rig, until

PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----|\x30\x77\x02\x01\x01\x04\x20|-----BEGIN OPENSSH")
WAYS = ("sudo", "key", "su")  # a host each; every second time over the system's ssh
SUDOERS = "Defaults:admin rootpw\nadmin ALL=(ALL:ALL) ALL\n"  # so that sudo's password is not the login's


def spellings(secret):
    """A secret as it might be written: plain, base64 at each offset, hex, in a URL, in XML."""
    escaped = secret.replace(b"&", b"&amp;").replace(b"<", b"&lt;")
    in_base64 = {base64.b64encode(b"x" * at + secret)[4 if at else 0:-4] for at in range(3)}
    return {secret, *in_base64, secret.hex().encode(), urllib.parse.quote_from_bytes(secret).encode(), escaped}


class Sampler:
    """Reads /proc/PID/{cmdline,environ} of all processes as often as it can."""

    def __init__(self, needles):
        self.needles, self.samples, self.hits, self.over = needles, 0, set(), threading.Event()
        self.left, self.began = {}, time.monotonic()
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def work(self):
        """A process is read at its first five samples: most change by exec in their first moments."""
        while not self.over.wait(0.002):
            self.samples += 1
            now = {pid for pid in os.listdir("/proc") if pid.isdigit()}
            self.left = {pid: self.left.get(pid, 5) for pid in now}
            for pid in [pid for pid, more in self.left.items() if more]:
                self.left[pid] -= 1
                self.look(pid)

    def look(self, pid):
        try:
            text = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            return
        for kind, words in self.needles.items():
            if any(word in text for word in words):
                self.hits.add(f"{kind} in command line or environment of {text[:100]!r}")

    def end(self):
        self.over.set()
        self.thread.join()
        return self.samples / (time.monotonic() - self.began)


def run(rounds, chance, tally):
    with Rig("secrets", len(WAYS)) as rig:
        kit = Canaries(rig)
        for number in range(rounds):
            one(rig, kit, number, chance, tally)


class Canaries:
    """The secrets of this lab. Each host has passwords of its own; tokens come with each run.

    The 8 kinds: password of the login, of sudo, of su; passphrase; the private key's bytes, its text, the text of its
    locked file; the token of the local control. Besides them no private key at all may lie anywhere.
    """

    def __init__(self, rig):
        self.folder = rig.folder
        self.logins = {host: "Lo&gin<" + secrets.token_hex(12) for host in rig.hosts}
        self.roots = {host: "Ro&ot<" + secrets.token_hex(12) for host in rig.hosts}
        self.passphrase = "Phr&ase<" + secrets.token_hex(12)
        for host in rig.hosts:
            self.set_up(rig, host)
        self.key = self.folder / "locked"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", self.passphrase, "-f", self.key], check=True)
        public = (self.folder / "locked.pub").read_text()
        for host in rig.hosts:
            home = rig.lab.inside.host(host).root() / "root/.ssh"
            home.mkdir(mode=0o700, exist_ok=True)
            with (home / "authorized_keys").open("a") as file:
                file.write(public)
        self.raw = self.unlocked()

    def set_up(self, rig, host):
        rig.lab("exec", host, "--", "sh", "-c", f"printf '%s\\n' 'admin:{self.logins[host]}' 'root:{self.roots[host]}' | chpasswd")
        sudoers = rig.lab.inside.host(host).root() / "etc/sudoers.d/lab"
        sudoers.write_text(SUDOERS)
        sudoers.chmod(0o440)
        for name, words in (("login", self.logins), ("root", self.roots)):
            file = self.folder / f"{name}-{host}"
            file.touch(mode=0o600)
            file.write_text(words[host] + "\n")

    def unlocked(self):
        """The key's 32 secret bytes, and a line of its text."""
        plain = self.folder / "plain"
        plain.write_bytes(self.key.read_bytes())
        plain.chmod(0o600)
        subprocess.run(["ssh-keygen", "-q", "-p", "-P", self.passphrase, "-N", "", "-f", plain], check=True,
                       stdout=subprocess.DEVNULL)
        text = plain.read_text()
        plain.unlink()
        blob = base64.b64decode("".join(text.splitlines()[1:-1]))
        public = base64.b64decode((self.folder / "locked.pub").read_text().split()[1])[-32:]
        at = blob.rindex(public) - 32
        return blob[at:at + 32], text.splitlines()[2].encode()

    def login(self, way, host):
        """Options that let us in; what each way asks for differs."""
        login, root = self.folder / f"login-{host}", self.folder / f"root-{host}"
        if way == "key":
            return ["-t", f"root@{host}", "-i", self.key]
        return ["-t", f"admin@{host}", f"--{way}", "--password-file", login, "--sudo-password-file", root]

    def needles(self, more):
        """Everything is looked for everywhere, so one host's password on another is found as well."""
        kinds = {"passphrase": self.passphrase.encode(), "private key": self.raw[0], "text of the key": self.raw[1],
                 "text of the locked key": self.key.read_bytes().splitlines()[2], **more}
        for host, password in self.logins.items():
            kinds[f"login password of {host}"] = password.encode()
        for host, password in self.roots.items():
            kinds[f"sudo and su password of {host}"] = password.encode()
        return {kind: spellings(secret) for kind, secret in kinds.items()}


def one(rig, canaries, number, chance, tally):
    host, way = rig.hosts[number % len(rig.hosts)], WAYS[number % len(WAYS)]
    program_of = ("libssh2", "openssh")[number // len(WAYS) % 2]
    rig.fresh(host)
    data, place = Path(rig.data()), Path(rig.data(packed=False) + "-cwd")
    place.mkdir()
    words = ["deploy", "-v", "--data", data, "--known-hosts", rig.lab.facts["known_hosts"], "--lease", "10",
             "--ssh", program_of, *canaries.login(way, host), rig.counter("count.sh", 2)]
    sampler = Sampler(canaries.needles({}))
    said, tokens, killed, code = session(rig, canaries, words, data, place, chance, number)
    rate = sampler.end()
    tally.counts["samples_per_s_at_least"] = min(round(rate), tally.counts.get("samples_per_s_at_least", round(rate)))
    tally.add(f"{way} by {program_of}")
    tally.add("killed_with_core_files_allowed", killed)
    hits = sampler.hits | scan(rig, host, data, place, said, canaries.needles(tokens))
    if killed:  # with the agent dead nobody is left there to remove anything
        rig.lab.soapstone("cleanup", "-t", host, data=f"{data}-cleanup")
    faults = [("not_clean", one) for one in rig.unclean(host, 30)]
    if not killed and code != 0:
        faults.append(("undone", f"exit code {code}: {said[-1500:]!r}"))
    if not tokens:
        faults.append(("wrong", f"no token was seen: {said[-1500:]!r}"))
    tally.verdict(faults + [("wrong", one) for one in sorted(hits)], f"{host}, {way} by {program_of}")


def session(rig, canaries, words, data, place, chance, number):
    """Runs soapstone at a terminal, gives the passphrase, kills both sides so that cores would be written."""
    line, terminal = pty.openpty()
    netns = rig.lab.facts["workstation"]["netns"]
    process = subprocess.Popen(
        ["ip", "netns", "exec", netns, support.BIN, *map(str, words)], cwd=place, stdin=terminal, stdout=terminal,
        stderr=terminal, start_new_session=True, preexec_fn=with_terminal(terminal),
        env={"PATH": os.environ["PATH"], "HOME": str(place), "TERM": "dumb"})
    os.close(terminal)
    said, tokens = bytearray(), {}
    reader = threading.Thread(target=read, args=(line, said, canaries.passphrase), daemon=True)
    reader.start()
    try:
        until(lambda: process.poll() is not None or token_of(data, tokens), 60, "the local control's token")
        killed = number % 4 != 3 and kill_both(rig, process, chance)
        code = process.wait(180)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    reader.join(2)
    os.close(line)
    return bytes(said), tokens, killed, code


def with_terminal(terminal):
    def prepare():
        fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    return prepare


def read(line, said, passphrase):
    answered = False
    while True:
        try:
            said.extend(os.read(line, 65536))
        except OSError:
            return
        if not answered and re.search(rb"assphrase[^\r\n]*: ?$", said):  # the question, no message about it
            answered = True
            os.write(line, passphrase.encode() + b"\n")


def token_of(data, tokens):
    for file in (data / "managers").glob("*.json") if (data / "managers").is_dir() else ():
        try:
            tokens["token"] = json.loads(file.read_text())["token"].encode()
        except (OSError, ValueError, KeyError):
            return False
        return True
    return False


def kill_both(rig, process, chance):
    """SIGSEGV and SIGABRT write cores where anything lets them; the manager's ssh children get them as well."""
    time.sleep(chance.uniform(0, 5))
    hit = 0
    for host in rig.hosts:
        for one in rig.agents(host):
            hit += send(one["outside_pid"], signal.SIGSEGV)
    if process.poll() is None:
        number = chance.choice((signal.SIGSEGV, signal.SIGABRT))
        hit += sum(send(child, number) for child in children(process.pid))
        hit += send(process.pid, number)
    return hit > 0


def send(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def children(pid):
    done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    return [int(word) for word in done.stdout.split()]


def scan(rig, host, data, place, said, needles):
    """Every secret that is found, and any private key at all, as sentences."""
    root = rig.lab.inside.host(host).root()
    folders = [rig.lab.inside.host(host).disk, *(root / name for name in ("run", "tmp", "var/tmp", "dev/shm")), data, place]
    hits = search(said, needles, "what soapstone said")
    for path in (Path(place) / name for folder in folders for place, _, names in os.walk(folder) for name in names):
        if path.is_symlink() or not path.is_file() or "etc/ssh/ssh_host" in str(path):
            continue
        try:
            found = search(path.read_bytes(), needles, str(path))
        except FileNotFoundError:  # the host lives on meanwhile
            continue
        if data in path.parents and path.parent.name == "managers":
            found = {hit for hit in found if not hit.startswith("token ")}  # its home, mode 0600
        hits |= found
        if path.name.startswith("core"):
            hits.add(f"a core file: {path}")
    return hits


def search(text, needles, where):
    hits = {f"{kind} in {where}" for kind, words in needles.items() if any(word in text for word in words)}
    return hits | ({f"a private key in {where}"} if PRIVATE_KEY.search(text) else set())

"""Secrets that must be nowhere but where they belong. A round is one deploy with -v, often killed in the middle.

Looked through after each round: all that the host has on its disk and in memory file systems, the data folder, the
folder where soapstone was started (core files), what it said. Meanwhile a sampler reads command line and environment
of each process of the lab. (The module cannot be called secrets: that is one of Python's own.)
"""

import base64
import json
import os
import pty
import re
import resource
import secrets
import signal
import subprocess
import threading
import time
import urllib.parse
from pathlib import Path

import support
from kit import Rig, until

PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----|\x30\x77\x02\x01\x01\x04\x20|-----BEGIN OPENSSH")


def spellings(secret):
    """A secret as it might be written: plain, base64, hex, in a URL, in XML."""
    escaped = secret.replace(b"&", b"&amp;").replace(b"<", b"&lt;")
    return {secret, base64.b64encode(secret).rstrip(b"="), secret.hex().encode(),
            urllib.parse.quote_from_bytes(secret).encode(), escaped}


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
    with Rig("secrets", 2) as rig:
        kit = Canaries(rig)
        for number in range(rounds):
            one(rig, kit, number, chance, tally)


class Canaries:
    """The secrets of this lab: two passwords, a passphrase, a key in three forms; tokens come with each run."""

    def __init__(self, rig):
        self.folder = rig.folder
        self.passwords = {"login password": "Lo&gin<" + secrets.token_hex(12), "sudo password": None}
        self.passwords["sudo password"] = self.passwords["login password"]
        self.passphrase = "Phr&ase<" + secrets.token_hex(12)
        for host in rig.hosts:
            rig.lab("exec", host, "--", "sh", "-c",
                    f"printf '%s\\n' 'admin:{self.passwords['login password']}' | chpasswd")
        self.password_file = self.secret_file("password", self.passwords["login password"])
        self.key = self.folder / "locked"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", self.passphrase, "-f", self.key], check=True)
        public = (self.folder / "locked.pub").read_text()
        for host in rig.hosts:
            home = rig.lab.inside.host(host).root() / "root/.ssh"
            home.mkdir(mode=0o700, exist_ok=True)
            with (home / "authorized_keys").open("a") as file:
                file.write(public)
        self.raw = self.unlocked()

    def secret_file(self, name, text):
        file = self.folder / name
        file.touch(mode=0o600)
        file.write_text(text + "\n")
        return file

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

    def needles(self, more):
        kinds = {"login or sudo password": self.passwords["login password"].encode(),
                 "passphrase": self.passphrase.encode(), "private key": self.raw[0], "text of the key": self.raw[1],
                 "text of the locked key": self.key.read_bytes().splitlines()[2], **more}
        return {kind: spellings(secret) for kind, secret in kinds.items()}


def one(rig, canaries, number, chance, tally):
    host = rig.hosts[number % len(rig.hosts)]
    rig.fresh(host)
    data, place = Path(rig.data()), Path(rig.data() + "-cwd")
    place.mkdir()
    program = rig.counter("count.sh", 2)
    words = ["deploy", "-v", "--data", data, "--known-hosts", rig.lab.facts["known_hosts"], "--lease", "10"]
    by_password = number % 2 == 0
    if by_password:
        words += ["-t", f"admin@{host}", "--sudo", "--password-file", canaries.password_file,
                  "--sudo-password-file", canaries.password_file]
    else:
        words += ["-t", f"root@{host}", "-i", canaries.key]
    sampler = Sampler(canaries.needles({}))
    said, tokens, killed = session(rig, canaries, [*words, program], data, place, chance, number)
    rate = sampler.end()
    tally.counts["samples_per_s_at_least"] = min(round(rate), tally.counts.get("samples_per_s_at_least", round(rate)))
    tally.add("killed_with_core_files_allowed", killed)
    rig.unclean(host, 30)
    hits = sampler.hits | scan(rig, host, data, place, said, canaries.needles(tokens))
    tally.verdict([("wrong", one) for one in sorted(hits)], f"{host}, {'password' if by_password else 'key'}", None)


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
        process.wait(180)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    reader.join(2)
    os.close(line)
    return bytes(said), tokens, killed


def with_terminal(terminal):
    def prepare():
        import fcntl
        import termios
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
    """SIGSEGV and SIGABRT write cores where anything lets them; the agent's child of the session goes along."""
    time.sleep(chance.uniform(0, 5))
    hit = 0
    for host in rig.hosts:
        for one in rig.agents(host):
            os.kill(one["outside_pid"], signal.SIGSEGV)
            hit += 1
    if process.poll() is None:
        process.send_signal(chance.choice((signal.SIGSEGV, signal.SIGABRT)))
        hit += 1
    return hit > 0


def scan(rig, host, data, place, said, needles):
    """Every secret that is found, and any private key at all, as sentences."""
    root = rig.lab.inside.host(host).root()
    folders = [rig.lab.inside.host(host).disk, *(root / name for name in ("run", "tmp", "var/tmp", "dev/shm")), data, place]
    hits = search(said, needles, "what soapstone said")
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_symlink() or not path.is_file() or "etc/ssh/ssh_host" in str(path):
                continue
            found = search(path.read_bytes(), needles, str(path))
            if data in path.parents and path.parent.name == "managers":
                found = {hit for hit in found if not hit.startswith("token ")}  # its home, mode 0600
            hits |= found
            if path.name.startswith("core"):
                hits.add(f"a core file: {path}")
    return hits


def search(text, needles, where):
    hits = {f"{kind} in {where}" for kind, words in needles.items() if any(word in text for word in words)}
    return hits | ({f"a private key in {where}"} if PRIVATE_KEY.search(text) else set())

"""What is different about hosts that look like Windows: their layer, their users, their smbd."""

import json
import re
import secrets
import struct
import subprocess
import time

from . import enter, hosts, layer
from .roots import WINDOWS_FILES
from .run import LabError, run
from .state import WINDOWS_USERS

UNIX_NAMES = {"Administrator": "root"}  # what smbd takes a user for
LIBRARY = "usr/local/lib/lab"
ADDITIONS = "etc/samba/lab.conf"  # read last; the last word counts
REALM = "etc/samba/realm.conf"  # for realm.py
WINESERVER = "usr/lib/wine/wineserver64"
TICKS = 10_000_000  # in a second
SAVES = 2  # times that wineserver sets the timer by which it saves the registry
WRONG = re.compile("(Unknown parameter|.*Ignoring invalid|Error loading).*")  # testparm's words; its status tells less


def make(lab, base):
    """Fills the lab's layer, and the password files that go with it. Nobody logs in by SSH."""
    own = secrets.token_hex(16)  # by it the lab itself comes to smbd, see running_files.py
    passwords = {**layer.make_passwords(lab, WINDOWS_USERS), "admin": own}
    files = {
        "etc/samba/smbpasswd": (accounts(base, passwords), 0o600),
        "etc/samba/users": ("".join(map(mapped, WINDOWS_USERS)), 0o644),
        "etc/samba/lab.password": (own, 0o600),
        ADDITIONS: ("", 0o644),
        REALM: ("", 0o644),
        "etc/samba/smb.conf": (own_file("smb.conf"), 0o644),
        f"{LIBRARY}/wine.env": (own_file("wine.env"), 0o644),
        f"{LIBRARY}/svcctl.py": (own_file("svcctl.py"), 0o755),
        f"{LIBRARY}/running_files.py": (own_file("running_files.py"), 0o755),
        "usr/local/bin/wine": (own_file("wine"), 0o755),
    }
    for name, (text, mode) in files.items():
        layer.write(lab, base, name, text, mode)
    layer.write(lab, base, WINESERVER, "").write_bytes(hasty((base / WINESERVER).read_bytes()))
    layer.write_commands(lab, base, WINDOWS_FILES / "init")


def hasty(program):
    """wineserver that saves the registry every 2 s instead of 30, which are in its code. RegFlushKey does nothing."""
    usual, ours = (timer(seconds) for seconds in (30, 2))
    if program.count(usual) != SAVES:
        raise LabError(f"this {WINESERVER} is not that of wine 8, whose timer for the registry is known")
    return program.replace(usual, ours)


def timer(seconds):
    """mov rdi, -seconds: x86_64 for the first argument of a call."""
    return bytes.fromhex("48c7c7") + struct.pack("<i", -seconds * TICKS)


def mapped(user):
    """A line of samba's user map; with a ticket one comes as the workgroup's."""
    return f"{UNIX_NAMES.get(user, user)} = {user} WORKGROUP\\{user}\n"


def own_file(name):
    return (WINDOWS_FILES / name).read_text()


def accounts(base, passwords):
    """Samba's smbpasswd file."""
    numbers = dict(line.split(":")[0:3:2] for line in (base / "etc/passwd").read_text().splitlines())
    lines = []
    for user, password in passwords.items():
        unix = UNIX_NAMES.get(user, user)
        lines.append(account(unix, numbers[unix], password))
    return "".join(lines)


def account(unix, number, password):
    """One line of it; the X stand for the hash of LAN Manager, which nobody has."""
    return f"{unix}:{number}:{'X' * 32}:{nt_hash(password)}:[U          ]:LCT-60000000:\n"


def nt_hash(password):
    """MD4 of the UTF-16, which OpenSSL has for such old protocols only."""
    utf16 = "".join(f"{each}\0" for each in password)  # a lab's passwords are ASCII
    said = run("openssl", "dgst", "-md4", "-provider", "legacy", "-provider", "default", given=utf16)
    return said.split()[-1].upper()


def configure(host, lines):
    """Puts these lines, and no others, after what all hosts have in smb.conf, and starts smbd anew."""
    if host.kind().system != "windows":
        raise LabError(f"{host.name} has no smbd; 'lab up N --root windows' makes hosts that have")
    file = host.files() / ADDITIONS
    old = file.read_text() if file.exists() else ""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{line}\n" for line in lines))
    if host.init() is None:
        return
    said = subprocess.run(enter.host_command(host, ["testparm", "-s"]), capture_output=True, text=True).stderr
    if WRONG.search(said):
        file.write_text(old)
        raise LabError(f"{host.name}: smbd does not take that and keeps its settings: {WRONG.search(said)[0]}")
    restart(host)


def restart(host):
    """Ends smbd, and nmbd if there is one; process 1 starts them anew. Returns when smbd listens."""
    before = listeners(host)
    run(*enter.host_command(host, ["pkill", "-x", "smbd|nmbd"]))
    deadline = time.monotonic() + hosts.START_LIMIT
    while not listeners(host) - before:
        if time.monotonic() > deadline:
            raise LabError(f"{host.name}: smbd did not come back; see {host.dir / 'log'}")
        time.sleep(0.02)


def listeners(host):
    """The kernel's numbers of smbd's listening sockets; its ports may have been changed to one of the two."""
    return {hosts.listener(host.running().pid, port) for port in (445, 139)} - {None}


def services(host):
    """All services as the host's own service manager tells them inside, drivers left out."""
    said = run(*enter.host_command(host, ["wine", f"/{LIBRARY}/list_services.exe"]))
    return [json.loads(line) for line in said.splitlines()]

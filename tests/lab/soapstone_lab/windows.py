"""What is different about hosts that look like Windows: their layer, their users, their smbd."""

import json
import re
import subprocess
import time

from . import enter, hosts, layer
from .roots import WINDOWS_FILES
from .run import LabError, run
from .state import WINDOWS_USERS

UNIX_NAMES = {"Administrator": "root"}  # what smbd takes a user for
LIBRARY = "usr/local/lib/lab"
ADDITIONS = "etc/samba/lab.conf"  # read last; the last word counts
WRONG = re.compile("(Unknown parameter|.*Ignoring invalid|Error loading).*")  # testparm's words; its status tells less


def make(lab, base):
    """Fills the lab's layer, and the password files that go with it. Nobody logs in by SSH."""
    passwords = layer.make_passwords(lab, WINDOWS_USERS)
    numbers = dict(line.split(":")[0:3:2] for line in (base / "etc/passwd").read_text().splitlines())
    lines = []
    for user, password in passwords.items():
        unix = UNIX_NAMES.get(user, user)
        lines.append(account(unix, numbers[unix], password))
    layer.write(lab, base, "etc/samba/smbpasswd", "".join(lines), 0o600)
    layer.write(lab, base, "etc/samba/users", "".join(f"{unix} = {user}\n" for user, unix in UNIX_NAMES.items()), 0o644)
    layer.write(lab, base, "etc/samba/smb.conf", (WINDOWS_FILES / "smb.conf").read_text(), 0o644)
    layer.write(lab, base, ADDITIONS, "", 0o644)
    layer.write(lab, base, f"{LIBRARY}/wine.env", (WINDOWS_FILES / "wine.env").read_text(), 0o644)
    layer.write(lab, base, f"{LIBRARY}/svcctl.py", (WINDOWS_FILES / "svcctl.py").read_text(), 0o755)
    layer.write(lab, base, "usr/local/bin/wine", (WINDOWS_FILES / "wine").read_text(), 0o755)
    layer.write_commands(lab, base, WINDOWS_FILES / "init")


def account(unix, number, password):
    """A line of samba's smbpasswd file; the X stand for the hash of LAN Manager, which nobody has."""
    return f"{unix}:{number}:{'X' * 32}:{nt_hash(password)}:[U          ]:LCT-60000000:\n"


def nt_hash(password):
    """MD4 of the UTF-16, which OpenSSL has for such old protocols only."""
    utf16 = "".join(f"{each}\0" for each in password)  # a lab's passwords are ASCII
    said = run("openssl", "dgst", "-md4", "-provider", "legacy", "-provider", "default", given=utf16)
    return said.split()[-1].upper()


def configure(host, lines):
    """Puts these lines, and no others, after what all hosts have in smb.conf, and starts smbd anew."""
    if host.lab.kind().system != "windows":
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

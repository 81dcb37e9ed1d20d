"""What is different about hosts that look like Windows: their layer, their users, their smbd."""

from . import layer
from .roots import WINDOWS_FILES
from .run import run
from .state import WINDOWS_USERS

UNIX_NAMES = {"Administrator": "root"}  # what smbd takes a user for
LIBRARY = "usr/local/lib/lab"


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

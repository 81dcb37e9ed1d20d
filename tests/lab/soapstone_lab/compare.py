"""What is on a host now that was not there at the time of a snapshot."""

import json
from fnmatch import fnmatchcase

from . import look
from .run import LabError

# Files that Debian's own programs, samba and wine write in normal use, not what they installed.
USUAL = (
    "/etc/ld.so.cache", "/var/cache/*", "/var/lib/apt/*", "/var/lib/dpkg/*", "/var/lib/sudo/*",
    "/var/log/alternatives.log", "/var/log/apt/*", "/var/log/btmp", "/var/log/dpkg.log", "/var/log/faillog",
    "/var/log/lastlog", "/var/log/wtmp", "/run/lab-shutdown.pid", "/run/motd.dynamic", "/run/mount", "/run/mount/*",
    "/run/samba/*", "/run/sshd.pid", "/run/sudo", "/run/sudo/*", "/run/utmp", "/home/*/.sudo_as_admin_successful",
    "/var/lib/samba/*", "/var/log/samba/*", "/wine/*.reg", "/wine/reg*.tmp",
)
USUAL_PROGRAMS = ("/usr/sbin/smbd", "/usr/libexec/samba/*")  # one process a connection, and helpers on demand
USUAL_COMMANDS = ("C:\\windows\\system32\\rpcss.exe*",)  # wine's own, which it starts late or when it is first asked for


def snapshot(host):
    """Remembers how the host looks now."""
    (host.dir / "snapshot.json").write_text(json.dumps(look.look(host)))


def diff(host, ignored):
    """What was added or changed since the snapshot, as plain data; all lists empty when nothing was."""
    try:
        before = json.loads((host.dir / "snapshot.json").read_text())
    except FileNotFoundError:
        raise LabError(f"{host.name} has no snapshot; 'lab snapshot {host.name}' makes one") from None
    after = look.look(host)
    added, changed = compare_files(host, before["files"], after["files"], ignored)
    processes = new(before["processes"], after["processes"], ("outside_pid", "start"))
    return {
        "services": new(before["services"], after["services"], ("name", "path")),
        "processes": [one for one in processes if not usual(one)],
        "ports": new(before["ports"], after["ports"], ("protocol", "address", "port")),
        "mounts": surplus(before["mounts"], after["mounts"]),
        "added": added,
        "changed": changed,
    }


def new(before, after, fields):
    """The entries of `after` that `before` does not have, told apart by these fields."""
    known = {tuple(one[field] for field in fields) for one in before}
    return [one for one in after if tuple(one[field] for field in fields) not in known]


def usual(process):
    return matches(process["exe"] or "", USUAL_PROGRAMS) or matches(process["cmdline"], USUAL_COMMANDS)


def matches(path, patterns):
    return any(fnmatchcase(path, pattern) for pattern in patterns)


def surplus(before, after):
    rest = list(before)
    return [one for one in after if not (one in rest and not rest.remove(one))]


def compare_files(host, before, after, ignored):
    known = {one["path"]: one for one in before}
    patterns = (*USUAL, *ignored)
    packaged = None
    added, changed = [], []
    for one in after:
        path = one["path"]
        old = known.get(path) or in_base(host, path)
        if old == one or matches(path, patterns):
            continue
        if packaged is None:
            packaged = files_of_packages(host)
        if path not in packaged:
            (changed if old else added).append(one)
    return added, changed


def in_base(host, path):
    """The file as the base or the layer has it, or None. A copy in the host's own disk is no new file."""
    for below in (host.layer, host.base()):
        facts = look.describe_file(f"{below}{path}", path)
        if facts:
            return facts
    return None


def files_of_packages(host):
    """Every path that an installed Debian package owns: it is no leftover of whoever installed the package."""
    owned = set()
    for listing in (host.root() / "var/lib/dpkg/info").glob("*.list"):
        owned.update(listing.read_text(errors="replace").splitlines())
    return owned

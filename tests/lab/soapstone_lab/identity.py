"""Who a host says it is and how its sshd behaves."""

import signal
import time

from . import enter, hosts, lifecycle, procs
from .run import LabError, run

KINDS = ("ed25519", "ecdsa", "rsa")
ADDITIONS = "etc/ssh/sshd_config.d/10-lab.conf"  # read before Debian's own settings; the first word counts


def rekey(host, kinds, trust):
    """Gives the host new keys, as after a new installation. known_hosts keeps the old ones unless `trust`."""
    for kind in kinds:
        if kind not in KINDS:
            raise LabError(f"host key kind '{kind}': take one or more of {', '.join(KINDS)}, with commas")
    must_have_sshd(host)
    hosts.make_keys(host, kinds)
    reload(host)
    if trust:
        lifecycle.write_known_hosts(host.lab)


def configure(host, lines):
    """Puts these lines, and no others, before the host's sshd_config."""
    must_have_sshd(host)
    file = host.files() / ADDITIONS
    old = file.read_text() if file.exists() else ""
    file.parent.mkdir(exist_ok=True)
    file.write_text("".join(f"{line}\n" for line in lines))
    if host.init() is None:
        return
    try:
        run(*enter.host_command(host, ["/usr/sbin/sshd", "-t"]))
    except LabError as error:
        file.write_text(old)
        raise LabError(f"{host.name}: sshd does not take that and keeps its settings: {error}") from None
    reload(host)


def must_have_sshd(host):
    if host.kind().system != "linux":
        raise LabError(f"{host.name} has no sshd, because it is like Windows")


def listening_sshd(init):
    """The sshd that process 1 started; other children of process 1 may be anybody's daemons."""
    for pid in procs.children(init.pid):
        if procs.words(pid).startswith("sshd: /usr/sbin/sshd -D"):
            return procs.of(pid)
    raise LabError("the host's sshd is not running; 'lab reboot' brings it back")


def reload(host):
    """Makes a running sshd read its settings and keys again; open connections stay."""
    init = host.init()
    if init is None:
        return
    before = hosts.listener(init.pid, 22)
    procs.send(listening_sshd(init), signal.SIGHUP)
    deadline = time.monotonic() + 10
    while hosts.listener(init.pid, 22) in (None, before):
        if time.monotonic() > deadline:
            raise LabError(f"{host.name}: sshd did not come back; see {host.dir / 'log'}")
        time.sleep(0.02)

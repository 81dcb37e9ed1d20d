"""Commands about one host: power, keys, sshd, looking."""

import json

from . import compare, hosts, identity, look, state, windows
from .run import LabError


def add(commands):
    add_power(commands)
    add_identity(commands)
    add_looking(commands)


def on_host(commands, name, run, text):
    """A command whose first operand is a host; `run` gets the Host and the options."""
    command = commands.add_parser(name, help=text)
    command.add_argument("host", metavar="HOST")
    command.set_defaults(run=lambda lab, options: run(lab.host(options.host), options))
    return command


def add_power(commands):
    command = on_host(commands, "reboot", reboot, "kill all processes, empty /run, start with a new boot id")
    command.add_argument("--off", type=float, default=0, metavar="SECONDS", help="stay off so long")
    command.add_argument("--hard", action="store_true", help="like a power cut: connections get no goodbye")
    command.add_argument("--no-wait", action="store_true", help="return before the host is up again")


def add_identity(commands):
    command = on_host(commands, "rekey", rekey, "new SSH host keys; known_hosts keeps the old ones")
    command.add_argument("--kinds", default=",".join(hosts.KINDS), help="ed25519,ecdsa,rsa (default: %(default)s)")
    command.add_argument("--trust", action="store_true", help="write the new keys to known_hosts too")
    on_host(commands, "hostkey", hostkey, "print the host's present keys as known_hosts lines")
    command = on_host(commands, "sshd", sshd, "put LINEs before the host's sshd_config; none: as it was")
    command.add_argument("lines", nargs="*", metavar="LINE")
    command = on_host(commands, "smb", smb, "put LINEs after the smb.conf of a Windows-like host; none: as it was")
    command.add_argument("lines", nargs="*", metavar="LINE")


def add_looking(commands):
    on_host(commands, "look", show_look, "services, processes, ports, mounts and files of a host, as JSON")
    on_host(commands, "snapshot", lambda host, _: compare.snapshot(host), "remember how a host looks, for diff")
    command = on_host(commands, "diff", diff, "what came since the snapshot; exit status 1 if anything did")
    command.add_argument("--ignore", action="append", default=[], metavar="GLOB", help="paths that may come")
    command.add_argument("--json", action="store_true")


def vary(lab, lines, kinds, smb_lines):
    """The variations given to 'up'."""
    with state.alone(lab):
        for host, chosen in by_host(lab, kinds, "--hostkey"):
            if hosts.kinds(host) != set(chosen[-1].split(",")):
                identity.rekey(host, chosen[-1].split(","), trust=True)
        for host, chosen in by_host(lab, lines, "--sshd"):
            identity.configure(host, chosen)
        for host, chosen in by_host(lab, smb_lines, "--smb"):
            windows.configure(host, chosen)


def by_host(lab, pairs, option):
    """[('host1' or 'all') + ':' + text, ...] -> [(Host, [texts]), ...]"""
    chosen = {}
    for pair in pairs:
        name, colon, text = pair.partition(":")
        if not colon:
            raise LabError(f"{option} '{pair}': write HOST:TEXT or all:TEXT")
        for host in lab.hosts() if name == "all" else [lab.host(name)]:
            chosen.setdefault(host.name, []).append(text)
    return [(lab.host(name), texts) for name, texts in chosen.items()]


def reboot(host, options):
    hosts.reboot(host, options.off, options.hard, wait=not options.no_wait)


def rekey(host, options):
    with state.alone(host.lab):
        identity.rekey(host, options.kinds.split(","), options.trust)


def hostkey(host, _):
    print("\n".join(hosts.known_lines(host)))


def sshd(host, options):
    identity.configure(host, options.lines)


def smb(host, options):
    windows.configure(host, options.lines)


def show_look(host, _):
    print(json.dumps(look.look(host), indent=2))


def diff(host, options):
    found = compare.diff(host, options.ignore)
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        print_diff(found)
    return 1 if any(found.values()) else 0


def print_diff(found):
    for one in found["services"]:
        print(f"service {one['name']} state {one['state']} {one['path']}")
    for one in found["processes"]:
        print(f"process {one['pid']} uid {one['uid']} {one['exe']}: {one['cmdline']}")
    for one in found["ports"]:
        print(f"port {one['protocol']} {one['address']} {one['port']} of process {one['pid']}")
    for path in found["mounts"]:
        print(f"mount {path}")
    for word in ("added", "changed"):
        for one in found[word]:
            print(f"{word} {one['type']} {one['path']} mode {one['mode']} uid {one['uid']} {one['size']} bytes")

"""Faults of the network: cut cables and firewalls that drop or reject."""

from . import network
from .run import LabError

TABLE = "inet lab"  # ours alone: 'unblock' deletes it and nothing else


def cut(host):
    """Pulls the cable. A reboot does not plug it in again."""
    (host.dir / "cut").touch()
    network.set_cable(host, up=False)


def heal(host):
    """Plugs the cable in again and takes all blocks away."""
    (host.dir / "cut").unlink(missing_ok=True)
    network.set_cable(host, up=True)
    unblock(host)


def block(host, direction, port, protocol, reject):
    """Drops (or rejects) what goes in one direction, all of it or what is for one port of the receiver."""
    hook = {"to-host": "input", "from-host": "output"}[direction]
    if port is not None and not 1 <= port <= 65535:
        raise LabError(f"port {port}: ports go from 1 to 65535")
    cable = {"input": "meta iifname eth0", "output": "meta oifname eth0"}[hook]  # not what the host tells itself
    match = f"{cable} {protocol} dport {port}" if port else cable
    if not reject:
        verdict = "drop"
    else:
        verdict = "reject with tcp reset" if port and protocol == "tcp" else "reject"
    nft(host, f"add table {TABLE}\n"
              f"add chain {TABLE} {hook} {{ type filter hook {hook} priority 0; policy accept; }}\n"
              f"add rule {TABLE} {hook} {match} counter {verdict}\n")


def only(host, port):
    """Drops all TCP and UDP but that to one port of the host and its answers, also of connections there are."""
    nft(host, f"add table {TABLE}\n"
              f"add chain {TABLE} input {{ type filter hook input priority 0; policy accept; }}\n"
              f"add chain {TABLE} output {{ type filter hook output priority 0; policy accept; }}\n"
              f"add rule {TABLE} input meta iifname eth0 tcp dport != {port} counter drop\n"
              f"add rule {TABLE} input meta iifname eth0 meta l4proto udp counter drop\n"
              f"add rule {TABLE} output meta oifname eth0 tcp sport != {port} counter drop\n"
              f"add rule {TABLE} output meta oifname eth0 meta l4proto udp counter drop\n")


def unblock(host):
    """Takes all blocks of this host away."""
    nft(host, f"add table {TABLE}\ndelete table {TABLE}\n")


def nft(host, rules):
    network.inside(host.netns, "nft", "-f", "-", given=rules)

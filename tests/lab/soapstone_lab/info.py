"""Everything a test must know about a lab, as one JSON document."""

from . import bmcs, network


def describe(lab):
    """The lab as plain data; the field names are a promise to the tests."""
    return {
        "version": 1,
        "lab": lab.name,
        "state": str(lab.dir),
        "workstation": {
            "netns": lab.netns,
            "interface": network.BRIDGE,
            "ipv4": lab.ipv4,
            "ipv6": lab.ipv6,
        },
        "hosts": [describe_host(host) for host in lab.hosts()],
        "bmcs": bmcs.describe(lab),
        "users": [describe_user(lab, user, sudo) for user, sudo in lab.users().items()],
        "keys": {kind: str(lab.keys / kind) for kind in ("ed25519", "rsa")},  # no files where there is no sshd
        "known_hosts": str(lab.known_hosts),
    }


def describe_host(host):
    process = host.init()
    return {
        "name": host.name,
        "base": str(host.base()),
        "ipv4": host.ipv4,
        "ipv6": host.ipv6,
        "netns": host.netns,
        "interface": host.name,  # the end of its cable on the workstation's bridge
        "cable": "cut" if (host.dir / "cut").exists() else "in",
        "up": process is not None,
        "pid": process.pid if process else None,  # process 1 of the host as the machine sees it
        "root": f"/proc/{process.pid}/root" if process else None,
        "disk": str(host.disk),  # what differs from the base
        "boot_id": (host.dir / "boot_id").read_text().strip() if process else None,
        "log": str(host.dir / "log"),  # what sshd says
    }


def describe_user(lab, user, sudo):
    file = lab.passwords / user
    return {
        "name": user,
        "sudo": sudo,  # root: is root; password; nopasswd; none
        "password_file": str(file) if file.exists() else None,
    }

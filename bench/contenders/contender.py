"""What every contender is, and what those share that connect by OpenSSH."""

import os

from tasks import PACKAGE, VERSION, digest

# The package is installed in the same way by all that can choose how: as Soapstone's agent does it.
INSTALL = ("DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -o APT::Sandbox::User=root "
           "/root/bench.deb")
CHECK = f"test \"$(dpkg-query -W -f '${{Version}}' {PACKAGE})\" = {VERSION}"


class Contender:
    """One tool. `command` is measured, `prepare` is not."""

    name = ""
    packages = ()  # of Debian, that it needs here
    needs_python = False  # on the hosts
    good_codes = (0,)
    more_calls = None  # this many further calls in one run tell what a warm call costs; None: `warm` is a run

    def prepare(self, task, work):
        """Called before each measured run."""

    def command(self, task, work, calls=1):
        """The words to run on the workstation. `calls`: how often the task `warm` is to call."""
        raise NotImplementedError

    def environment(self, work):
        return {"PATH": os.environ["PATH"], "HOME": str(work.folder), "LANG": "C.UTF-8"}

    def missing_push(self, work, host):
        """Why the pushed file is not there; nothing when it is."""
        file = work.scene.path(host, "/root/bench.bin")
        return None if file.exists() and digest(file) == work.big_sum else "the file is not there as it was sent"

    def phases(self, work):
        """How long the steps of the last run took, by name, in ms; empty for a tool that does not tell."""
        return {}

    def fetched(self, work, host):
        """Where the log of a host lies now."""
        return work.fetched / host.name


def ssh_config(work):
    """A configuration for ssh with nothing in it but the lab's keys; returns its path."""
    file = work.folder / "ssh_config"
    file.write_text(f"IdentityFile {work.key}\nIdentitiesOnly yes\nUser root\nBatchMode yes\nLogLevel ERROR\n"
                    f"UserKnownHostsFile {work.known_hosts}\nStrictHostKeyChecking yes\nCompression no\n")
    return file


class OverSsh(Contender):
    """Shared by those that run `ssh` themselves."""

    packages = ("openssh-client",)

    def prepare(self, task, work):
        ssh_config(work)
        if task.name == "warm":
            self.open_masters(work)

    def sockets(self, work):
        folder = work.folder / "masters"
        folder.mkdir(exist_ok=True)
        return f"{folder}/%h"

    def open_masters(self, work):
        """One connection to each host that stays open; they belong to the side that is measured."""
        line = f"ssh -F {ssh_config(work)} -o ControlPath={self.sockets(work)} -M -N -f {{}} >/dev/null 2>&1"
        work.meter.run(for_each(work, line), self.environment(work), work.folder)

    def options(self, task, work):
        """For ssh: its configuration, and the open connection where that is the task."""
        master = f" -o ControlPath={self.sockets(work)}" if task.name == "warm" else ""
        return f"-F {ssh_config(work)}{master}"


def for_each(work, line):
    """Runs the shell line for all hosts at once; `{}` in it is the host."""
    names = " ".join(work.names)
    return ["sh", "-c", f"printf '%s\\n' {names} | xargs -P {work.forks} -I{{}} sh -c \"$0\"", line]

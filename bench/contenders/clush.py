"""ClusterShell's clush, with one worker for each host."""

import shlex

from tasks import LOG

from .contender import CHECK, INSTALL, OverSsh


class Clush(OverSsh):
    name = "clush"
    packages = ("clustershell", "openssh-client")

    def command(self, task, work, calls=1):
        options = self.options(task, work).replace("%", "%%")  # clush reads it as a setting
        begin = ["clush", "-q", "-S", "-f", work.forks, "-w", work.all, "-o", options]
        copy_package = [*begin, "--copy", work.package, "--dest", "/root/bench.deb"]
        install = [*begin, INSTALL + " >/dev/null"]
        commands = {
            "cold": [*begin, f"touch {work.token}"],
            "warm": [*begin, f"touch {work.token}"],
            "push": [*begin, "--copy", work.big, "--dest", "/root/bench.bin"],
            "install": ["sh", "-c", f"{joined(copy_package)} && exec {joined(install)}"],
            "noop": [*begin, CHECK],
            "logs": [*begin, "--rcopy", LOG, "--dest", work.fetched],
        }
        return commands[task.name]

    def fetched(self, work, host):
        return next(iter(work.fetched.glob(f"*.{host.name}")), None)


def joined(words):
    return shlex.join(map(str, words))

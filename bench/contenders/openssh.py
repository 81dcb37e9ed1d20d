"""Parallel OpenSSH: one `ssh` or `scp` for each host, all at once."""

from tasks import LOG

from .contender import CHECK, INSTALL, OverSsh, for_each


class OpenSsh(OverSsh):
    name = "openssh"

    def command(self, task, work, calls=1):
        options = self.options(task, work)
        scp = f"scp -q {options}"
        lines = {
            "cold": f"exec ssh {options} {{}} touch {work.token}",
            "warm": f"exec ssh {options} {{}} touch {work.token}",
            "push": f"exec {scp} {work.big} {{}}:/root/bench.bin",
            "install": f"{scp} {work.package} {{}}:/root/bench.deb && exec ssh {options} {{}} '{INSTALL}' >/dev/null",
            "noop": f"exec ssh {options} {{}} \"$CHECK\"",
            "logs": f"exec {scp} {{}}:{LOG} {work.fetched}/{{}}",
        }
        return for_each(work, lines[task.name])

    def environment(self, work):
        return {**super().environment(work), "CHECK": CHECK}  # it has quotes of every kind

"""CPU time and memory of a group of processes, whatever they start, by the kernel's control groups.

Works with version 2 and with version 1 (where the two controllers are two trees).
"""

import os
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")


class Group:
    """A control group of our own. Children of its processes are in it, also after they became daemons."""

    def __init__(self, name):
        if (ROOT / "cgroup.controllers").exists():
            trees = {"cpu": ROOT, "memory": ROOT}
        else:
            trees = {"cpu": ROOT / "cpuacct", "memory": ROOT / "memory"}
        self.version_2 = trees["cpu"] == ROOT
        self.folders = {kind: tree / name for kind, tree in trees.items()}
        if self.version_2:
            (ROOT / "cgroup.subtree_control").write_text("+memory")
        for folder in self.folders.values():
            folder.mkdir(exist_ok=True)

    def remove(self):
        """Its processes must have ended."""
        for folder in set(self.folders.values()):
            folder.rmdir()

    def add(self, pid):
        for folder in set(self.folders.values()):
            try:
                (folder / "cgroup.procs").write_text(str(pid))
            except ProcessLookupError:
                pass  # it ended meanwhile

    def enter(self):
        """Puts the calling process in; for a child between fork and exec."""
        self.add(os.getpid())

    def pids(self):
        return [int(line) for line in (self.folders["cpu"] / "cgroup.procs").read_text().split()]

    def cpu_seconds(self):
        """Used by all processes that ever were in it."""
        if self.version_2:
            return self.fields("cpu", "cpu.stat")["usage_usec"] / 1e6
        return int((self.folders["cpu"] / "cpuacct.usage").read_text()) / 1e9

    def memory_bytes(self):
        """What its processes have in memory of their own now; no files that the kernel keeps for them."""
        return self.fields("memory", "memory.stat")["anon" if self.version_2 else "rss"]

    def fields(self, kind, file):
        lines = (self.folders[kind] / file).read_text().splitlines()
        return {name: int(value) for name, value in (line.split()[:2] for line in lines)}

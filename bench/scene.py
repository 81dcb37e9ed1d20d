"""The lab that the contenders work on: hosts, the two groups that are measured, a look at what they did."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cgroup
import python_layer

HERE = Path(__file__).resolve().parent
LAB = HERE.parent / "tests" / "lab" / "lab"
sys.path.insert(0, str(LAB.parent))

from soapstone_lab import enter, look, state  # noqa: E402  (the path had to come first)


class Scene:
    """A lab of our own, up from `up` to `down`."""

    def __init__(self, python):
        self.name = f"bench-{os.getpid()}"
        self.inside = state.Lab(self.name)
        self.python = python  # whether some contender needs Python on the hosts
        self.manager = self.hosts_group = None

    def lab(self, *words):
        done = subprocess.run([LAB, "--name", self.name, *map(str, words)], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise RuntimeError(f"lab {' '.join(map(str, words))}: {done.stdout}{done.stderr}")
        return done.stdout

    def up(self, count):
        """Brings it to `count` fresh hosts."""
        self.down()
        if self.python:
            self.lab("up", 0)
            base = self.inside.base()
            python_layer.put(python_layer.ensure(base), self.inside.layer(base))
        self.lab("up", count)
        self.facts = json.loads(self.lab("info", "--json"))
        self.hosts = self.inside.hosts()
        self.manager = cgroup.Group(f"{self.name}-manager")
        self.hosts_group = cgroup.Group(f"{self.name}-hosts")
        for host in self.hosts:
            for process in look.processes(host.running()):
                self.hosts_group.add(process["outside_pid"])

    def down(self):
        self.lab("down")
        for group in (self.manager, self.hosts_group):
            if group is not None:
                group.remove()
        self.manager = self.hosts_group = None

    def each(self, work):
        """Does work(host) for all hosts, some at a time; returns the results in their order."""
        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(work, self.hosts))

    def path(self, host, path):
        """A host's file as seen from outside."""
        return host.root() / path.lstrip("/")

    def inside_of(self, host, *command):
        """Runs a command in the host, not measured. Throws when it fails."""
        words = [str(word) for word in enter.host_command(host, command)]
        done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise RuntimeError(f"{host.name}: {' '.join(command)}: {done.stdout}{done.stderr}")
        return done.stdout

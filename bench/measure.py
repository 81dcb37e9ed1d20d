"""One measured run of one command line on the lab's workstation."""

import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass

LIMIT = 3600  # s; no contender has any business to take longer
SETTLE = 10  # s that the hosts get to end what a contender has started there
EACH = 0.02  # s between two looks at the memory


@dataclass
class Sample:
    """What one run took. CPU seconds of the hosts go on until what was started there has ended."""

    wall: float  # s
    manager_cpu: float  # s, all processes on the workstation's side
    host_cpu: float  # s, all processes of all hosts
    memory: int  # bytes, the most that the workstation's side had at once, looked at every 20 ms
    code: int  # exit status of the command
    said: str  # end of its output

    def minus(self, less, times):
        """What one of `times` more calls costs, by the difference of two runs."""
        return Sample((self.wall - less.wall) / times, (self.manager_cpu - less.manager_cpu) / times,
                      (self.host_cpu - less.host_cpu) / times, self.memory, self.code or less.code, self.said)


class Meter:
    """Runs commands in the group of the workstation's side."""

    def __init__(self, netns, manager, hosts):
        self.netns, self.manager, self.hosts = netns, manager, hosts
        self.idle = len(hosts.pids())

    def run(self, command, environment, folder):
        """Runs the command to its end, measured."""
        self.settle()
        before = self.manager.cpu_seconds(), self.hosts.cpu_seconds()
        begin = time.monotonic()
        process = self.start(command, environment, folder)
        with Peak(self.manager) as peak:
            try:
                said, _ = process.communicate(timeout=LIMIT)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                said, _ = process.communicate()
                said += f"\nbench: ended after {LIMIT} s"
        wall = time.monotonic() - begin
        manager = self.manager.cpu_seconds() - before[0]
        self.settle()
        return Sample(wall, manager, self.hosts.cpu_seconds() - before[1], peak.bytes, process.returncode, said[-2000:])

    def start(self, command, environment, folder):
        return subprocess.Popen(["ip", "netns", "exec", self.netns, *map(str, command)], cwd=folder, env=environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                errors="replace", start_new_session=True, preexec_fn=self.manager.enter)

    def settle(self):
        """Waits until the hosts do nothing more than before the first measurement."""
        end = time.monotonic() + SETTLE
        while len(self.hosts.pids()) > self.idle and time.monotonic() < end:
            time.sleep(0.02)

    def end_all(self):
        """Ends what a contender has left on the workstation's side, such as connections kept open."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in self.manager.pids():
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass
            end = time.monotonic() + 2
            while self.manager.pids() and time.monotonic() < end:
                time.sleep(0.02)


class Peak:
    """Looks at a group's memory, again and again, while the block runs."""

    def __init__(self, group):
        self.group, self.bytes = group, 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def look(self):
        while not self.over.wait(EACH):
            self.bytes = max(self.bytes, self.group.memory_bytes())

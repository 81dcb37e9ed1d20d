"""Soapstone's `deploy`: each run sends the agent, works, collects the logs, removes the agent, and looks."""

import os
import shutil

import phases
from tasks import BIG, LOG

from .contender import Contender


class Soapstone(Contender):
    name = "soapstone"
    good_codes = (0, 3)  # 3: nothing was to be done
    more_calls = 10

    def __init__(self, build):
        self.program = os.environ.get("SOAPSTONE_BIN", f"{build}/release/bin/soapstone")

    def prepare(self, task, work):
        """As for somebody who has deployed before: the packed agent is there. Logs of earlier runs are not."""
        shutil.rmtree(self.data(work) / "runs", ignore_errors=True)
        if not (self.data(work) / "agents").is_dir():
            work.meter.run(self.deploy(work, work.names[0], [script(work, "first", "exit")]), self.environment(work),
                           work.folder)

    def data(self, work):
        return work.folder / self.name

    def command(self, task, work, calls=1):
        return self.deploy(work, work.all, self.components(task, work, calls))

    def deploy(self, work, targets, components):
        return [self.program, "deploy", "-q", "-t", targets, "-i", work.key, "--known-hosts", work.known_hosts,
                "--parallel", work.forks, "--data", self.data(work), *components]

    def components(self, task, work, calls):
        if task.name in ("install", "noop"):
            return [work.package]
        if task.name == "push":
            return [self.big_program(work)]
        if task.name == "logs":
            return [script(work, "log", f"exec cat {LOG}")]
        return [script(work, f"touch{call}", f"exec touch {work.token} # {call}") for call in range(calls)]

    def big_program(self, work):
        """A script that says by a token that it arrived with all bytes, and the bytes that make it big behind it."""
        head = f'#!/bin/sh\ntest "$(wc -c <"$0")" = {BIG} && touch {work.token}\nexit\n'.encode()
        file = work.folder / "big-program"
        file.write_bytes(head + work.big.read_bytes()[len(head):])
        return file

    def missing_push(self, work, host):
        """The agent has compared its hash before it ran; that it ran, the token says."""
        return None if work.scene.path(host, work.token).exists() else "the program has not run"

    def phases(self, work):
        return phases.newest(self.data(work) / "soapstone.db")

    def fetched(self, work, host):
        return next(self.data(work).glob(f"runs/*/{host.name}/*-log-*.log"), None)


def script(work, name, line):
    file = work.folder / name
    file.write_text(f"#!/bin/sh\n{line}\n")
    file.chmod(0o755)
    return file

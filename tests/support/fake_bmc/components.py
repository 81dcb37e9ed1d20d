"""What has a version in a BMC's inventory."""

import threading
import uuid

NASTY = "\x1b[2J<b>0\x14</b>"
PER_READ = threading.Lock()


class Component:
    """`resets`: what brings a new version up: 'bmc' (restarts by itself), 'manager' (waits for Manager.Reset), 'host' or
    'none'. `names`: what images may call it besides its Id."""

    def __init__(self, ident, name, version, resets="bmc", updateable=True, names=(), place="", **more):
        self.ident, self.name, self.version, self.resets, self.updateable = ident, name, version, resets, updateable
        self.names = names
        self.place = place  # what the vendor calls where it is
        self.more = more  # properties of the vendor's
        self.software_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"fake-bmc {ident}")).upper()
        self.old = version
        self.staged = None  # (version, what brings it up)
        self.flaps = 0  # reads that still go wrong
        self.reads_left = -1  # before it rolls back; -1: it does not

    def called(self, name):
        return name in (self.ident, *self.names)

    def install(self, version):
        self.old, self.version, self.staged = self.version, version, None

    def read(self, knobs):
        """The version as a client gets to see it."""
        with PER_READ:
            if self.reads_left == 0:
                self.version, self.reads_left = self.old, -1
            elif self.reads_left > 0:
                self.reads_left -= 1
            shown = self.version
            if self.flaps > 0:
                self.flaps -= 1
                shown = (self.old, self.version)[self.flaps % 2]
        return shown + NASTY if knobs["control-characters"] and self.resets != "bmc" else shown

    def bring_up(self, knobs):
        """The new version is there now."""
        if self.staged:
            self.install(self.staged[0])
            self.flaps = knobs["flapping"]
            self.reads_left = knobs["rolls-back"] or -1

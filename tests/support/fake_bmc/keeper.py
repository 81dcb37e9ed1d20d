"""What outlives the fake BMC's process: versions, and what waits to be brought up."""

import json
import os
import threading
from pathlib import Path


class Keeper:
    """A file of JSON, for all BMCs of a process."""

    def __init__(self, path):
        self.path, self.lock = Path(path), threading.Lock()
        self.words = json.loads(self.path.read_text()) if self.path.exists() else {}

    def load(self, bmc):
        for ident, kept in self.words.get(str(bmc.index), {}).get("components", {}).items():
            component = bmc.component(ident)
            if component:
                component.version, component.old = kept["version"], kept["old"]
                component.staged = tuple(kept["staged"]) if kept["staged"] else None

    def save(self, bmc):
        kept = {one.ident: {"version": one.version, "old": one.old, "staged": one.staged} for one in bmc.components}
        with self.lock:
            self.words.setdefault(str(bmc.index), {})["components"] = kept
            self.write()

    def certificate(self, index):
        """(certificate, key) as PEM text, or None."""
        kept = self.words.get(str(index), {})
        return (kept["certificate"], kept["key"]) if "certificate" in kept else None

    def keep_certificate(self, index, certificate, key):
        with self.lock:
            self.words.setdefault(str(index), {}).update(certificate=certificate, key=key)
            self.write()

    def write(self):
        beside = self.path.with_name(f"{self.path.name}.new")
        beside.touch(0o600)
        beside.write_text(json.dumps(self.words, indent=1))
        os.replace(beside, self.path)

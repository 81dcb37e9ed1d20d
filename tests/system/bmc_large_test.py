#!/usr/bin/env python3
"""Large images: they go to BMCs as they lie on the disk, and the manager's memory does not grow with them."""

import hashlib
import json
import random
import re
import subprocess
import sys
import time
import unittest
from pathlib import Path

from bmc_support import Scene

MIB = 1 << 20
GROWTH = 16 * MIB  # bytes that a large image may cost more than a small one


def write_large(path, target, version, size):
    """An image of `size` bytes of payload, without holding it."""
    block = random.Random(version).randbytes(MIB)
    digest = hashlib.sha256()
    for _ in range(size // MIB):
        digest.update(block)
    with path.open("wb") as file:
        file.write(json.dumps({"target": target, "version": version, "sha256": digest.hexdigest()}).encode() + b"\n")
        for _ in range(size // MIB):
            file.write(block)


def peak_of(pid):
    """Bytes of memory that the process had at most so far; 0 when it has ended."""
    try:
        return int(re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text()).group(1)) * 1024
    except (OSError, AttributeError):
        return 0


class Large(unittest.TestCase):
    def update(self, kind, size, *more, knobs=None):
        """Returns the peak of the manager's memory in bytes, and what the BMC saw."""
        with Scene(kind, knobs) as scene:
            scene.version = "9.0"
            write_large(scene.image, scene.bmc.kind().first_target, scene.version, size)
            began = time.monotonic()
            with (scene.path / "out").open("w+") as output:
                process = subprocess.Popen(scene.command(*more), stdout=output, stderr=subprocess.STDOUT)
                peak = 0
                while process.poll() is None:
                    peak = max(peak, peak_of(process.pid))
                    time.sleep(0.01)
                output.seek(0)
                out = output.read()
            print(f"{kind} {' '.join(more)}: {size // MIB} MiB, {time.monotonic() - began:.1f} s, at most "
                  f"{peak / MIB:.1f} MiB of memory", file=sys.stderr)
            self.assertEqual(process.returncode, 0, out)
            self.assertEqual((scene.bmc.version(), len(scene.bmc.flashes())), ("9.0", 1), out)
            return peak, scene.bmc.trace()

    def sizes(self, kind, *more, knobs=None, sizes=(64, 400)):
        small, _ = self.update(kind, MIB, *more)
        for size in sizes:
            peak, trace = self.update(kind, size * MIB, *more, knobs=knobs)
            self.assertLess(peak, small + GROWTH, f"{kind} {more}: {size} MiB")
        return trace

    def test_multipart(self):
        self.sizes("generic", "--method", "multipart")

    def test_push(self):
        self.sizes("generic", "--method", "push")

    def test_pull_that_goes_on_by_range_after_a_break(self):
        trace = self.sizes("generic", "--method", "pull", knobs={"fetch-drop-at": 50 * MIB})
        fetches = [one for one in trace if one["event"] == "fetch"]
        self.assertEqual([(one["status"], one["range"]) for one in fetches], [(200, None), (206, f"bytes={50 * MIB}-")])
        self.assertEqual(fetches[0]["bytes"], 50 * MIB)

    def test_the_form_of_an_ilo(self):
        self.sizes("ilo5", "--method", "push")

    def test_ribcl(self):
        self.sizes("ilo4", sizes=(64,))
        self.sizes("ilo2", sizes=(64,))


if __name__ == "__main__":
    unittest.main()

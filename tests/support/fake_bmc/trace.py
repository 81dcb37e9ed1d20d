"""What a fake BMC saw and did, for tests to look at."""

import threading
import time


class Trace:
    """Events, oldest first. Any thread may add."""

    def __init__(self):
        self.lock = threading.Lock()
        self.events = []
        self.began = time.time()

    def add(self, bmc, event, secret=None, **facts):
        """`secret`: credentials in clear, which are shown only to who asks for them."""
        with self.lock:
            entry = {"bmc": bmc, "n": len(self.events), "at": round(time.time() - self.began, 4), "event": event, **facts}
            self.events.append((entry, secret))
            return entry

    def listing(self, bmc=None, secrets=False):
        with self.lock:
            chosen = [pair for pair in self.events if bmc is None or pair[0]["bmc"] == bmc]
        return [{**entry, "secret": secret} if secrets else dict(entry) for entry, secret in chosen]

    def clear(self):
        with self.lock:
            self.events.clear()

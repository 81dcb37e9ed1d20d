"""The logs of a BMC: entries that are counted up in place, and wrap."""

import threading
import time

from .tasks import stamp

MOST = 500
NASTY = "\x1b[31mred\x1b[0m \x14 <script>alert('log')</script>\r\nforged line \u202e"


class Entry:
    def __init__(self, number, text, severity, kind):
        self.number, self.text, self.severity, self.kind = number, text, severity, kind
        self.created = self.updated = time.time()
        self.count = 1


class Log:
    """`owner`: Systems, Managers or Chassis; `own`: made by the BMC itself rather than by the server."""

    def __init__(self, owner, name, title):
        self.owner, self.name, self.title = owner, name, title
        self.lock = threading.Lock()
        self.entries = []
        self.next = 1

    def add(self, text, severity="OK", kind="Maintenance"):
        with self.lock:
            self.entries.append(Entry(self.next, text, severity, kind))
            self.next += 1
            del self.entries[:-MOST]

    def touch(self):
        """The newest happens once more."""
        with self.lock:
            if self.entries:
                self.entries[-1].count += 1
                self.entries[-1].updated = time.time()

    def listing(self):
        with self.lock:
            return list(self.entries)


def fill(logs, count=60):
    """What was there before anybody came."""
    for log in logs:
        for number in range(count):
            log.add(f"{log.title}: something happened ({number})", ("OK", "Warning", "Critical")[number % 3])


def hpe_entry(entry, text):
    """As iLOs show it: no MessageId."""
    return {"@odata.type": "#LogEntry.v1_1_0.LogEntry", "Id": str(entry.number), "Name": "Log Entry", "EntryType": "Oem",
            "OemRecordFormat": "Hpe-IML", "Created": stamp(entry.created), "Message": text, "Severity": entry.severity,
            "Oem": {"Hpe": {"@odata.type": "#HpeLogEntry.v2_1_0.HpeLogEntry", "Class": 32, "Code": 2, "Categories":
                            [entry.kind], "Count": entry.count, "EventNumber": entry.number, "Repaired": False,
                            "Severity": entry.severity, "Updated": stamp(entry.updated),
                            "RecommendedAction": "No action required."}}}


def entry(one, text):
    """As DMTF has it."""
    return {"@odata.type": "#LogEntry.v1_11_0.LogEntry", "Id": str(one.number), "Name": f"Log Entry {one.number}",
            "EntryType": "Event", "Created": stamp(one.created), "Modified": stamp(one.updated), "Message": text,
            "MessageId": "OpenBMC.0.1.SomethingHappened", "MessageArgs": [str(one.count)], "Severity": one.severity}

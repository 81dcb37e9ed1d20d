"""All runs that were measured, their medians, and the two ways to write them down."""

import json
import os
import platform
import statistics
from dataclasses import asdict, dataclass

import aims
import table
from measure import Sample


@dataclass
class Row:
    """One run: who did what on how many hosts, what it took, and why it does not count."""

    hosts: int
    task: str
    contender: str
    repeat: int
    sample: Sample
    invalid: str | None
    phases: dict  # name -> ms, of a tool that tells them


class Results:
    def __init__(self, version):
        self.version = version
        self.rows = []
        self.load = os.getloadavg()

    def add(self, row):
        self.rows.append(row)

    def all_valid(self):
        return all(row.invalid is None for row in self.rows)

    def medians(self, hosts):
        """(contender, task) -> median Sample of the valid runs."""
        found = {}
        for row in self.rows:
            if row.hosts == hosts and row.invalid is None:
                found.setdefault((row.contender, row.task), []).append(row.sample)
        return {key: median(samples) for key, samples in found.items()}

    def tables(self):
        """The whole outcome as text."""
        parts = []
        for hosts in dict.fromkeys(row.hosts for row in self.rows):
            medians = self.medians(hosts)
            parts.append(table.measured(hosts, self.order(hosts), medians, self.invalid(hosts)))
            parts.append(table.aimed(hosts, self.verdicts(medians)))
            parts.append(table.phases(hosts, self.phases(hosts)))
        return "\n".join([*parts, table.FOOTNOTES])

    def order(self, hosts):
        """The tasks and contenders in the order in which they were measured first."""
        rows = [row for row in self.rows if row.hosts == hosts]
        return list(dict.fromkeys(row.task for row in rows)), list(dict.fromkeys(row.contender for row in rows))

    def invalid(self, hosts):
        return {(row.contender, row.task): row.invalid for row in self.rows if row.hosts == hosts and row.invalid}

    def phases(self, hosts):
        """The steps of Soapstone's cold deployments: name -> median of the runs, in ms."""
        found = {}
        for row in self.rows:
            if row.hosts == hosts and row.task == "cold" and row.invalid is None:
                for name, milliseconds in row.phases.items():
                    found.setdefault(name, []).append(milliseconds)
        return {name: statistics.median(each) for name, each in found.items()}

    @staticmethod
    def verdicts(medians):
        return [verdict for verdict in (aim.verdict(medians) for aim in aims.ALL) if verdict]

    def document(self):
        """The whole outcome for programs."""
        counts = dict.fromkeys(row.hosts for row in self.rows)
        return json.dumps({
            "version": 1,
            "soapstone": self.version,
            "machine": {"processors": os.cpu_count(), "kernel": platform.release(), "load_at_start": self.load},
            "runs": [asdict(row) for row in self.rows],
            "aims": {hosts: self.verdicts(self.medians(hosts)) for hosts in counts},
        }, indent=1)


def median(samples):
    numbers = {field: statistics.median(getattr(sample, field) for sample in samples)
               for field in ("wall", "manager_cpu", "host_cpu", "memory")}
    return Sample(**numbers, code=0, said="")

"""How long the targets of the newest run stayed in each phase, by the times in Soapstone's store."""

import sqlite3
import statistics
from contextlib import closing


def newest(store):
    """phase -> milliseconds, the median of all targets. `preparing` is what was done before the first target."""
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as database:
        run, started = database.execute("SELECT id, started FROM run ORDER BY started DESC LIMIT 1").fetchone()
        events = database.execute("SELECT target, time, phase FROM event WHERE run = ? AND phase IS NOT NULL ORDER BY seq",
                                  (run,)).fetchall()
    stays = {}  # phase -> a number for each target
    at = {}  # target -> phase, since when
    for target, time, phase in events:
        before, since = at.get(target, ("preparing", started))
        if phase != before:
            stays.setdefault(before, {}).setdefault(target, 0)
            stays[before][target] += time - since
            at[target] = phase, time
    return {phase: statistics.median(each.values()) for phase, each in stays.items()}

"""The outcome as text for people."""

FOOTNOTES = """\
wall: seconds until the command ended. manager CPU: seconds of all its processes here. host CPU: of all processes of
all hosts, until they are idle again. memory: the most at once here, without cached files. x: wall, as a multiple of
openssh in the same task and run. Medians of runs in turns; a row counts only if every host proves that the work was done.
soapstone: every task is one whole 'deploy' - agent sent, started, order and payload fetched, logs collected, agent
removed, looked that nothing stays - but 'warm', which is what one further component costs in the same run (order,
payload, run, report), by the difference of a run with eleven and a run with one; so it is for ansible and mitogen (one
further task of a play). openssh and clush warm: over ControlMaster connections that are open. push: soapstone sends a
program of 50 MiB and runs it. logs: soapstone runs a program that prints the log, and fetches what it printed.
noop: openssh and clush only ask dpkg for the version; the others look and find that nothing is to be done."""

HEAD = ("task", "contender", "wall s", "manager CPU s", "host CPU s", "memory MiB", "x")


def measured(hosts, order, medians, invalid):
    """One line for each task and contender."""
    tasks, contenders = order
    rows = [HEAD]
    for task in tasks:
        for contender in contenders:
            sample = medians.get((contender, task))
            if sample:
                rows.append(line(task, contender, sample, medians.get(("openssh", task))))
            elif (contender, task) in invalid:
                rows.append((task, contender, "invalid: " + invalid[contender, task], "", "", "", ""))
    return f"{hosts} hosts\n{aligned(rows)}\n"


def line(task, contender, sample, base):
    return (task, contender, f"{sample.wall:.3f}", f"{sample.manager_cpu:.3f}", f"{sample.host_cpu:.3f}",
            f"{sample.memory / (1 << 20):.0f}", f"{sample.wall / base.wall:.2f}" if base else "")


def aimed(hosts, verdicts):
    """What is aimed at, and by how much it is missed."""
    rows = [("aim", "wanted", "measured", "")]
    for verdict in verdicts:
        rows.append((verdict["aim"], verdict["wanted"], f"{verdict['ratio']:.2f}", "met" if verdict["met"] else "missed"))
    return f"aims at 100 hosts, with {hosts}\n{aligned(rows)}\n" if verdicts else ""


def phases(hosts, milliseconds):
    """Where the time of a cold deployment goes; medians of targets do not add up to the whole."""
    rows = [("phase", "ms"), *((name, f"{each:.0f}") for name, each in milliseconds.items())]
    return f"a cold deployment, with {hosts} hosts at once\n{aligned(rows)}\n" if milliseconds else ""


def aligned(rows):
    """Words to the left, numbers to the right."""
    widths = [max(len(row[i]) for row in rows if not is_invalid(row)) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) if is_word(i, row) else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(row, widths))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def is_word(column, row):
    return column == 0 or (column == 1 and len(row) == len(HEAD)) or (column == 2 and is_invalid(row))


def is_invalid(row):
    return len(row) == len(HEAD) and row[2].startswith("invalid")

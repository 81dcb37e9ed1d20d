"""One deploy as its user would see it through: resumed while it is open, repeated where nothing had begun.

A target ends `unreached` or `failed` without a job when the fault came before anything was begun there; or there is no
run at all, because it could not be kept. All is over then, and its report tells to run the same command again. A story
does that, but first looks from outside whether the report is right: a program that did run there is a lost result.
"""

from kit import HUNG, Result, against_report, each, report_of

ENDED_UNBEGUN = ("failed", "cancelled")  # states of a job that may never have been started; then it has no exit code
NOT_BEGUN = ("no report", "not_started", "unreached", "cancelled", "omitted_dependency", "failed")


class Story:
    """`deploy` are the words that began it, none: it is not repeated, a resume must do.

    `names` are the components, each of which leaves a line in COUNT.
    """

    def __init__(self, rig, result, hosts, deploy, names, tries=6):
        self.rig, self.result, self.deploy, self.names = rig, result, deploy, names
        self.tries = tries
        self.targets = {}
        self.faults = {host: [] for host in hosts}
        self.hung = set()
        self.read(result)
        self.first = {host: self.outcome(host) for host in hosts}
        self.first_text = {host: self.text(host) for host in hosts}
        self.resumed = dict.fromkeys(hosts, 0)
        self.go_on()

    def outcome(self, host):
        return self.targets.get(host, {}).get("outcome", "no report")

    def text(self, host):
        return self.targets.get(host, {}).get("text", "")

    def read(self, result):
        self.result = result
        if result.code < 0 and result.code != -9 or result.code in (134, 139):  # -9 is a scenario's own
            for host in self.faults:
                self.faults[host].append(("crash", f"soapstone ended with {result.code}: {result}"))
        for target in report_of(result).get("targets", []):
            if target["name"] in self.faults:
                self.targets[target["name"]] = target

    def go_on(self):
        for _ in range(self.tries):
            if is_open(self.result):
                self.resume()
            elif not self.repeat():
                return

    def resume(self):
        before = self.result
        result = self.rig.lab.soapstone("resume", data=before.data, seconds=900)
        if "every run is finished" in result.err:  # its manager was killed after all was done
            result = Result(0, before.out, before.err, before.data)
        else:
            self.count(host for host in self.faults if self.outcome(host) in ("not_started", "interrupted", "no report"))
        self.read(result)

    def repeat(self):
        """The same command for those on which nothing was begun, as their report says; True when there were any."""
        if not self.deploy:
            return False
        again = [host for host in self.faults if self.outcome(host) in NOT_BEGUN and not self.has_begun(host)]
        if not again:
            return False
        each(self.look_before_repeat, again)
        again = [host for host in again if not self.faults[host]]
        if not again:
            return False
        self.count(again)
        self.read(self.rig.lab.soapstone(*self.deploy, "-t", ",".join(again), data=self.result.data, seconds=900))
        return True

    def count(self, hosts):
        for host in hosts:
            self.resumed[host] += 1

    def has_begun(self, host):
        """By the report: also a job that was given up before it was started, as when the lease was over, is not begun."""
        return any(one["state"] not in ENDED_UNBEGUN or "exit_code" in one or "signal" in one
                   for one in self.targets.get(host, {}).get("components", []) if "state" in one)

    def look_before_repeat(self, host):
        """What is not begun must never run, also not when the agent that nobody could reach goes on alone."""
        self.faults[host] += self.unclean(host, ())
        self.faults[host] += [("lost", f"{name} ran, the report says {self.outcome(host)}: {self.text(host)}")
                              for name in self.names if self.rig.runs(host, name)]

    def unclean(self, host, may, seconds=15):
        """Where the report tells of a dead line, a session that hangs on it may be there still."""
        strange = self.rig.unclean(host, seconds, may)
        if strange and all(HUNG.match(one) for one in strange) and self.lost_its_line(host):
            self.hung.add(host)
            return []
        return [("not_clean", ", ".join(strange[:5]))] if strange else []

    def lost_its_line(self, host):
        """
        By the newest report, or one before it: a later try had a clean host to begin with, but for that session. It is
        the target's sshd that has not noticed yet, and that no look from another session can tell from its user's own.
        """
        target = self.targets.get(host, {})
        return target.get("left") is None or target.get("trouble") == "unreachable" or self.resumed[host] > 0

    def judge(self, tally, host, what="", demand=("updated",), first=None, may=(), seconds=15):
        """Counts the verdict. `demand`: how it must end in the end; `first`: how the first try may end."""
        faults = [*self.faults[host], *self.unclean(host, may, seconds)]
        runs = {name: self.rig.runs(host, name) for name in self.names}
        faults += against_report({"targets": list(self.targets.values())}, host, runs)
        final = self.outcome(host)
        if final not in demand:
            faults.append(("undone", f"ended {final} (first {self.first[host]}, {self.resumed[host]} more tries): "
                                     f"{self.text(host)}"))
        if first is not None and self.first[host] not in first:
            faults.append(("undone", f"the first try ended {self.first[host]}: {self.first_text[host]}"))
        tally.add("hung_sessions", host in self.hung)
        tally.add(f"first {self.first[host]}")
        tally.add(f"finally {final}")
        if final == "updated":
            tally.add(f"updated after {self.resumed[host]} more tries" if self.resumed[host] else "updated at once")
        tally.verdict(faults, f"{what} {host}".strip(), self.result)


def is_open(result):
    """A run that a resume would go on with: its manager was killed, or a target's result is still out there."""
    report = report_of(result)
    return result.code == -9 or (bool(report) and not report.get("finished"))

"""What Soapstone aims at, as ratios of medians inside one run."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Aim:
    """`ours` of `measure` over `theirs` is to be at most `most`; with `least`, theirs over ours at least that."""

    text: str
    measure: str
    ours: str  # task
    theirs: tuple  # contender, task
    most: float = 0
    least: float = 0

    def verdict(self, medians):
        """A line of the table; nothing when one of the two was not measured."""
        ours, theirs = medians.get(("soapstone", self.ours)), medians.get(self.theirs)
        if ours is None or theirs is None:
            return None
        ours, theirs = getattr(ours, self.measure), getattr(theirs, self.measure)
        if not ours or not theirs:
            return None
        ratio = theirs / ours if self.least else ours / theirs
        met = ratio >= self.least if self.least else ratio <= self.most
        aim = f">= {self.least:g}" if self.least else f"<= {self.most:g}"
        return {"aim": self.text, "wanted": aim, "ratio": ratio, "met": met}


ALL = (
    Aim("cold deployment / parallel ssh", "wall", "cold", ("openssh", "cold"), most=1.2),
    Aim("warm call / parallel ssh", "wall", "warm", ("openssh", "cold"), most=0.05),
    Aim("manager CPU, cold / parallel ssh", "manager_cpu", "cold", ("openssh", "cold"), most=1),
    Aim("push 50 MiB / parallel scp", "wall", "push", ("openssh", "push"), most=0.5),
    Aim("ansible install / ours", "wall", "install", ("ansible", "install"), least=15),
    Aim("ansible no-op / ours", "wall", "noop", ("ansible", "noop"), least=15),
    Aim("mitogen install / ours", "wall", "install", ("mitogen", "install"), least=20),
    Aim("mitogen no-op / ours", "wall", "noop", ("mitogen", "noop"), least=20),
)

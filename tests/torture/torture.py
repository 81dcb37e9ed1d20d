"""The command line of scripts/torture."""

import argparse
import importlib
import os
import random
import sys
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

import kit  # noqa: E402  (the path had to come first)

# name -> rounds of the long version; a round is what the scenario judges once
SCENARIOS = {
    "cuts": 150, "oneway": 50, "loss": 20, "agent-kills": 3000, "failpoints": 1000, "manager-kills": 1000,
    "disk": 128, "fsync": 40, "clock": 24, "secrets": 20, "neighbours": 70,
}

# name -> rounds and further words of the short version, some 10 to 40 s each
SHORT = {
    "cuts": (2, {"hosts": 2, "kinds": (1, 17)}), "oneway": (2, {"hosts": 2, "lengths": (2,)}), "loss": (1, {"hosts": 1}),
    "agent-kills": (20, {"hosts": 2}), "failpoints": (4, {"hosts": 4}), "manager-kills": (5, {"hosts": 5}),
    "disk": (4, {"hosts": 4}), "fsync": (4, {"hosts": 4}), "clock": (6, {"hosts": 6}), "secrets": (3, {}),
    "neighbours": (1, {}),
}

MODULES = {"secrets": "canaries"}  # a module called secrets is one of Python's own


def main(words):
    options = parser().parse_args(words)
    if os.geteuid() != 0:
        sys.exit("torture: must run as root, because the lab does; try 'sudo'")
    tallies = []
    for name in options.names or SCENARIOS:
        rounds, how = SHORT[name] if options.short else (SCENARIOS[name], {})
        tallies.append(run(name, options.rounds or rounds, options.seed, how))
        if options.json:
            kit.write_json(options.json, tallies)
    return 1 if any(one.failed() for one in tallies) else 0


def parser():
    top = argparse.ArgumentParser(prog="torture", description="Long runs under faults; see docs/testing.md.")
    top.add_argument("names", nargs="*", metavar="NAME", choices=[*SCENARIOS, []],
                     help=f"which scenarios (default: all): {', '.join(SCENARIOS)}")
    top.add_argument("--short", action="store_true", help="a short version of each, as the system test runs it")
    top.add_argument("--rounds", type=int, help="how many rounds of each (default: its long version)")
    top.add_argument("--seed", type=int, default=int(time.time()), help="of all that is random (default: the time)")
    top.add_argument("--json", metavar="FILE", help="write the counts there, too")
    return top


def run(name, rounds, seed, how):
    """Runs one scenario to its end and prints its counts."""
    tally = kit.Tally(name, seed)
    print(f"{name}: {rounds} rounds, seed {seed}", flush=True)
    begin = time.monotonic()
    module = importlib.import_module(MODULES.get(name, name.replace("-", "_")))
    try:
        module.run(rounds, random.Random(seed), tally, **how)
    except Exception as error:  # noqa: BLE001  (the others are still to be run)
        traceback.print_exc()
        tally.add("wrong")
        tally.keep(f"the scenario itself ended: {error!r}", None)
    print(f"{tally} ({time.monotonic() - begin:.0f} s)", flush=True)
    return tally


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Measurements of Soapstone, by name; `scripts/bench` builds what they need and calls this."""

import importlib
import sys

sys.dont_write_bytecode = True  # the tree may belong to somebody else than root

NAMES = ("fleet", "web", "api")


def main(words):
    """Returns the exit status: 0 all measured, 1 something could not be measured, 2 wrong words."""
    name, rest = (words[0], words[1:]) if words and not words[0].startswith("-") else (NAMES[0], words)
    if name not in NAMES:
        print(f"bench: there is no bench '{name}', only {', '.join(NAMES)}", file=sys.stderr)
        return 2
    try:
        return importlib.import_module(name).main(rest)
    except KeyboardInterrupt:
        print("bench: interrupted; what was measured until then is above", file=sys.stderr)
        return 130


sys.exit(main(sys.argv[1:]))

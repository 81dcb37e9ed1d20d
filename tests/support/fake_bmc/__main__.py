"""python3 -m fake_bmc, or python3 tests/support/fake_bmc"""

import sys
from pathlib import Path

sys.dont_write_bytecode = True
if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from fake_bmc.cli import main  # noqa: E402  (the path had to come first)

sys.exit(main(sys.argv[1:]))

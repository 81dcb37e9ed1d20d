#!/usr/bin/env python3
"""docs/integrating.md does what it says: its commands, one after the other, as they stand."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

from support import BIN, SystemTest  # noqa: E402

PROJECT = Path(__file__).resolve().parents[2]


class IntegratingTest(SystemTest):
    hosts = 1

    def test_from_nothing_to_a_first_deployment(self):
        home = Path(tempfile.mkdtemp(prefix="soapstone-system-docs-"))
        self.addCleanup(shutil.rmtree, home)
        blocks = re.findall(r"```sh\n(.*?)```", (PROJECT / "docs" / "integrating.md").read_text(), re.S)
        self.assertEqual(len(blocks), 4)
        data = home / ".local/state/soapstone"
        between = ("server=$!\ntrap 'kill $server && wait $server' EXIT\n"
                   f"until [ -e {data}/ports.json ]; do sleep 0.1; done\ncp {data}/serve/certificate.pem .\n"
                   f"cp {self.lab.facts['known_hosts']} {data}/known_hosts\n")
        secret = Path(self.lab.password("admin")).read_text().strip()
        script = "set -euo pipefail\n" + blocks[0] + between + "".join(blocks[1:])
        script = script.replace("PASSWORD", escape(secret)).replace("10.0.0.7", self.lab.facts["hosts"][0]["ipv4"])
        (home / "examples").symlink_to(PROJECT / "examples")
        shutil.copy(self.deb("tree"), home / "tree.deb")
        environment = {"HOME": str(home), "PATH": f"{Path(BIN).parent}:{os.environ['PATH']}"}
        done = subprocess.run(["ip", "netns", "exec", self.lab.facts["workstation"]["netns"], "bash", "-c", script],
                              cwd=home, env=environment, capture_output=True, text=True, timeout=100)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("b\u00fccher updated", done.stdout, done.stderr)
        self.assertIn("fault not_found nobody False", done.stdout)
        kept = [file.read_bytes() for file in (home / ".local/state/soapstone/runs").glob("*/*/agent.log")]
        self.assertIn((home / "agent.log").read_bytes(), kept)


if __name__ == "__main__":
    unittest.main()

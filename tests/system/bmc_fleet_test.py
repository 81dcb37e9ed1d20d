#!/usr/bin/env python3
"""One run over hosts and their BMCs: each takes what is for it."""

import json
import signal
import subprocess
import sys
import unittest
from pathlib import Path

from support import OK, SystemTest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

FLEET = """
defaults: {user: root}
hosts:
"""


class BmcFleetTest(SystemTest):
    hosts = 10
    bmcs = ("openbmc:10", "generic:5")

    def test_hosts_and_their_bmcs_in_one_run(self):
        members = self.lab.bmcs()
        image = self.components / "obmc.tar"
        image.write_bytes(members[0].image("2.15.0"))
        password = self.components / "password"
        password.touch(0o600)
        password.write_text(members[0].process.password + "\n")
        fleet = self.components / "fleet.yaml"
        lines = [f"  host{number}: {{bmc: bmc{number}}}\n" for number in range(1, 11)]
        lines += [f"  bmc{number}: {{connection: bmc, user: {members[0].process.user}}}\n" for number in range(1, 11)]
        fleet.write_text(FLEET + "".join(lines))
        before = {member.index: len(member.trace()) for member in members}
        self.lab.snapshot()
        result = self.lab.soapstone("deploy", "-f", fleet, "--bmc-password-file", password, "--accept-new", "--bmc-interval",
                                    "200", "--bmc-timeout", "30", self.deb("stone", "2.0-1"), image)
        self.ended(result, OK)
        self.assertRegex(result.out, r"(?m)^20 targets: 20 updated")
        for number in range(1, 11):
            self.assertIn("2.0-1", self.lab.sh(f"host{number}", "dpkg-query -W -f '${Version}' stone"))
        for member in members[:10]:
            self.assertEqual((member.version(), len(member.flashes()), member.state()["sessions"]), ("2.15.0", 1, 0))
        for member in members[10:]:
            self.assertEqual(len(member.trace()), before[member.index], "nobody had named it")
        self.assertTrue(list((result.folder / "bmc1").glob("*.log")))
        self.clean("host1", "host10")

    def test_bmcs_of_hosts_that_fetch_their_image(self):
        members = self.lab.bmcs()[10:]
        image = self.components / "image.bin"
        image.write_bytes(members[0].image("2.0.0"))
        password = self.components / "password2"
        password.touch(0o600)
        password.write_text(members[0].process.password + "\n")
        result = self.lab.soapstone("deploy", "-t", f"bmc://{members[0].process.user}@bmc[11-15]", "--bmc-password-file", password,
                                    "--accept-new", "--bmc-interval", "200", "--bmc-timeout", "30", "--method", "pull",
                                    "--firmware-entry", "BMC", "--firmware-version", "2.0.0", image, login=False)
        self.ended(result, OK)
        for member in members:
            self.assertEqual(member.version(), "2.0.0")
            self.assertEqual([one["status"] for one in member.fetches()], [200])
        self.assertEqual(len(json.loads((result.folder / "report.json").read_text())["targets"]), 5)

    def test_the_path_of_an_image_is_dead_once_the_update_is_over(self):
        """Also where the web server stays, because its manager does."""
        member = self.lab.bmcs()[10]
        image = self.components / "image3.bin"
        image.write_bytes(member.image("3.0.0"))
        password = self.components / "password3"
        password.touch(0o600)
        password.write_text(member.process.password + "\n")
        server = self.lab.start("serve")
        server.wait_for(r"^serving ")
        try:
            result = self.lab.soapstone("deploy", "-t", f"bmc://{member.process.user}@bmc11", "--bmc-password-file", password,
                                        "--accept-new", "--bmc-interval", "200", "--bmc-timeout", "30", "--method", "pull",
                                        "--firmware-entry", "BMC", "--firmware-version", "3.0.0", image, login=False)
            self.ended(result, OK)
            fetch = member.fetches()[-1]
            self.assertEqual(fetch["status"], 200)
            self.assertEqual(self.status_of(fetch["uri"]), "404")
        finally:
            server.send(signal.SIGTERM)
            server.end()

    def status_of(self, uri):
        netns = self.lab.facts["workstation"]["netns"]
        said = subprocess.run(["ip", "netns", "exec", netns, "curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", uri],
                              capture_output=True, text=True, timeout=60)
        return said.stdout


if __name__ == "__main__":
    unittest.main()

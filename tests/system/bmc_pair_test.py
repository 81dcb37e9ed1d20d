#!/usr/bin/env python3
"""Hosts that name their BMCs: what both could take is flashed once, through the BMC; a folder of components serves both."""

import io
import json
import sys
import tarfile
import unittest
from pathlib import Path

from support import COMPONENT_FAILED, NOT_REQUIRED, OK, UNREACHABLE, SystemTest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

MARK = "/usr/share/ran-on-the-host"


def scexe(name, image):
    """HPE's script that unpacks itself; run on a host, it leaves a mark there."""
    script = f"#!/bin/sh\n_SKIP=4\ntouch {MARK}; exit 0\n".encode()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(image)
        archive.addfile(entry, io.BytesIO(image))
    return script + out.getvalue()


class BmcPairTest(SystemTest):
    hosts = 2
    bmcs = ("ilo5:2",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.members = cls.lab.bmcs()
        process = cls.members[0].process
        cls.password = cls.components / "password"
        cls.password.touch(0o600)
        cls.password.write_text(process.password + "\n")
        cls.fleet = cls.components / "fleet.yaml"
        cls.fleet.write_text("defaults: {user: root}\nhosts:\n" + "".join(
            f"  host{number}: {{bmc: bmc{number}}}\n  bmc{number}: {{connection: bmc, user: {process.user}}}\n" for number in (1, 2)))
        cls.older = cls.members[0].version()

    def setUp(self):
        super().setUp()
        self.lab.snapshot()
        self.before = [len(member.flashes()) for member in self.members]

    def smart(self, version, name=None):
        """A smart component with that version of iLO 5."""
        name = name or f"ilo5_{version.replace('.', '')}.bin"
        file = self.components / f"CP05{version.replace('.', '')}.scexe"
        file.write_bytes(scexe(name, self.members[0].image(version)))
        file.chmod(0o755)
        return file

    def flashed(self):
        return [len(member.flashes()) - before for member, before in zip(self.members, self.before)]

    def ran(self, host):
        return self.lab.sh(host, f"test -e {MARK} && echo yes || echo no").strip() == "yes"

    def deploy(self, *words, file=True):
        return self.lab.soapstone("deploy", *(["-f", self.fleet] if file else []), "--bmc-password-file", self.password,
                                  "--accept-new", "--bmc-interval", "200", "--bmc-timeout", "30", *words)

    def report(self, result):
        report = json.loads((result.folder / "report.json").read_text())
        return {target["name"]: target for target in report["targets"]}

    def test_1_what_fits_both_is_flashed_once_through_the_bmc(self):
        result = self.deploy(self.smart("2.50"))
        self.ended(result, OK)
        self.assertEqual([member.version() for member in self.members], ["2.50", "2.50"])
        self.assertEqual(self.flashed(), [1, 1])
        self.assertFalse(self.ran("host1") or self.ran("host2"), "it ran on a host, too")
        self.assertRegex(result.out, r"(?m)^4 targets: 2 updated, 2 nothing needed")
        self.assertRegex(result.err, r"(?m)host1: CP05250.scexe: left to its BMC bmc1, which takes it$")
        targets = self.report(result)
        self.assertEqual((targets["host1"]["bmc"], targets["bmc1"]["bmc_of"]), ("bmc1", "host1"))
        self.assertNotIn("bmc_of", targets["host1"])
        self.assertEqual(targets["host2"]["components"][0]["action"], "left to its BMC bmc2, which takes it")
        self.assertEqual(targets["bmc1"]["left"], "nothing")
        again = self.deploy(self.smart("2.50"))
        self.ended(again, NOT_REQUIRED)
        self.assertIn("left to its BMC bmc1: same version is installed", again.err)
        self.assertEqual(self.flashed(), [1, 1])
        self.assertFalse(self.ran("host1"))

    def test_2_what_the_bmc_has_nothing_for_runs_on_the_host(self):
        result = self.deploy(self.smart("1.11", "ilo6_111.bin"), "--exclude", "host2,bmc2")
        self.ended(result, OK)
        self.assertTrue(self.ran("host1"))
        self.assertEqual(self.flashed(), [0, 0])
        self.assertIn("left to its host host1: it is for nothing that this BMC has", result.err)
        self.lab.sh("host1", f"rm {MARK}")

    def test_3_a_host_without_its_bmc_in_the_run_takes_it_itself(self):
        result = self.deploy(self.smart("2.60"), "--exclude", "bmc1,bmc2,host2")
        self.ended(result, OK)
        self.assertTrue(self.ran("host1"))
        self.assertEqual(self.report(result)["host1"]["bmc"], "bmc1")
        self.lab.sh("host1", f"rm {MARK}")

    def test_4_a_bmc_that_lets_nobody_in_does_not_send_it_to_the_host(self):
        wrong = self.components / "wrong"
        wrong.touch(0o600)
        wrong.write_text("no\n")
        result = self.lab.soapstone("deploy", "-f", self.fleet, "--bmc-password-file", wrong, "--accept-new", "--exclude",
                                    "host2,bmc2", self.smart("2.61"))
        self.ended(result, UNREACHABLE)
        self.assertFalse(self.ran("host1"))
        self.assertIn("--exclude bmc1 installs it here", result.err)
        self.assertRegex(result.out, r"(?m)^bmc1 \(BMC of host1\): unreached while scouting: login as \S+: the BMC refuses the login$")

    def test_5_a_folder_serves_hosts_and_bmcs(self):
        folder = self.components / "baseline"
        folder.mkdir()
        self.deb("tree", "1.0-1").rename(folder / "a_tree.deb")
        self.deb("tree", "0.9-1").rename(folder / "b_tree.deb")  # read later, and older
        (folder / "ilo5_278.bin").write_bytes(self.members[0].image("2.78"))
        self.smart("2.70").rename(folder / "CP.scexe")
        (folder / "ilo5_210.bin").write_bytes(self.members[0].image("2.10"))
        (folder / "obmc.tar").write_bytes(b"no archive at all")
        (folder / "README").write_text("hello\n")
        result = self.deploy("--baseline", folder)
        self.ended(result, OK)
        self.assertEqual([member.version() for member in self.members], ["2.78", "2.78"])
        self.assertEqual(self.flashed(), [1, 1], "one version each")
        self.assertIn("1.0-1", self.lab.sh("host1", "dpkg-query -W -f '${Version}' tree"))
        self.assertFalse(self.ran("host1"), "a program out of a folder ran")
        actions = {one["version"]: one["action"] for one in self.report(result)["bmc1"]["components"] if one["kind"] == "firmware"}
        self.assertEqual(actions["2.78"], "install")
        self.assertIn("iLO 5 2.78 is for the same device, and newer", actions["2.70"])
        self.assertIn("a newer version", actions["2.10"])
        self.assertNotIn("left out", result.err)
        self.ended(self.deploy("--baseline", folder), NOT_REQUIRED)
        self.lab.sh("host1", "dpkg -P tree")
        self.lab.sh("host2", "dpkg -P tree")

    def test_6_a_folder_for_hosts_alone_is_what_it_was(self):
        folder = self.components / "images"
        folder.mkdir()
        (folder / "ilo5_299.bin").write_bytes(self.members[0].image("2.99"))
        result = self.deploy("--baseline", folder, "--exclude", "bmc1,bmc2")
        self.ended(result, 254)
        self.assertIn("--baseline: no .deb, .rpm or .msi in", result.err)

    def test_7_a_package_for_an_agent_goes_to_neither(self):
        from fake_bmc import image
        package = self.components / "agent.fwpkg"
        package.write_bytes(image.fwpkg("1", "2.90", kind="D"))
        result = self.deploy(package, "--exclude", "host2,bmc2")
        self.ended(result, COMPONENT_FAILED)
        self.assertEqual(self.flashed(), [0, 0])
        self.assertIn("host1", result.out)
        self.assertEqual(result.out.count("this package (type D) is for"), 2)

    def test_8_bmc_takes_the_bmcs_of_a_file(self):
        result = self.lab.soapstone("bmc", "inventory", "-f", self.fleet, "--bmc-password-file", self.password, "--accept-new",
                                    login=False)
        self.ended(result, OK)
        self.assertEqual([line for line in result.out.splitlines() if not line.startswith(" ")], ["bmc1:", "bmc2:"])
        refused = self.lab.soapstone("bmc", "inventory", "-f", self.fleet, "-t", "host1", login=False)
        self.ended(refused, 254)
        self.assertIn("its BMC is bmc1: name that one", refused.err)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""The main job: packages on one host and on fifty."""

import sys
import time
import unittest

from support import NOT_REQUIRED, OK, SystemTest


class InstallTest(SystemTest):
    hosts = 1

    def test_a_package_is_installed_once_and_older_versions_only_on_request(self):
        old, new = self.deb("stone", "1.0-1"), self.deb("stone", "2.0-1")
        self.lab.snapshot()
        with self.subTest("a package is installed and verified"):
            result = self.lab.soapstone("deploy", "-t", "host1", new)
            self.ended(result, OK)
            self.assertIn("installed", self.lab.sh("host1", "dpkg-query -W -f '${Status} ${Version}' stone"))
            self.assertIn("2.0-1", self.lab.sh("host1", "dpkg-query -W -f '${Version}' stone"))
            self.assertRegex(result.out, r"(?m)^1 target: 1 updated")
            self.assertRegex(result.out, r"(?m)^left: logs only, on 1 target$")
            component = result.target("host1")["components"][0]
            self.assertEqual((component["verified"], component["to"], component["exit_code"]), (True, "2.0-1", 0))
            self.assertEqual(result.target("host1")["left"], "logs only")
            text = result.log("host1", "stone")
            self.assertIn("Setting up stone (2.0-1)", text)
            there = self.lab.sh("host1", f"cat /var/lib/soapstone/{result.run}/logs/01-stone-*.log")
            self.assertEqual(there, text.strip())
            self.clean("host1")
        with self.subTest("nothing is needed the second time"):
            result = self.lab.soapstone("deploy", "-t", "host1", new)
            self.ended(result, NOT_REQUIRED)
            self.assertRegex(result.out, r"(?m)^1 target: 1 nothing needed")
            self.assertIn("same version is installed", result.err)
            self.clean("host1")
        with self.subTest("an older version is refused"):
            result = self.lab.soapstone("deploy", "-t", "host1", old)
            self.ended(result, NOT_REQUIRED)
            self.assertIn("a newer version, 2.0-1, is installed; --downgrade goes back to 1.0-1",
                          result.line("host1: stone 1.0-1: "))
            self.assertIn("2.0-1", self.lab.sh("host1", "dpkg-query -W -f '${Version}' stone"))
            self.clean("host1")
        with self.subTest("and installed with --downgrade"):
            result = self.lab.soapstone("deploy", "-t", "host1", "--downgrade", old)
            self.ended(result, OK)
            self.assertIn("1.0-1", self.lab.sh("host1", "dpkg-query -W -f '${Version}' stone"))
            self.assertIn("stone 2.0-1 -> 1.0-1", result.target("host1")["text"])
            self.clean("host1")


class FiftyTest(SystemTest):
    hosts = 50

    def test_fifty_hosts_in_one_run(self):
        self.lab.snapshot()
        begin = time.monotonic()
        result = self.lab.soapstone("deploy", "-t", "host[1-50]", self.deb("crowd", "3.1"))
        print(f"  fifty hosts: {time.monotonic() - begin:.1f} s", file=sys.stderr)
        self.ended(result, OK)
        self.assertRegex(result.out, r"(?m)^50 targets: 50 updated")
        self.assertRegex(result.out, r"(?m)^left: logs only, on 50 targets$")
        self.assertEqual(result.report["counts"]["updated"], 50)
        for target in result.report["targets"]:
            self.assertTrue(target["components"][0]["verified"], target)
            self.assertEqual(self.lab.read(target["name"], "/usr/share/crowd/version"), "3.1")
            self.assertIn("Setting up crowd (3.1)", result.log(target["name"], "crowd"))
        self.clean(*(f"host{i}" for i in range(1, 51)))


if __name__ == "__main__":
    unittest.main()

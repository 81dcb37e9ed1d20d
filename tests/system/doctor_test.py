#!/usr/bin/env python3
"""What doctor finds before a run, that what it tells to type helps, and that it leaves nothing at all."""

import json
import subprocess
import unittest

from support import COMPONENT_FAILED, OK, UNREACHABLE, STAYS, SystemTest, compare, until

LOCKED = 11


class DoctorCase(SystemTest):

    def doctor(self, *words, code=OK, **how):
        """Runs doctor with --json; gives its document's entries by target, and their findings by hop."""
        result = self.lab.soapstone("doctor", "--json", *words, **how)
        self.ended(result, code)
        document = json.loads(result.out)
        self.assertEqual(document["format"], "soapstone-doctor/1")
        targets = {one["target"]: one for one in document["targets"]}
        for one in targets.values():
            one["hops"] = {finding["hop"]: finding for finding in one["findings"]}
            self.assertEqual(one["left"], [])
        return targets

    def untouched(self, *hosts):
        """Nothing is new there, not even a log of ours."""
        self.clean(*hosts)
        for host in hosts:
            found = compare.diff(self.lab.inside.host(host), ())
            self.assertEqual([one["path"] for word in ("added", "changed") for one in found[word]
                              if STAYS.fullmatch(one["path"])], [], f"on {host}")

    def health(self, target, hop):
        return target["hops"][hop]["health"]


class DoctorTest(DoctorCase):
    hosts = 4

    def setUp(self):
        super().setUp()
        for host in self.lab.inside.hosts():
            self.lab("unblock", host.name)
        self.lab.snapshot()

    def test_where_all_is_open_it_says_so_in_one_line_and_leaves_nothing(self):
        result = self.lab.soapstone("doctor", "-t", "host[1-3]")
        self.ended(result, OK)
        self.assertEqual(len(result.out.splitlines()), 1, str(result))
        self.assertRegex(result.out, r"^host\[1-3\]: ok: login, .*agent port, callback port, depot port, removal; "
                                     r'a run would take the road "callback"')
        self.untouched("host1", "host2", "host3")
        self.assertEqual(self.lab.sh("host1", "ls -d /var/lib/soapstone", check=False), "")

    def test_each_road_that_is_closed_is_named_and_another_one_works(self):
        for port in (60000, 61001):
            self.lab("block", "host1", "--direction", "from-host", "--port", port)
        self.lab("block", "host2", "--direction", "to-host", "--port", 62286)
        self.lab("only", "host3", 22)
        targets = self.doctor("-t", "host[1-4]")
        closed = {name: [hop for hop, finding in one["hops"].items() if finding["health"] == "closed"]
                  for name, one in targets.items()}
        self.assertEqual(closed, {"host1": ["callback port", "depot port"], "host2": ["agent port"],
                                  "host3": ["agent port", "callback port", "depot port"], "host4": []})
        self.assertEqual([one["road"] for one in targets.values()], ["polling", "tunnel", "tunnel", "callback"])
        for host in ("host1", "host2", "host3", "host4"):
            self.lab("unblock", host)
        self.untouched("host1", "host2", "host3", "host4")

    def on_the_netns(self, host, script):
        """Runs a command with the lab's nft and the host's network: its root may have no nft."""
        subprocess.run(["ip", "netns", "exec", self.netns(host), "sh", "-c", script], check=True)

    def netns(self, host):
        if host == "workstation":
            return self.lab.facts["workstation"]["netns"]
        return self.lab.inside.host(host).netns

    def test_what_it_says_to_type_here_opens_the_port(self):
        self.on_the_netns("workstation", "nft 'add table inet filter; add chain inet filter input "
                          "{ type filter hook input priority 0; policy drop; }; "
                          "add rule inet filter input ct state established,related accept; "
                          "add rule inet filter input iif lo accept; "
                          "add rule inet filter input meta l4proto 58 accept'")
        self.addCleanup(self.on_the_netns, "workstation", "nft delete table inet filter || true")
        target = self.doctor("-t", "host1")["host1"]
        self.assertEqual(target["road"], "polling")
        for hop in ("callback port", "depot port"):
            finding = target["hops"][hop]
            self.assertEqual((finding["health"], finding["where"]), ("closed", "here"))
            self.on_the_netns("workstation", finding["command"])
        self.assertEqual(self.doctor("-t", "host1")["host1"]["road"], "callback")
        self.untouched("host1")

    def test_what_it_says_to_type_on_the_target_opens_the_port(self):
        if not self.lab.sh("host1", "command -v nft", check=False):
            self.lab.lend_nft("host1")
        self.lab.sh("host1", "nft 'add table inet filter; add chain inet filter input "
                    "{ type filter hook input priority 0; policy drop; }; "
                    "add rule inet filter input ct state established,related accept; "
                    "add rule inet filter input meta l4proto 58 accept; add rule inet filter input iif lo accept; "
                    "add rule inet filter input tcp dport 22 accept'")
        self.addCleanup(self.lab.sh, "host1", "nft delete table inet filter || true")
        self.lab.snapshot("host1")
        target = self.doctor("-t", "host1")["host1"]
        finding = target["hops"]["agent port"]
        self.assertEqual((target["road"], finding["health"], finding["where"]), ("tunnel", "closed", "host1"))
        self.lab.sh("host1", finding["command"])
        self.assertEqual(self.doctor("-t", "host1")["host1"]["road"], "callback")
        self.untouched("host1")

    def test_another_run_at_work_is_a_finding_and_is_not_disturbed(self):
        running = self.lab.start("deploy", "-t", "host1", self.counter("count.sh", 8), data=f"{self.lab.data}/other")
        until(lambda: self.runs("host1") == 1, 60, "the component has begun")
        targets = self.doctor("-t", "host1", code=LOCKED)
        self.assertRegex(targets["host1"]["hops"]["agent"]["text"], "run [0-9a-f]{32}")
        self.ended(running.end(), OK)
        self.assertEqual(len(self.lab.sh("host1", "ls -d /var/lib/soapstone/*/").split()), 1)
        self.lab.sh("host1", "rm -rf /var/lib/soapstone /root/count")
        self.untouched("host1")

    def test_what_earlier_runs_left_is_named_and_stays(self):
        self.lab.sh("host1", "mkdir -p -m 700 /var/lib/soapstone/0123456789abcdef0123456789abcdef/jobs/x")
        self.lab.snapshot("host1")
        target = self.doctor("-t", "host1")["host1"]
        self.assertIn("0123456789abcdef0123456789abcdef/jobs", target["hops"]["left-overs"]["text"])
        self.untouched("host1")
        self.lab.sh("host1", "rm -rf /var/lib/soapstone")

    def test_a_taken_port_and_a_held_package_lock_are_told(self):
        self.lab("occupy", "host1", 62286)
        self.addCleanup(self.lab, "release", "host1")
        self.lab.sh("host1", "perl -e 'use Fcntl; open F, \">>\", \"/var/lib/dpkg/lock-frontend\"; "
                    "my $lock = pack(\"s s x4 l! l! i\", F_WRLCK, 0, 0, 0, 0); fcntl(F, F_SETLK, $lock) or die; "
                    "sleep 30' >/dev/null 2>&1 </dev/null & sleep 0.5")
        target = self.doctor("-t", "host1")["host1"]
        self.assertRegex(target["hops"]["packages"]["text"], r"perl \(process \d+\) holds /var/lib/dpkg/lock-frontend")
        self.assertIn("62286 was taken", json.dumps(target))
        self.lab("kill", "host1", "^perl")


class StrangersTest(DoctorCase):
    hosts = 4

    def test_who_cannot_be_reached_or_trusted_is_told_with_the_way_out(self):
        self.lab("cut", "host2")
        self.lab("rekey", "host3")
        self.lab.snapshot()
        key = self.lab.facts["keys"]["ed25519"]
        login = ["-i", key, "--known-hosts", self.lab.facts["known_hosts"]]
        targets = self.doctor(*login, "-t", "root@host1", "-t", "host[2-3]", "-t", "plain@host4", code=UNREACHABLE,
                              login=False)
        self.assertNotIn("trouble", targets["host1"])
        for host, words in (("host2", ""), ("host3", "key"), ("host4", "logged in as plain, which is not root")):
            finding = targets[host]["hops"]["login"]
            self.assertEqual(finding["health"], "failed")
            self.assertIn(words, finding["text"])
        targets = self.doctor(*login, "-t", "admin@host4", "--sudo", code=UNREACHABLE, login=False)
        self.assertIn("sudo", targets["host4"]["hops"]["login"]["text"])
        self.lab("heal", "host2")
        self.untouched("host1", "host2", "host3", "host4")


class DisksTest(DoctorCase):
    hosts = 3

    def test_folders_that_will_not_do_and_full_disks_are_told(self):
        everywhere = ("/var/tmp", "/tmp", "/opt", "/dev/shm", "/root")
        self.lab("tmp", "host1", "noexec", *everywhere)
        self.lab("tmp", "host2", "noexec", "/var/tmp")
        self.lab("fill", "host3", "/var/lib/soapstone")
        self.lab.snapshot()
        targets = self.doctor("-t", "host[1-3]", code=COMPONENT_FAILED)
        self.assertEqual(self.health(targets["host1"], "folders"), "failed")
        self.assertEqual(self.health(targets["host2"], "folders"), "warning")
        self.assertIn("/var/tmp: programs cannot be run there", targets["host2"]["hops"]["folders"]["text"])
        self.assertEqual(targets["host2"]["road"], "callback")
        self.assertEqual(self.health(targets["host3"], "state"), "warning")
        self.assertIn("No space left", targets["host3"]["hops"]["agent"]["text"])
        self.untouched("host1", "host2", "host3")


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""Ctrl-C, and the commands around deploy."""

import json
import signal
import unittest

from support import BAD_PARAMETER, INTERRUPTED, LEFTOVERS, OK, SystemTest, until


class CancelTest(SystemTest):
    hosts = 4

    def setUp(self):
        super().setUp()
        self.forget_runs()
        self.lab.snapshot()

    def test_ctrl_c_lets_what_runs_finish_and_cancels_the_rest(self):
        running = self.lab.start("deploy", "-t", "host[1-4]", "--parallel", 2, self.counter("first.sh", 4),
                                 self.counter("second.sh"))
        until(lambda: self.runs("host1") and self.runs("host2"), 60, "both programs have begun")
        running.send(signal.SIGINT)
        result = running.end()
        self.ended(result, INTERRUPTED)
        self.assertIn("stopping: nothing new is begun, what runs on targets may finish; once more ends it", result.said)
        self.assertEqual([self.runs(f"host{i}") for i in (1, 2, 3, 4)], [1, 1, 0, 0])
        for host in ("host1", "host2"):
            self.assertIn("first.sh ends", result.log(host, "first.sh"))
        for target in result.report["targets"]:
            self.assertEqual(target["outcome"], "cancelled", str(result))
        self.assertEqual(result.report["exit_code"], INTERRUPTED)
        self.clean("host1", "host2", "host3", "host4", may=["/root/count"])

    def test_ctrl_c_twice_ends_what_runs(self):
        running = self.lab.start("deploy", "-t", "host[1-2]", self.counter("long.sh", 600))
        until(lambda: self.runs("host1") and self.runs("host2"), 60, "both programs have begun")
        running.send(signal.SIGINT)
        running.wait_for("^stopping")
        running.send(signal.SIGINT)
        result = running.end(60)
        self.ended(result, INTERRUPTED)
        for host in ("host1", "host2"):
            self.assertEqual(result.target(host)["outcome"], "cancelled", str(result))
            self.assertNotIn("ends", result.log(host, "long.sh"))
        self.clean("host1", "host2", may=["/root/count"])


class CommandsTest(SystemTest):
    hosts = 2

    def test_status_and_logs_tell_of_a_run_while_it_goes_and_after(self):
        self.forget_runs()
        program = self.script("talk.sh", "echo early bird; while [ ! -e /root/go ]; do sleep 0.1; done; echo night owl")
        running = self.lab.start("deploy", "-t", "host[1-2]", program)
        running.wait_for("^host1: installing", 60)
        follower = self.lab.start("logs", "-f", "host1")
        with self.subTest("logs -f is live"):
            follower.wait_for("early bird", 30)
            self.assertFalse(follower.says("night owl"))
        with self.subTest("status while it runs"):
            until(lambda: self.lab.soapstone("status").out.count("installing") > 0, 20, "both are installing")
            self.assertIn("  running  ", self.lab.soapstone("status").out)
            status = json.loads(self.lab.soapstone("status", "latest", "--json").out)
            self.assertEqual(status["runs"][0]["state"], "running")
        for host in ("host1", "host2"):
            self.lab.sh(host, "touch /root/go")
        result = running.end()
        self.ended(result, OK)
        with self.subTest("logs -f ends with the run"):
            followed = follower.end(30)
            self.ended(followed, OK)
            self.assertIn("night owl", followed.out)
            self.assertIn("updated: talk.sh\n", followed.out)
        with self.subTest("status afterwards"):
            self.assertRegex(self.lab.soapstone("status").out, rf"(?m)^{result.run[:8]}  .*  finished  +2: 2 updated$")
            self.assertIn("2 targets: 2 updated", self.lab.soapstone("status", result.run[:6]).out)
        with self.subTest("logs"):
            printed = self.lab.soapstone("logs", "host1")
            self.ended(printed, OK)
            self.assertRegex(printed.out, r"(?s)early bird\nnight owl")
            wrong = self.lab.soapstone("logs", "hots1")
            self.ended(wrong, BAD_PARAMETER)
            self.assertIn("did you mean 'host1'?", wrong.err)
        for host in ("host1", "host2"):
            self.lab.sh(host, "rm /root/go")

    def test_every_line_of_json_parses(self):
        result = self.lab.soapstone("deploy", "-t", "host[1-2]", "--json", self.script("true.sh", "echo '\"quoted\"'"))
        self.ended(result, OK)
        lines = [json.loads(line) for line in result.out.splitlines()]
        self.assertEqual({line["format"] for line in lines}, {"soapstone-events/1"})
        self.assertEqual((lines[0]["event"], lines[-1]["event"]), ("started", "finished"))
        self.assertEqual(lines[-1]["counts"], {"updated": 2})
        self.assertIn('"quoted"\n', [line.get("text") for line in lines if line["event"] == "output"])

    def test_inventory_looks_and_leaves_nothing(self):
        self.lab.snapshot()
        result = self.lab.soapstone("inventory", "-t", "host[1-2]")
        self.ended(result, OK)
        self.assertIn("Debian", result.out)
        self.clean("host1", "host2")

    def test_cleanup_needs_nothing_but_the_host_name(self):
        self.lab.snapshot()
        running = self.lab.start("deploy", "-t", "host1", self.script("true.sh", "sleep 1"))
        running.wait_for("^host1: installing", 60)
        running.kill()
        self.assertTrue(self.lab.strange("host1"))
        result = self.lab.soapstone("cleanup", "-t", "host[1-2]", data=f"{self.lab.data}/elsewhere")
        self.ended(result, OK)
        self.assertIn("host1: removed process ", result.out)
        self.assertIn("host2: nothing was left\n", result.out)
        both = self.lab.soapstone("cleanup", "-t", "host[1-2]", data=f"{self.lab.data}/elsewhere")
        self.assertEqual(both.out, "host[1-2]: nothing was left\n")
        self.clean("host1", "host2", seconds=10)
        again = self.lab.soapstone("cleanup", "-t", "host1", "--json", data=f"{self.lab.data}/elsewhere")
        self.ended(again, OK)
        self.assertEqual(json.loads(again.out)["targets"], [{"target": "host1", "removed": [], "kept": []}])

    def test_cleanup_tells_what_it_could_not_remove_and_why(self):
        stuck, loose = (f"/var/tmp/.soapstone-{digit * 32}.x" for digit in "ab")
        self.lab.sh("host1", f"mkdir {stuck} {loose}; mount -t tmpfs none {stuck}; touch -d -2hours {stuck} {loose}")
        result = self.lab.soapstone("cleanup", "-t", "host[1-2]")
        self.ended(result, LEFTOVERS)
        self.assertEqual(result.line("host1: "), f"host1: could not remove folder {stuck}: Device or resource busy; "
                                                 f"removed folder {loose}")
        self.assertIn("  what to do: see on the target", result.out)
        self.assertIn("host2: nothing was left\n", result.out)
        told = json.loads(self.lab.soapstone("cleanup", "-t", "host1", "--json").out)
        self.assertEqual(told["targets"][0]["kept"], [f"folder {stuck}: Device or resource busy"])
        self.lab.sh("host1", f"umount {stuck}; touch -d -2hours {stuck}")
        self.ended(self.lab.soapstone("cleanup", "-t", "host1"), OK)

    def test_files_of_ansible_and_hp_sum_name_the_targets(self):
        key = self.lab.facts["keys"]["ed25519"]
        texts = {"hosts": f"""[web]
host[1:2] ansible_user=root ansible_ssh_private_key_file={key} ansible_password=hunter2
[windows]
win[1:3] ansible_connection=winrm
""", "hosts.yml": f"""all:
  children:
    web:
      hosts: {{"host[1:2]":}}
      vars: {{ansible_user: root, ansible_ssh_private_key_file: {key}}}
""", "hpsum.in": """SILENT = YES
[TARGETS_WEB]
UID = root
HOST = host1 host2
[END]
"""}
        for name, text in texts.items():
            with self.subTest(name):
                file = self.components / name
                file.write_text(text)
                words = ["-i", key] if name == "hpsum.in" else []
                result = self.lab.soapstone("inventory", "-f", file, "-t", "@WEB" if words else "@web", *words,
                                            "--known-hosts", self.lab.facts["known_hosts"], login=False)
                self.ended(result, OK)
                self.assertRegex(result.out, r"(?ms)^host1 .*^host2 ")
                said = "\n".join(result.said)
                self.assertNotIn("hunter2", said)
                notices = {"hosts": "passwords in it are not used: ansible_password of host[1-2];",
                           "hosts.yml": "", "hpsum.in": "not SILENT;"}
                self.assertIn(notices[name], said)

    def test_wrong_words_are_refused_with_the_nearest_right_one(self):
        for words, near in ((["deploy", "--paralel", "3"], "'--parallel'"), (["deplyo"], "'deploy'"),
                            (["status", "--jsn"], "'--json'")):
            with self.subTest(" ".join(words)):
                result = self.lab.soapstone(*words, login=False, data="")
                self.ended(result, BAD_PARAMETER)
                self.assertIn(f"did you mean {near}?", result.err)
                self.assertEqual(result.out, "")

    def test_help_tells_what_there_is(self):
        result = self.lab.soapstone("help")
        self.ended(result, OK)
        for command in ("deploy", "inventory", "status", "logs", "resume", "cleanup", "version", "help"):
            self.assertRegex(result.out, rf"(?m)^  {command} ")
        self.assertIn("--accept-new", self.lab.soapstone("help", "deploy").out)


if __name__ == "__main__":
    unittest.main()

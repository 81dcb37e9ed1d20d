#!/usr/bin/env python3
"""What `soapstone serve` keeps for callers of its API: targets and groups, credentials, components; inventories."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import unittest
from pathlib import Path
from xml.sax.saxutils import escape, unescape

sys.path.insert(0, str(Path(__file__).resolve().parent))

from api_support import TYPES, ApiCase, values_of  # noqa: E402
from support import until  # noqa: E402


def known(name, groups=(), **settings):
    """A target for PutTargets."""
    order = ("address", "port", "user", "become", "connection", "jump")
    fields = [("name", name), *((key, settings[key]) for key in order if key in settings),
              *(("groups", group) for group in groups)]
    inner = "".join(f"<t:{key}>{value}</t:{key}>" for key, value in fields)
    return f'<targets xmlns:t="{TYPES}">{inner}</targets>'


class ApiKeepTest(ApiCase):
    def put_targets(self, *targets, role="operator"):
        return self.call("PutTargets", "".join(targets), token=self.tokens[role])

    def tearDown(self):
        names = values_of("name", self.asked("GetTargets", "<mostTargets>1000</mostTargets>"))
        self.asked("RemoveTargets", "".join(f"<targetNames>{name}</targetNames>" for name in names))
        super().tearDown()

    def over(self, run):
        until(lambda: self.state(run) == "finished", 60, "the end of the run")
        return self.asked("GetRun", f"<runId>{run}</runId>")

    def upload(self, name, file, *options, role="operator"):
        done = self.inside("curl", "-sk", "-T", file, "-H", f"Authorization: Bearer {self.tokens[role]}", *options,
                           "-w", "\n%{http_code}", f"https://localhost:{self.port}/components/{name}")
        text, _, status = done.stdout.rpartition("\n")
        return int(status), text

    def test_targets_and_groups_are_kept_paged_and_removed(self):
        status, text = self.put_targets(known("beta", ["web"]), known("alpha", ["web", "db"], address="10.9.9.9", port=2222),
                                        known("gamma", user="admin", become="sudo"))
        self.assertEqual((status, values_of("known", text)), (200, ["3"]), text)
        page = self.asked("GetTargets", "<mostTargets>2</mostTargets>", "viewer")
        self.assertEqual((values_of("name", page), values_of("moreTargets", page)), (["alpha", "beta"], ["true"]))
        self.assertEqual((values_of("address", page), values_of("port", page)), (["10.9.9.9"], ["2222"]))
        page = self.asked("GetTargets", "<afterTarget>beta</afterTarget><mostTargets>2</mostTargets>", "viewer")
        self.assertEqual((values_of("name", page), values_of("moreTargets", page)), (["gamma"], ["false"]))
        page = self.asked("GetTargets", "<group>db</group><mostTargets>9</mostTargets>", "viewer")
        self.assertEqual(values_of("name", page), ["alpha"])
        groups = self.asked("GetGroups", "", "viewer")
        self.assertEqual(list(zip(values_of("name", groups), values_of("size", groups))), [("db", "1"), ("web", "2")])
        for _ in range(2):
            text = self.asked("RemoveTargets", "<targetNames>alpha</targetNames>", "operator")
            self.assertEqual(values_of("remaining", text), ["2"])

    def test_a_target_that_cannot_be_is_refused_and_changes_nothing(self):
        self.put_targets(known("good"))
        for bad in (known("a b"), known("-x"), known("x[1-3]"), known("x", port=70000), known("x", become="magic"),
                    known("x", connection="telnet"), known("x", ["two words"]), known("x", address="a;b"),
                    known("x", user="$(id)"), known("")):
            status, text = self.put_targets(known("fine"), bad)
            self.assertEqual((status, values_of("code", text)), (500, ["invalid"]), (bad, text))
        self.assertEqual(values_of("name", self.asked("GetTargets", "<mostTargets>9</mostTargets>")), ["good"])

    def test_an_operator_deploys_to_a_group_with_a_kept_component_and_credential_over_a_kill(self):
        secret = Path(self.lab.password("admin")).read_text().strip()
        self.asked("PutCredential", f"<credentialName>lab</credentialName><password>{escape(secret)}</password>")
        address = {host["name"]: host["ipv4"] for host in self.lab.facts["hosts"]}
        self.put_targets(*(known(f"node-{host}", ["all"], address=address[host], user="admin", become="sudo")
                           for host in ("host1", "host2")))
        self.trust()
        self.assertEqual(self.upload("kept", self.counter("kept", 4))[0], 201)
        text = self.asked("Deploy", "<key>kept</key><targets>@all</targets><components>kept</components>"
                          "<credential>lab</credential>", "operator")
        run = values_of("runId", text)[0]
        until(lambda: "installing" in self.asked("GetRun", f"<runId>{run}</runId>"), 30, "a job")
        self.server.kill()
        self.serve()
        told = self.over(run)
        self.assertEqual(values_of("outcome", told), ["updated", "updated"], told)
        self.assertEqual([self.runs("host1"), self.runs("host2")], [1, 1])
        for kept in Path(self.lab.data).rglob("*"):
            if kept.is_file():
                self.assertNotIn(secret.encode(), kept.read_bytes(), kept)

    def test_a_key_alone_logs_in_by_either_program_over_a_kill_and_is_nowhere_to_be_read(self):
        key = self.components / "key"
        shutil.copy(self.lab.facts["keys"]["ed25519"], key)
        key.chmod(0o600)
        plain = key.read_text()
        subprocess.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", "a <phrase> & more", "-f", key], check=True)
        locked = key.read_text()
        self.asked("PutCredential", f"<credentialName>plain</credentialName><privateKey>{plain}</privateKey>")
        text = self.asked("PutCredential", f"<credentialName>locked</credentialName><privateKey>{locked}</privateKey>"
                          "<privateKeyPassphrase>a &lt;phrase&gt; &amp; more</privateKeyPassphrase>")
        self.assertEqual((values_of("hasPassword", text), values_of("hasPrivateKey", text)), (["false"], ["true"]))
        self.assertEqual(values_of("hasPrivateKey", self.asked("GetCredentials", "", "operator")), ["true", "true"])
        self.trust()
        self.upload("by-key", self.counter("by-key", 4))
        runs = [values_of("runId", self.asked(
            "Deploy", f"<key>{host}</key><targets>root@{host}</targets><components>by-key</components>"
            f"{self.option('ssh', program)}<credential>{credential}</credential>", "operator"))[0]
            for host, program, credential in (("host1", "libssh2", "locked"), ("host2", "openssh", "plain"))]
        for run in runs:
            until(lambda run=run: "installing" in self.asked("GetRun", f"<runId>{run}</runId>"), 30, "a job")
        self.server.kill()
        told = "".join(self.server.err)
        self.serve()
        for run in runs:
            self.assertEqual(values_of("outcome", self.over(run)), ["updated"])
        self.assertEqual([self.runs("host1"), self.runs("host2")], [1, 1])
        secrets = [*plain.splitlines()[1:-1], *locked.splitlines()[1:-1], "a <phrase> & more"]
        places = {"what it says": told + "".join(self.server.err)} | {
            file: file.read_bytes().decode("latin-1") for file in Path(self.lab.data).rglob("*") if file.is_file()}
        for place, content in places.items():
            for secret in secrets:
                self.assertNotIn(secret, content, place)

    def test_what_is_no_key_is_refused(self):
        plain = Path(self.lab.facts["keys"]["ed25519"]).read_text()
        for key in ("<privateKey>junk</privateKey>", f"<privateKey>{plain[:200]}</privateKey>",
                    f"<privateKey>{plain}</privateKey><privateKeyPassphrase>{'x' * 5000}</privateKeyPassphrase>",
                    "<password>p</password><privateKeyPassphrase>x</privateKeyPassphrase>"):
            code, _, text = self.refused("PutCredential", "<credentialName>bad</credentialName>" + key)
            self.assertEqual(code, ["invalid"], text)
        self.assertNotIn("bad", values_of("name", self.asked("GetCredentials")))

    def trust(self):
        """The manager's own list of host keys knows the hosts."""
        known_hosts = Path(self.lab.data) / "known_hosts"
        known_hosts.write_text(Path(self.lab.facts["known_hosts"]).read_text())
        known_hosts.chmod(0o600)

    def test_credentials_are_never_told(self):
        secret = "open <sesame> & \u00fcber"
        self.assertEqual(self.refused("PutCredential", "<credentialName>x</credentialName>")[0], ["invalid"])
        self.assertEqual(self.refused("PutCredential", "<credentialName>../x</credentialName><password>x</password>")[0],
                         ["invalid"])
        text = self.asked("PutCredential", "<credentialName>site-1</credentialName>"
                          f"<password>{escape(secret)}</password><bmcPassword>b</bmcPassword>")
        self.assertNotIn("sesame", text)
        text = self.asked("GetCredentials", "", "operator")
        self.assertIn("site-1", values_of("name", text))
        self.assertNotIn("sesame", text)
        self.assertIn(["true", "false", "true"],
                      [list(one) for one in zip(values_of("hasPassword", text), values_of("hasSudoPassword", text),
                                                values_of("hasBmcPassword", text))])
        self.assertNotIn("sesame", (Path(self.lab.data) / "serve" / "credentials.json").read_text())
        body = "<key>c</key><targets>host1</targets><components>x</components>"
        self.assertEqual(self.refused("Deploy", body + "<password>p</password><credential>site-1</credential>")[0],
                         ["invalid"])
        before = int(values_of("remaining", self.asked("RemoveCredential",
                                                       "<credentialName>nobody</credentialName>"))[0])
        for _ in range(2):
            text = self.asked("RemoveCredential", "<credentialName>site-1</credentialName>")
            self.assertEqual(values_of("remaining", text), [str(before - 1)])

    def test_components_are_uploaded_listed_and_removed(self):
        file = Path(self.counter("upload"))
        content = file.read_bytes()
        self.assertEqual(self.upload("tool", file, role="viewer")[0], 403)
        self.assertEqual(self.upload("-tool", file)[0], 422)
        self.assertEqual(self.upload("tool", file), (201, hashlib.sha256(content).hexdigest() + "\n"))
        self.assertEqual(self.upload("tool", file)[0], 201)
        other = Path(self.counter("other"))
        self.assertEqual(self.upload("tool", other)[0], 409)
        text = self.asked("GetKeptComponents", "", "viewer")
        self.assertIn("tool", values_of("name", text))
        self.assertIn(str(len(content)), values_of("size", text))
        junk = Path(self.lab.data).with_suffix(".junk")
        junk.write_bytes(os.urandom(100))
        self.assertEqual(self.upload("junk.deb", junk)[0], 422)
        junk.unlink()
        self.asked("AddComponent", f"<componentName>by-path</componentName><path>{file}</path>")
        self.assertEqual(self.refused("AddComponent", "<componentName>x</componentName><path>/nowhere</path>")[0],
                         ["invalid"])
        body = f"<key>p</key><targets>host1</targets><components>{file}</components>"
        self.assertEqual(self.refused("Deploy", body, "operator")[0], ["denied"])
        self.assertEqual(self.refused("Deploy", body.replace(str(file), "nothing"), "operator")[0], ["not_found"])
        for name in ("tool", "by-path", "tool"):
            self.asked("RemoveComponent", f"<componentName>{name}</componentName>", "operator")
        self.assertNotIn("tool", values_of("name", self.asked("GetKeptComponents")))
        incoming = Path(self.lab.data) / "components" / "incoming"
        self.assertEqual([one for one in incoming.rglob("*") if one.is_file()], [])

    def test_a_broken_upload_goes_on_where_it_stopped(self):
        file = Path(self.counter("resumed"))
        file.write_text(file.read_text() + "# " + "x" * 100_000 + "\n")
        part = file.with_suffix(".part")
        part.write_bytes(file.read_bytes()[:50_000])
        size = file.stat().st_size
        first = self.upload("resumed", part, "-H", f"Content-Range: bytes 0-49999/{size}")
        self.assertLess(first[0], 300, first)
        head = self.inside("curl", "-skI", "-H", f"Authorization: Bearer {self.tokens['operator']}",
                           f"https://localhost:{self.port}/components/resumed").stdout
        self.assertRegex(head.lower(), "content-length: 50000")
        part.write_bytes(file.read_bytes()[50_000:])
        done = self.upload("resumed", part, "-H", f"Content-Range: bytes 50000-{size - 1}/{size}")
        self.assertEqual(done, (201, hashlib.sha256(file.read_bytes()).hexdigest() + "\n"))
        self.asked("RemoveComponent", "<componentName>resumed</componentName>")

    def test_an_upload_that_nobody_goes_on_with_is_gone_after_a_restart(self):
        files = [Path(self.lab.data) / "components" / "incoming" / "somebody" / name for name in ("left", "recent")]
        files[0].parent.mkdir(parents=True)
        for file, days in zip(files, (8, 6)):
            file.write_bytes(b"a part")
            os.utime(file, (time.time() - days * 86_400,) * 2)
        self.server.kill()
        self.serve()
        self.assertEqual([file.exists() for file in files], [False, True])
        files[1].unlink()

    def test_an_inventory_is_taken_and_told(self):
        text = self.asked("TakeInventory", "<key>look</key><targets>host1</targets>" + self.login())
        run = values_of("runId", text)[0]
        told = self.over(run)
        self.assertEqual(values_of("outcome", told), ["nothing_needed"])
        where = f"<runId>{run}</runId><targetName>host1</targetName>"
        document = json.loads(unescape(values_of("document", self.asked("GetInventory", where, "viewer"))[0],
                                       {"&quot;": '"'}))
        self.assertTrue(document, document)
        report = json.loads(unescape(values_of("report", self.asked("GetReport", f"<runId>{run}</runId>", "viewer"))[0],
                                     {"&quot;": '"'}))
        self.assertEqual((report["format"], report["targets"][0]["name"]), ("soapstone-report/1", "host1"))
        code, target, _ = self.refused("GetInventory", where.replace("host1", "host2"))
        self.assertEqual((code, target), (["not_found"], ["host2"]))

    def test_health_and_version(self):
        text = self.asked("GetHealth", "", "viewer")
        self.assertEqual((values_of("healthy", text), values_of("problems", text)), (["true"], []))
        self.assertGreater(int(values_of("freeBytes", text)[0]), 0)
        text = self.asked("GetVersion", "", "viewer")
        self.assertEqual(values_of("contract", text), ["urn:soapstone:manager:1"])
        self.assertIn("Deploy", values_of("operations", text))


if __name__ == "__main__":
    unittest.main()

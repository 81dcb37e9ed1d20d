#!/usr/bin/env python3
"""Who may call what of the API of `soapstone serve`, and what is kept of it."""

import json
import os
import re
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from api_support import NAMESPACE, ROLES, ApiCase  # noqa: E402
from support import OK  # noqa: E402

OPERATIONS = {"GetManagerStatus": "viewer", "GetRuns": "viewer", "GetRun": "viewer", "GetRunEvents": "viewer",
              "GetLogs": "viewer", "ReadLog": "viewer", "GetEvents": "viewer", "GetResults": "viewer",
              "Deploy": "operator", "CancelRun": "operator", "PauseRun": "operator", "ContinueRun": "operator",
              "ResumeRun": "operator", "PutCredential": "admin", "GetCredentials": "operator",
              "RemoveCredential": "admin", "PutTargets": "operator", "GetTargets": "viewer", "RemoveTargets": "operator",
              "GetGroups": "viewer", "AddComponent": "admin", "GetKeptComponents": "viewer", "RemoveComponent": "operator",
              "TakeInventory": "operator", "GetInventory": "viewer", "GetReport": "viewer", "GetHealth": "viewer",
              "GetVersion": "viewer", "CheckTargets": "operator", "CleanUpTargets": "operator", "VisitBmcs": "operator",
              "GetErrand": "viewer"}


class ApiTest(ApiCase):
    hosts = 1

    def denied(self, options, role="operator", component="nothing"):
        """Why an order is not taken."""
        body = f"<key>denied</key><targets>host1</targets><components>{component}</components>{options}"
        code, _, text = self.refused("Deploy", body, role)
        return code[0], text[0]

    def test_what_names_files_or_weakens_protection_is_for_admins(self):
        for name, value in (("identity", "/root/key"), ("targets", "/etc/passwd"), ("accept-new", None)):
            self.assertEqual(self.denied(self.option(name, value)),
                             ("denied", f'the option "{name}" needs the role admin'))
        self.assertIn("no order may have the option", self.denied(self.option("listen", "::"), "admin")[1])
        self.assertIn("components that are files", self.denied("", component="/nowhere.deb")[1])
        self.assertEqual(self.denied("", "admin", "/nowhere.deb")[0], "invalid")

    def test_each_operation_is_for_its_roles_only(self):
        made = self.lab.soapstone("token", "new", "--role", "admin", "--name", "revoked")
        revoked = made.out.strip()
        self.ended(self.lab.soapstone("token", "revoke", re.search("token ([0-9a-f]{8})", made.err)[1]), OK)
        for operation, least in OPERATIONS.items():
            for role in ROLES:
                status, text = self.call(operation, "<nonsense/>", token=self.tokens[role])
                denied = f"the role {role} may not call {operation}" in text
                self.assertEqual(denied, ROLES.index(role) < ROLES.index(least), (operation, role, status, text))
                self.assertIn(status, (200, 500))
        runtime = json.loads(next((Path(self.lab.data) / "managers").glob("*.json")).read_text())
        for token in ("", revoked, self.expired(), runtime["token"], self.tokens["admin"][:-1] + "?"):
            self.assertEqual(self.call("GetRuns", token=token)[0], 401)
        for name in ("NoSuchThing", "deploy", "Deploy2"):
            status, text = self.call(name, token=self.tokens["admin"])
            self.assertEqual((status, f"there is no operation {name}" in text), (500, True), text)

    def expired(self):
        made = self.lab.soapstone("token", "new", "--role", "admin", "--name", "expired").out.strip()
        file = Path(self.lab.data) / "serve" / "tokens.json"
        content = json.loads(file.read_text())
        content["tokens"][-1]["expires"] = 1
        file.write_text(json.dumps(content))
        return made

    def test_pages_and_other_hosts_are_refused(self):
        token = self.tokens["admin"]
        self.assertEqual(self.call("GetManagerStatus", token=token)[0], 200)
        for headers in ({"Host": "evil.example"}, {"Host": f"evil.example:{self.port}"},
                        {"Origin": "https://localhost"}, {"Sec-Fetch-Site": "cross-site"}):
            self.assertEqual(self.call("GetManagerStatus", token=token, headers=headers)[0], 403, headers)
        self.assertEqual(self.call("GetManagerStatus", token=token, headers={"Content-Type": "text/plain"})[0], 415)
        action = {"SOAPAction": f'"{NAMESPACE}/GetRuns"'}
        self.assertIn("SOAPAction", self.call("GetManagerStatus", token=token, headers=action)[1])

    def test_no_token_is_on_the_disk_and_each_call_is_in_a_log_that_can_be_checked(self):
        self.call("CancelRun", "<runId>0</runId>", token=self.tokens["viewer"])
        log = Path(self.lab.data) / "serve" / "calls.log"
        self.assertRegex(log.read_text(), r'caller="a viewer" token="[0-9a-f]{8}" operation="CancelRun" result="denied"')
        self.ended(self.lab.soapstone("verify-log", log), OK)
        for file in (Path(self.lab.data) / "serve").iterdir():
            for secret in (*self.tokens.values(), self.key.read_text(), "PRIVATE KEY"):
                self.assertNotIn(secret, file.read_text(errors="replace"), file)
        changed = Path(self.lab.data) / "changed.log"
        changed.write_text(log.read_text().replace("denied", "ok", 1))
        self.assertNotEqual(self.lab.soapstone("verify-log", changed).code, OK)

    def test_the_certificate_outlives_a_restart_and_the_wrong_key_opens_nothing(self):
        certificate = Path(self.lab.data) / "serve" / "certificate.pem"
        before = certificate.read_text()
        self.server.kill()
        wrong = self.key.with_suffix(".wrong")
        wrong.write_text("another key, as long as it must be")
        wrong.chmod(0o600)
        self.assertIn("the key is not the one", self.lab.soapstone("serve", "--key-file", wrong).err)
        self.assertIn("is sealed in", self.lab.soapstone("serve").err)
        wrong.unlink()
        self.serve()
        self.assertEqual(certificate.read_text(), before)
        done = self.inside("curl", "-sS", "--cacert", certificate, f"https://localhost:{self.port}/manager?wsdl")
        self.assertIn(f'location="https://localhost:{self.port}/manager"', done.stdout, done.stderr)

    def test_zz_whoever_guesses_is_locked_out_for_a_while(self):
        found = [self.call("GetRuns", token=f"soapstone_{i}")[0] for i in range(13)]
        self.assertEqual(found[-1], 429, found)


if __name__ == "__main__":
    unittest.main()

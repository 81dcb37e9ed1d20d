#!/usr/bin/env python3
"""Who may call what of the API of `soapstone serve`, and what is kept of it."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from api_support import NAMESPACE, ApiCase  # noqa: E402
from support import OK  # noqa: E402


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

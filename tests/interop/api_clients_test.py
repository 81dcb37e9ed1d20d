#!/usr/bin/env python3
"""Clients that are not ours run the same story against `soapstone serve`, and are told the same."""

import os
import re
import shutil
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).resolve().parent))

from api_support import EXAMPLES, TYPES, ApiCase  # noqa: E402

NODE = Path(__file__).resolve().parent / "node"
LINES = 60  # of code: an example has fewer


HUGE = 5 << 30  # bytes; no 32-bit number


class ApiClientsTest(ApiCase):
    hosts = 2

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        data = Path(cls.lab.data)
        (data / "known_hosts").write_text(Path(cls.lab.facts["known_hosts"]).read_text())
        (data / "known_hosts").chmod(0o600)
        cls.certificate = data / "serve" / "certificate.pem"
        cls.token = data.with_suffix(".token")
        cls.token.write_text(cls.tokens["operator"] + "\n")
        cls.folder = data.with_suffix(".build")
        cls.folder.mkdir()

    @classmethod
    def tearDownClass(cls):
        cls.token.unlink()
        shutil.rmtree(cls.folder)
        super().tearDownClass()

    def setUp(self):
        super().setUp()
        self.environment = dict(os.environ)
        secret = Path(self.lab.password("admin")).read_text().strip()
        self.asked("PutCredential", f"<credentialName>lab</credentialName><password>{escape(secret)}</password>")
        tool = self.script("story", "[ $(hostname) = host1 ] || sleep 3\necho run >>/root/count\necho h\u00e4 \u65e5 \\<ok\\>")
        self.asked("AddComponent", f"<componentName>story</componentName><path>{tool}</path>")
        other = self.lab.facts["hosts"][1]["ipv4"]
        self.asked("PutTargets", f'<targets xmlns:t="{TYPES}"><t:name>later</t:name><t:address>{other}</t:address>'
                   "<t:user>admin</t:user><t:become>sudo</t:become><t:groups>examples</t:groups></targets>")

    def logs(self):
        return set(Path(self.lab.data).glob("runs/*/**/*story*.log"))

    def let_a_log_grow(self, before, over):
        """The first new log of the story becomes a huge one, while the other target's is still to come."""
        while not over.is_set():
            for log in self.logs() - before:
                if log.stat().st_size == 13:
                    return os.truncate(log, HUGE)
            time.sleep(0.02)

    def tell(self, *command):
        """What an example prints when it is run as a stranger would."""
        over = threading.Event()
        growing = threading.Thread(target=self.let_a_log_grow, args=(self.logs(), over))
        growing.start()
        done = self.inside(*command, f"https://localhost:{self.port}", self.certificate, self.token,
                           self.lab.facts["hosts"][0]["ipv4"], "admin", "story", "lab", env=self.environment)
        over.set()
        growing.join()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def check(self, text):
        started = re.search(r"^started (\d{4}-\d\d-\d\dT\d\d:\d\dZ)$", text, re.M)
        self.assertTrue(started, text)
        self.assertLess(abs(time.time() - time.mktime(time.strptime(started[1], "%Y-%m-%dT%H:%MZ")) + time.timezone), 120)
        lines = text.replace(started[0], "started").splitlines()
        self.assertEqual([line for line in lines if not line.startswith("later ")], [
            "known 2", "b\u00fccher nothing_needed", "inventory True", "b\u00fccher h\u00e4 \u65e5 <ok>",
            "b\u00fccher updated", "started", f"log {HUGE} h\u00e4 \u65e5 <ok>", "others 0", "fault not_found nobody False"])
        self.assertEqual([self.runs("host1"), self.runs("host2")], [1, 1])

    def example(self, name, most=LINES):
        """A file of few lines of code; those of the preprocessor count."""
        file = EXAMPLES / name
        comment = "//" if name.endswith((".cpp", ".java", ".js", ".php")) else "#"
        lines = [line for line in file.read_text().splitlines() if line and not line.startswith(comment)]
        self.assertLess(len(lines), most, file)
        return file

    def test_python_with_zeep(self):
        self.check(self.tell("/usr/bin/python3", self.example("python.py")))

    def test_php_with_its_soap_client(self):
        self.check(self.tell("php", self.example("php.php")))

    def test_perl_with_soap_lite(self):
        self.check(self.tell("perl", self.example("perl.pl")))

    def test_node_with_soap(self):
        if not (NODE / "node_modules").is_dir():
            self.skipTest("'npm ci' in tests/interop/node installs the client")
        self.environment["NODE_PATH"] = str(NODE / "node_modules")
        self.check(self.tell("node", self.example("node.js")))

    def contract(self):
        """The contract in a folder, as it is served."""
        for name in ("manager?wsdl", "types.xsd"):
            text = self.inside("curl", "-sS", "--cacert", self.certificate, f"https://localhost:{self.port}/{name}").stdout
            (self.folder / name.replace("?", ".")).write_text(text)
        return self.folder

    def build(self, *command):
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def build_as_it_says(self, source):
        """Runs the commands in the comment of an example."""
        self.contract()
        for line in source.read_text().splitlines():
            if line.startswith("//   "):
                self.build("sh", "-c", line[5:].replace(source.name, str(source)))

    def test_cpp_with_gsoap(self):
        self.build_as_it_says(self.example("cpp.cpp", 70))
        self.check(self.tell(self.folder / "deploy"))

    def test_java_with_jax_ws(self):
        shutil.copy(self.certificate, self.folder / "certificate.pem")
        self.build_as_it_says(self.example("Deploy.java"))
        trust = [f"-Djavax.net.ssl.trustStore={self.folder}/trust.jks"]
        self.check(self.tell("env", "-C", self.folder, "java", "-cp", "classes:/usr/share/java/*", *trust, "Deploy"))

    def test_curl(self):
        self.check(self.tell("bash", self.example("curl.sh")))


if __name__ == "__main__":
    unittest.main()

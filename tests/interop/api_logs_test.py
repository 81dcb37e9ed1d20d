#!/usr/bin/env python3
"""Logs as files: the URLs that GetLogs tells, fetched by curl whole, in parts, and by those who must not."""

import re
import sys
import unittest
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import unescape

sys.path.insert(0, str(Path(__file__).resolve().parent))

from api_support import TYPES, ApiCase, values_of  # noqa: E402
from support import until  # noqa: E402

import web_support as web  # noqa: E402  (support knows where it is)

TARGET = "b\u00fccher"
LARGE = 120 << 20  # bytes
MOST_MEMORY = 16 << 20
ODD_NAMES = ("two words.log", "\u00fc\u4e2d &<?#%41;+'.log", "deeper/..log", "%2e%2e")


class ApiLogsTest(ApiCase):
    hosts = 1

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls("test_each_log_comes_whole_and_as_it_is")
        address = cls.lab.facts["hosts"][0]["ipv4"]
        case.asked("PutTargets", f'<targets xmlns:t="{TYPES}"><t:name>{TARGET}</t:name><t:address>{address}</t:address></targets>')
        known_hosts = Path(cls.lab.data) / "known_hosts"
        known_hosts.write_text(Path(cls.lab.facts["known_hosts"]).read_text())
        cls.run_id = case.deploy([TARGET], case.script("talk", "echo it was me"))
        until(lambda: case.state(cls.run_id) == "finished", 60, "the end of the run")
        cls.folder = next(file.parent for file in (Path(cls.lab.data) / "runs" / cls.run_id).rglob("agent.log"))
        (cls.folder / "deeper").mkdir()
        for number, name in enumerate(ODD_NAMES):
            (cls.folder / name).write_text(f"odd {number}\n")
        cls.piece = bytes(range(256)) * 4096
        with (cls.folder / "large.log").open("wb") as large:
            for _ in range(LARGE // len(cls.piece)):
                large.write(cls.piece)
        (cls.folder / "link.log").symlink_to("/etc/passwd")
        (cls.folder / "out").symlink_to("/etc")

    def setUp(self):
        super().setUp()
        self.out = self.components / "fetched"
        self.out.unlink(missing_ok=True)

    def urls(self, role="viewer"):
        """By name, as GetLogs tells them."""
        text = self.asked("GetLogs", f"<runId>{self.run_id}</runId><targetName>{TARGET}</targetName>", role)
        return {unescape(name): unescape(url) for name, url in zip(values_of("name", text), values_of("url", text))}

    def fetch(self, url, *options, token=None):
        """Status and what curl says; the content is in self.out."""
        token = self.tokens["viewer"] if token is None else token
        done = self.inside("curl", "-sk", *(("-H", f"Authorization: Bearer {token}") if token else ()), *options,
                           "-o", self.out, "-w", "%{http_code}", url)
        return int(done.stdout), done.returncode

    def head(self, url, *options):
        done = self.inside("curl", "-skI", "-H", f"Authorization: Bearer {self.tokens['viewer']}", *options, url)
        fields = dict(line.split(": ", 1) for line in done.stdout.splitlines()[1:] if ": " in line)
        return {name.lower(): value for name, value in fields.items()}

    def calls(self):
        return (Path(self.lab.data) / "serve" / "calls.log").read_text()

    def test_each_log_comes_whole_and_as_it_is(self):
        urls = self.urls()
        self.assertTrue({*ODD_NAMES, "agent.log", "large.log"} < set(urls), urls)
        self.assertEqual(set(urls) & {"link.log", "inventory.json", "out/passwd"}, set())
        for name, url in urls.items():
            self.assertRegex(url, rf"^https://localhost:{self.port}/logs\?[A-Za-z0-9=&%._~-]+$")
            self.assertIn(quote(TARGET), url)
            self.assertEqual(self.fetch(url), (200, 0), url)
            self.assertEqual(self.out.read_bytes() == (self.folder / name).read_bytes(), True, name)
        self.assertIn("it was me", "".join((self.folder / name).read_text() for name in urls if "talk-" in name))
        told = self.call("GetLogs", f"<runId>{self.run_id}</runId><targetName>{TARGET}</targetName>",
                         token=self.tokens["viewer"], headers={"Host": f"127.0.0.1:{self.port}"})[1]
        self.assertIn(f"https://127.0.0.1:{self.port}/logs?", told)

    def test_a_range_comes_alone(self):
        url = self.urls()["large.log"]
        self.assertEqual(self.fetch(url, "-r", "1000000-1000009"), (206, 0))
        start = 1_000_000 % len(self.piece)
        self.assertEqual(self.out.read_bytes(), self.piece[start:start + 10])
        self.assertEqual(self.fetch(url, "-r", "-5")[0], 206)
        self.assertEqual(self.out.read_bytes(), self.piece[-5:])
        self.assertEqual(self.fetch(url, "-r", f"{LARGE}-")[0], 416)
        self.assertEqual(self.head(url)["content-length"], str(LARGE))
        tag = self.head(url)["etag"]
        self.assertEqual(self.fetch(url, "-r", "0-9", "-H", f"If-Range: {tag}")[0], 206)
        self.assertEqual(self.fetch(url, "-H", f"If-None-Match: {tag}")[0], 304)

    def test_a_broken_download_goes_on_where_it_stopped(self):
        url = self.urls()["large.log"]
        self.assertEqual(self.fetch(url, "--limit-rate", "20M", "--max-time", "1")[1], 28)
        had = self.out.stat().st_size
        self.assertTrue(0 < had < LARGE, had)
        self.assertEqual(self.fetch(url, "-C", "-"), (206, 0))
        self.assertEqual(self.out.read_bytes() == (self.folder / "large.log").read_bytes(), True)

    def test_a_large_log_costs_little_memory(self):
        url = self.urls()["large.log"]
        self.fetch(url, "-r", "0-9")
        cost = web.Cost(self.server.process.pid)
        self.assertEqual(self.fetch(url), (200, 0))
        cpu, memory = cost.since()
        print(f"  {LARGE >> 20} MiB: {cpu * 1000:.0f} ms CPU, {memory / 2**20:.1f} MiB more", file=sys.stderr)
        self.assertEqual(self.out.stat().st_size, LARGE)
        self.assertLess(memory, MOST_MEMORY)

    def test_a_log_that_grows_comes_as_far_as_it_is(self):
        grows = self.folder / "grows.log"
        grows.write_text("one\n")
        self.addCleanup(grows.unlink)
        url = self.urls()["grows.log"]
        self.assertEqual(self.fetch(url), (200, 0))
        tag = self.head(url)["etag"]
        with grows.open("a") as more:
            more.write("two\n")
        self.assertEqual(self.fetch(url, "-C", "-"), (206, 0))
        self.assertEqual(self.out.read_text(), "one\ntwo\n")
        self.assertEqual(self.fetch(url, "-r", "4-", "-H", f"If-Range: {tag}")[0], 200)  # it is another one now

    def test_logs_are_for_those_who_may_read_them(self):
        url = self.urls()["agent.log"]
        for token in ("", "soapstone_wrong", self.tokens["admin"] + "x"):
            self.assertEqual(self.fetch(url, token=token)[0], 401, token)
        answer = self.inside("curl", "-ski", url).stdout
        self.assertRegex(answer, "(?i)\nwww-authenticate: bearer")
        for role in self.tokens:
            self.assertEqual(self.fetch(url, token=self.tokens[role])[0], 200, role)
        revoked = self.lab.soapstone("token", "new", "--role", "admin", "--name", "gone")
        self.lab.soapstone("token", "revoke", re.search("token ([0-9a-f]{8})", revoked.err)[1])
        self.assertEqual(self.fetch(url, token=revoked.out.strip())[0], 401)
        for field in ("Host: evil.example", "Origin: https://localhost", "Sec-Fetch-Site: none"):
            self.assertEqual(self.fetch(url, "-H", field)[0], 403, field)
        self.assertEqual(self.fetch(url, "-X", "DELETE")[0], 405)
        self.assertRegex(self.calls(), r'caller="a viewer" token="\w+" operation="GET /logs" result="ok"')

    def test_nothing_but_logs_of_the_run_comes(self):
        base = f"https://localhost:{self.port}/logs"
        good = self.urls()["agent.log"]
        for log in ("../report.json", "..%2freport.json", "%2e%2e%2freport.json", "%252e%252e%252freport.json", "/etc/passwd",
                    "%2fetc%2fpasswd", "link.log", "out%2fpasswd", "inventory.json", "agent.log%00", "", ".", "deeper",
                    "agent.log%2f", "./agent.log", "%"):
            self.assertEqual(self.fetch(f"{base}?run={self.run_id}&target={quote(TARGET)}&log={log}")[0], 404, log)
            self.assertNotIn("root:", self.out.read_text())
        for query in ("", "?", f"?run={self.run_id}", f"?run=..&target={quote(TARGET)}&log=agent.log",
                      f"?run={self.run_id}&target=..&log=agent.log", f"?run={self.run_id[:8]}%25&target=x&log=agent.log"):
            self.assertEqual(self.fetch(base + query)[0], 404, query)
        query = good.partition("?")[2]
        for path in ("/logs/", "/logs/agent.log", "/logsx"):
            self.assertEqual(self.fetch(f"https://localhost:{self.port}{path}?{query}")[0], 404, path)
        for path in ("/logs/../logs", "/logs/%2e%2e/logs", "/%6cogs"):
            self.assertEqual(self.fetch(f"https://localhost:{self.port}{path}?{query}", "--path-as-is")[0], 400, path)
        self.assertIn('operation="GET /logs" result="404"', self.calls())

    def test_zz_whoever_guesses_is_locked_out_for_a_while(self):
        url = self.urls()["agent.log"]
        found = [self.fetch(url, token=f"soapstone_{number}")[0] for number in range(13)]
        self.assertEqual((found[0], found[-1]), (401, 429), found)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/python3
"""What people look at in a browser: signing in, the pages, and logs that try to be more than text.

The real `soapstone web` shows made-up runs to a real browser, in a network namespace of its own (needs root).
SOAPSTONE_SHOTS=DIR keeps pictures of all pages: desktop and phone, light and dark.
"""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

import web_support as web
from web_support import BIN, get, send

import chromium

SHOTS = os.environ.get("SOAPSTONE_SHOTS")
DAY = 1_900_000_000_000  # 2030-03-17, ms since 1970

# What a log may hold: HTML, escape sequences of terminals, characters that do not show or that turn the writing.
NASTY = ("<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">\n"
         "\x1b[1;31mred\x1b[0m and \x1b]0;title\x07plain, bell \x07, NUL \x00, half \x1b\n"
         "&lt;b&gt; \"quoted\" 'single' </div></span><h1 id=owned>big</h1>\n"
         "turned: \u202egnp.exe, hidden: a\u200bb, tab:\tend\r\n"
         "a line with \r a return in it, and bytes ").encode() + b"\xff\xfe\xc3(\n" + b"</pre><style>body{display:none}</style>\n"


def setUpModule():
    web.own_network()


def target(name, host):
    return {"allow_smb2": False, "configured_identities": [], "domain": "", "groups": [], "host": host,
            "host_key_alias": "", "identities": [], "identities_only": False, "jumps": [], "kerberos": False,
            "known_hosts": [], "local": False, "name": name, "netbios": False, "port": 22, "proxy_command": "",
            "smb": False, "su": False, "sudo": False, "user": "root"}


def component(name, version):
    return {"architecture": "amd64", "arguments": [], "code": "", "file": f"/srv/{name}.deb", "kind": "deb",
            "name": name, "sha256": "0" * 64, "size": 1000, "version": version}


def state(outcome, text, before="", after="", **more):
    done = {"action": "install", "after": after, "before": before, "job": "1" if before else "", "verified": bool(after)}
    made = {"components": [done], "failed_in": "waiting", "hint": "", "last_seq": 0, "left": [], "logs": True,
            "looked": True, "machine": "m", "notices": [], "os": "Debian GNU/Linux 12 (bookworm)", "phase": "done",
            "reboot": {"back": 0, "boot": "", "cancelled": False, "down": 0, "ordered": 0}, "text": text,
            "touched": True, **more}
    if outcome:
        made |= {"outcome": outcome, "verdict": outcome}
    return made


class Runs:
    """A data folder with made-up runs, written as the manager writes them."""

    def __init__(self, folder):
        self.folder = folder
        program = folder / "program.sh"
        program.write_text("#!/bin/sh\n")
        # It makes an empty store: an agent is not needed for that, nor is the target.
        subprocess.run([BIN, "deploy", "--data", folder, "-t", "127.9.9.9", program], capture_output=True, check=False,
                       timeout=60)
        self.store = sqlite3.connect(folder / "soapstone.db")
        for table in ("event", "target", "run"):
            self.store.execute(f"DELETE FROM {table}")
        self.store.commit()
        shutil.rmtree(folder / "runs", ignore_errors=True)

    def add(self, letter, started, ended, targets, components, events=()):
        run = letter * 32
        request = {"allow_downgrade": False, "components": components, "job_limit": 3600, "lease": 300, "link": "auto",
                   "parallel": 32, "reboot": {"message": "", "policy": "never", "timeout": 900},
                   "targets": [target(name, host) for name, host, _ in targets]}
        self.store.execute("INSERT INTO run VALUES (?, 1, ?, ?, ?)", (run, started, ended, json.dumps(request)))
        for number, (_, _, made) in enumerate(targets):
            self.store.execute("INSERT INTO target VALUES (?, ?, ?)", (run, number, json.dumps(made)))
        for number, (time, of, text) in enumerate(events):
            self.store.execute("INSERT INTO event VALUES (?, ?, ?, ?, NULL, NULL, '', ?)", (run, number + 1, time, of, text))
        self.store.commit()
        return run

    def log(self, run, folder, name, content):
        path = self.folder / "runs" / run / folder
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        (path / name).write_bytes(content)


def fill(runs):
    good = state("updated", "tree 2.1.0-1", before="2.0.2-1", after="2.1.0-1")
    bad = state("failed", "tree 2.1.0-1: dpkg: error processing archive: cannot copy extracted data: No space left on device",
                before="2.0.2-1", hint="free some space in /usr and run it again", notices=["62286 was taken, the agent listens on 62287"])
    nasty = state("unreached", "<b>no</b> answer from \x1b[31m10.0.0.9\x1b[0m <script>1</script>", touched=False)
    pending = state("updated_reboot_pending", "tree 2.1.0-1", before="2.0.2-1", after="2.1.0-1")
    main = runs.add("a", DAY, DAY + 83_000, [("web-1", "10.0.0.1", good), ("web-2.example.com", "10.0.0.2", good),
                                             ("db-7", "10.0.0.7", bad), ("<i>odd</i>", "10.0.0.9", nasty),
                                             ("app-3", "10.0.0.3", pending)],
                    [component("tree", "2.1.0-1")], [(DAY + 1000, 2, "copying the agent"), (DAY + 2000, 2, "<b>bold</b> \x1b[1mline"),
                                                     (DAY + 3000, None, "about all of them"), (DAY + 4000, 0, "of web-1 only")])
    runs.add("b", DAY + 3_600_000, 0, [("web-1", "10.0.0.1", state(None, "installing tree 2.1.0-1", phase="installing"))],
             [component("tree", "2.1.0-1"), component("openssl", "3.0.15-1~deb12u1")])
    runs.add("c", DAY - 86_400_000, DAY - 86_390_000, [("web-1", "10.0.0.1", state("nothing_needed", "looked"))], [])
    runs.log(main, "db-7", "1-tree-2.1.0-1.log", NASTY)
    runs.log(main, "db-7", "agent.log", b"".join(b"2030-03-17T17:46:%02d.000Z info line %d of the agent's own log, which says what "
                                                 b"it did\n" % (i % 60, i) for i in range(20_000)))
    runs.log(main, "db-7", "odd \"name\" <b>.log", b"one line\n")
    (runs.folder / "runs" / main / "db-7" / "link.log").symlink_to("/etc/passwd")
    runs.log(main, "web-1", "empty.log", b"")
    return main


class WebView(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="soapstone-view-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        runs = Runs(cls.folder)
        cls.run_id = fill(runs)
        runs.store.close()
        cls.said = []
        cls.process = subprocess.Popen([BIN, "web", "--data", cls.folder, "--listen", "127.0.0.1"],
                                       stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True)
        cls.addClassCleanup(cls.process.wait)
        cls.addClassCleanup(cls.process.terminate)
        threading.Thread(target=cls.read, daemon=True).start()
        web.until(lambda: any("Ctrl-C" in line for line in cls.said), 20, "it has started")
        cls.port = int(re.search(r"https://127.0.0.1:(\d+)/login/", "".join(cls.said)).group(1))

    @classmethod
    def read(cls):
        with cls.process.stderr:
            for line in cls.process.stderr:
                cls.said.append(line)

    def login_path(self):
        """The newest link."""
        return re.findall(r"(/login/\S+)", "".join(self.said))[-1]

    def sign_in(self):
        """A cookie that is good."""
        path, lines = self.login_path(), len(self.said)
        status, fields, _ = get(self.port, path)
        self.assertEqual(status, 303)
        web.until(lambda: len(self.said) > lines, 10, "another link")
        return fields["set-cookie"].split(";")[0]

    def page(self, path, cookie, *fields):
        return get(self.port, path, f"Cookie: {cookie}", *fields)


class SigningIn(WebView):
    def test_a_link_signs_in_once_and_the_cookie_is_guarded(self):
        path, lines = self.login_path(), len(self.said)
        self.assertEqual(get(self.port, path, method="HEAD")[0], 200)  # does not use it up
        status, fields, _ = get(self.port, path)
        self.assertEqual((status, fields["location"]), (303, "/"))
        cookie = fields["set-cookie"]
        self.assertTrue(cookie.startswith("__Host-soapstone="))
        for word in ("Path=/", "Secure", "HttpOnly", "SameSite=Strict"):
            self.assertIn("; " + word, cookie)
        self.assertNotIn("Domain", cookie)
        self.assertEqual(get(self.port, path)[0], 403)
        web.until(lambda: len(self.said) > lines, 10, "somebody is told of it")
        self.assertIn("signed in from 127.0.0.1; another link: https://127.0.0.1:", self.said[-1])
        self.assertEqual(self.page("/", cookie.split(";")[0])[0], 200)

    def test_without_a_cookie_there_is_nothing(self):
        whole = set()
        run = f"/run/{self.run_id}"
        for path in ("/", run, run + "/report.json", run + "/target/2", run + "/target/2/log/agent.log", "/run/" + "f" * 32,
                     "/nowhere", "/live/", "/%2e%2e/etc/passwd"):
            for cookie in ("", "Cookie: __Host-soapstone=", "Cookie: __Host-soapstone=" + "A" * 32, "Cookie: a=b; __Host-soapstone=x",
                           "Cookie: " + "; ".join(["__Host-soapstone=y"] * 300)):
                status, fields, body = get(self.port, path, *([cookie] if cookie else []))
                self.assertEqual(status, 403, path)
                self.assertNotIn(b"db-7", body)
                self.assertNotIn("set-cookie", fields)
                whole.add(body)
        self.assertEqual(len(whole), 1)  # nothing tells whether there is something

    def test_every_answer_keeps_the_browser_from_doing_more(self):
        cookie = self.sign_in()
        for path in ("/", f"/run/{self.run_id}", "/style.css", "/nowhere", "/login/x", f"/run/{self.run_id}/report.json"):
            _, fields, _ = self.page(path, cookie)
            self.assertIn("default-src 'none'", fields["content-security-policy"])
            self.assertNotIn("unsafe", fields["content-security-policy"])
            self.assertIn("frame-ancestors 'none'", fields["content-security-policy"])
            self.assertEqual(fields["x-content-type-options"], "nosniff")
            self.assertEqual(fields["cache-control"], "no-store")
            self.assertEqual(fields["referrer-policy"], "same-origin")
            self.assertNotIn("server", fields)

    def test_names_that_are_not_ours_get_nothing(self):
        cookie = self.sign_in()
        names = ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evil.example:80", "", "[::2]", "10.0.0.1",
                 "127.0.0.1@evil.example", "evil.example/127.0.0.1", "127.0.0.1, evil", "0.0.0.0", "[", "]:", "localhos", "xlocalhost",
                 "127.1", "2130706433", "0x7f000001", "127.0.0.01", "127.0.0.1.nip.io"]
        for name in names:
            for path in ("/", "/login/x", "/style.css", f"/run/{self.run_id}"):
                status, _, body = get(self.port, path, f"Cookie: {cookie}", host=name)
                self.assertEqual(status, 403, name)
                self.assertNotIn(b"db-7", body)
        for name in ("localhost", "LOCALHOST:123", f"127.0.0.1:{self.port}", "127.0.0.1", "[::1]", web.OTHER):
            self.assertEqual(get(self.port, "/", f"Cookie: {cookie}", host=name)[0], 200, name)
        self.assertEqual(get(self.port, "https://evil.example/", f"Cookie: {cookie}", host="localhost")[0], 403)

    def test_signing_out_is_for_our_own_pages_only(self):
        cookie = self.sign_in()
        for origin in ("https://evil.example", "null", f"http://127.0.0.1:{self.port}", "https://127.0.0.1.evil.example"):
            answer = self.post("/logout", cookie, origin)
            self.assertEqual(answer[0], 403, origin)
            self.assertEqual(self.page("/", cookie)[0], 200)
        self.assertEqual(self.post("/logout", cookie, "https://127.0.0.1")[0], 200)
        self.assertEqual(self.page("/", cookie)[0], 403)

    def post(self, path, cookie, origin):
        request = (f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nCookie: {cookie}\r\nOrigin: {origin}\r\n"
                   "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n\r\n")
        return web.parsed(send(self.port, request.encode()))

    def test_plain_http_gets_nothing(self):
        cookie = self.sign_in()
        for path in ("/", "/style.css", self.login_path(), f"/run/{self.run_id}"):
            status, fields, body = get(self.port, path, f"Cookie: {cookie}", tls=False)
            self.assertEqual(status, 403)
            self.assertNotIn("set-cookie", fields)
            self.assertIn(b"https://", body)


class Throttle(WebView):
    def test_who_tries_links_is_not_listened_to_for_a_while(self):
        wrong = [get(self.port, f"/login/guess{i}", source=web.OTHER, host="localhost")[0] for i in range(8)]
        self.assertEqual(wrong, [403] * 5 + [429] * 3)
        link = self.login_path()
        self.assertEqual(get(self.port, link, source=web.OTHER, host="localhost")[0], 429)  # even the right one
        self.assertEqual(get(self.port, link)[0], 303)  # others are not troubled


class Hostile(WebView):
    """With a cookie that is good: still nothing but what there is to be seen, at no great cost."""

    def test_paths_that_lead_nowhere(self):
        cookie, run, dear, count = self.sign_in(), self.run_id, [], 0
        up = ["../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "%252e%252e%252f", "..%c0%af", "..;/", "....//", "..%00/"]
        paths = [f"{before}{one * 6}etc/passwd" for one in up
                 for before in ("/", "/run/", f"/run/{run}/", f"/run/{run}/target/2/log/", f"/run/{run}/target/2/log/agent.log")]
        paths += [f"/run/{run}/target/2/log/{name}" for name in ("link.log", "../report.json", "..%2freport.json", "%2fetc%2fpasswd",
                                                                  "inventory.json", "", "%00", "agent.log%00", ".", "..", "lock")]
        paths += [f"/run/{run}/target/{number}" for number in ("99", "-1", "2x", "", "999999999999999999999", "%32x", "0x1", "1.0")]
        paths += ["/run/", "/run/x", f"/run/{run[:-1]}", f"/run/{run}a", f"/run/{run.upper()}", f"/run/{run}/x", f"//run/{run}",
                  f"/run/{'f' * 32}", f"/run/{run}/target", f"/run/{run}/report.json/x", "/run/%27%20OR%201=1--", "/runs", "/live/",
                  "/style.css/x", "/style.cssx", "/icon.svg.map", "/" + "a" * 7000, "/%", "/%zz", "/run/%" + run[1:]]
        for path in paths:
            cost = web.Cost(self.process.pid)
            status, _, body = self.page(path, cookie)
            cpu, memory = cost.since()
            count += 1
            self.assertIn(status, (404,), path)
            self.assertNotIn(b"root:", body, path)
            if cpu > 0.05 or memory > 16 << 20:
                dear.append((path, cpu, memory))
        for page in ("0", "-1", "99999999999999999999", "x", "%00", "1e9", "18446744073709551615"):
            status, _, _ = self.page(f"/run/{run}/target/2/log/agent.log?page={page}", cookie)
            self.assertEqual(status, 200, page)
        self.assertEqual(dear, [])
        self.assertGreater(count, 80)


class Pages(WebView):
    def setUp(self):
        self.browser = self.enterContext(chromium.Chromium())
        self.browser.look(1280)
        lines = len(self.said)
        self.assertEqual(self.browser.go(f"https://127.0.0.1:{self.port}{self.login_path()}"), "")
        web.until(lambda: len(self.said) > lines, 10, "somebody is told")

    def go(self, path):
        self.assertEqual(self.browser.go(f"https://127.0.0.1:{self.port}{path}"), "")

    def text(self):
        return self.browser.run("document.body ? document.body.innerText : ''")

    def test_from_the_runs_to_a_line_of_a_log(self):
        self.assertEqual(self.browser.run("location.pathname"), "/")
        self.assertEqual(self.browser.run("document.querySelectorAll('tbody tr').length"), 3)
        self.assertIn("interrupted", self.text())
        for step, words in (("aaaaaaaa", ["2 updated", "1 failed", "1 unreached", "No space left"]),
                            ("db-7", ["free some space", "2.0.2-1", "62287", "agent.log"]),
                            ("1-tree-2.1.0-1.log", ["red and plain"])):
            self.browser.run(f"[...document.querySelectorAll('main a')].find(a => a.innerText == '{step}').click()")
            web.until(lambda: self.browser.run("document.readyState") == "complete" and all(w in self.text() for w in words), 10,
                      f"{words} on the page {step}")

    def test_what_a_log_holds_stays_text(self):
        self.go(f"/run/{self.run_id}/target/2/log/1-tree-2.1.0-1.log")
        text = self.text()
        self.assertIn("<script>document.title='owned'</script><img src=x", text)
        self.assertIn("red and plain, bell ⟨BEL⟩, NUL ⟨NUL⟩, half ⟨ESC⟩", text)
        self.assertIn("&lt;b&gt; \"quoted\" 'single' </div></span><h1 id=owned>big</h1>", text)
        self.assertIn("turned: ⟨U+202E⟩gnp.exe, hidden: a⟨U+200B⟩b", text)
        self.assertIn("a line with ⟨CR⟩ a return in it, and bytes \ufffd\ufffd\ufffd(", text)
        self.assertIn("</pre><style>", text)
        self.assertNotIn("owned", self.browser.run("document.title"))
        self.assertEqual(self.browser.run("document.querySelectorAll('.log script, .log img, .log h1, .log style, #owned').length"), 0)
        self.assertEqual(self.browser.run("document.querySelectorAll('.log div').length"), 6)

    def test_names_of_targets_and_logs_stay_text(self):
        for path in ("", "/report", "/target/3", "/target/2"):
            self.go(f"/run/{self.run_id}{path}")
            self.assertEqual(self.browser.run("document.querySelectorAll('main i, main b, main script').length"), 0, path)
        self.go(f"/run/{self.run_id}/target/2")
        self.browser.run("[...document.querySelectorAll('main a')].find(a => a.innerText.startsWith('odd')).click()")
        web.until(lambda: "one line" in self.text(), 10, "the log with the odd name")

    def test_a_big_log_comes_in_pages_with_its_line_numbers(self):
        self.go(f"/run/{self.run_id}/target/2/log/agent.log")
        self.assertIn("page 1 of 7", self.text())
        seen = 0
        for page in range(1, 8):
            self.go(f"/run/{self.run_id}/target/2/log/agent.log?page={page}")
            numbers = self.browser.run("[...document.querySelectorAll('.log a')].map(a => +a.innerText)")
            lines = self.browser.run("[...document.querySelectorAll('.log span')].map(s => +s.innerText.match(/line (\\d+)/)[1])")
            self.assertEqual(numbers, [line + 1 for line in lines])
            self.assertEqual(numbers[0], seen + 1)
            seen = numbers[-1]
        self.assertEqual(seen, 20_000)

    def test_what_the_manager_saw_is_a_log_too(self):
        self.go(f"/run/{self.run_id}/target/2/log/manager.log")
        self.assertIn("copying the agent", self.text())
        self.assertIn("<b>bold</b>", self.text())
        self.assertIn("about all of them", self.text())
        self.assertNotIn("of web-1 only", self.text())

    def test_the_report_is_there_for_programs(self):
        cookie = self.sign_in()
        _, fields, body = self.page(f"/run/{self.run_id}/report.json", cookie)
        self.assertEqual(fields["content-type"], "application/json")
        self.assertEqual(json.loads(body)["format"], "soapstone-report/1")

    def test_signing_out(self):
        self.browser.run("document.querySelector('header button').click()")
        web.until(lambda: "Signed out" in self.text(), 10, "it says so")
        self.go("/")
        self.assertIn("Open the link that soapstone printed", self.text())

    def test_it_fits_every_screen_light_and_dark(self):
        log = f"/run/{self.run_id}/target/2/log/"
        pages = {"runs": "/", "run": f"/run/{self.run_id}", "report": f"/run/{self.run_id}/report", "target": f"/run/{self.run_id}/target/2",
                 "nasty": log + "1-tree-2.1.0-1.log", "log": log + "agent.log?page=2", "missing": "/nowhere"}
        for name, path in pages.items():
            for width in (1280, 390):
                for dark in (False, True):
                    self.browser.look(width, 900 if width > 500 else 844, dark)
                    self.go(path)
                    if SHOTS:
                        Path(SHOTS).mkdir(parents=True, exist_ok=True)
                        self.browser.picture(Path(SHOTS) / f"{name}-{width}-{'dark' if dark else 'light'}.png")
                    wide = self.browser.run("document.documentElement.scrollWidth")
                    self.assertLessEqual(wide, width, f"{name} is wider than a screen of {width}")
                    light = self.browser.run("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)[0]")
                    self.assertTrue(light < 60 if dark else light > 200, f"{name}: {light}")


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/python3
"""The internal web server: its ports, real clients, ranges, and requests that mean no good.

Everything happens in a network namespace of its own, which is why this needs root. What people look at in a browser
is tested by web_view_test.py.
"""

import hashlib
import http.client
import os
import random
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.request
from pathlib import Path

import web_support as web
from web_support import WebHost, get, send

import chromium

PORTS = list(range(63000, 63006))
MOST_CPU, MOST_MEMORY = 0.050, 16 << 20  # of one hostile request


def setUpModule():
    web.own_network()


class Scratch(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="soapstone-web-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def file(self, name, size):
        path = self.folder / name
        path.write_bytes(random.Random(size).randbytes(size))
        return path


def taken(*ports):
    """Listeners on these ports."""
    holders = []
    for port in ports:
        holder = socket.socket(socket.AF_INET6)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("::", port))
        holder.listen()
        holders.append(holder)
    return holders


class Ports(Scratch):
    def hold(self, *ports):
        for holder in taken(*ports):
            self.addCleanup(holder.close)

    def test_port_80_is_taken_where_it_is_free_for_both_families(self):
        with WebHost() as host:
            self.assertEqual(host.port, 80)
            for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
                with socket.socket(family) as line:
                    line.connect((address, 80))

    def test_another_one_of_six_at_random_where_80_is_taken(self):
        self.hold(80)
        seen = set()
        for _ in range(15):
            with WebHost() as host:
                self.assertIn(host.port, PORTS)
                seen.add(host.port)
        self.assertGreater(len(seen), 1, "always the same port")

    def test_another_one_of_six_where_80_is_not_permitted(self):
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        with WebHost(prefix=nobody) as host:
            self.assertIn(host.port, PORTS)

    def test_the_last_free_one_is_found(self):
        for free in (63000, 63003, 63005):
            holders = taken(80, *(port for port in PORTS if port != free))
            with WebHost() as host:
                self.assertEqual(host.port, free)
            for holder in holders:
                holder.close()

    def test_an_error_names_who_has_them_all(self):
        self.hold(80, *PORTS)
        host = WebHost()
        self.assertTrue(host.first.startswith("error "), host.first)
        for port in (80, *PORTS):
            self.assertRegex(host.first, rf"{port}[^,;]* is held by a listener of \S+ \(pid {os.getpid()}\)")
        self.assertIn("--web-port", host.first)

    def test_a_port_that_was_named_is_taken_and_no_other(self):
        with WebHost("", "63777") as host:
            self.assertEqual(host.port, 63777)
            other = WebHost("", "63777")
            self.assertIn("63777 is held by", other.first)


class Clients(Scratch):
    """Programs of others fetch images, whole and in parts."""

    def setUp(self):
        super().setUp()
        self.image = self.file("image.bin", 30_000_000)
        self.bytes = self.image.read_bytes()
        self.host = WebHost()
        self.addCleanup(self.host.__exit__)
        self.tls = self.host.offer(self.image)
        self.plain = self.host.offer(self.image, how="plain")
        self.got = self.folder / "got"

    def urls(self):
        return [f"https://127.0.0.1:{self.host.port}{self.tls}", f"http://127.0.0.1:{self.host.port}{self.plain}",
                f"https://[::1]:{self.host.port}{self.tls}"]

    def call(self, *words):
        done = subprocess.run(words, capture_output=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done.stdout

    def test_curl(self):
        for url in self.urls():
            for more in ([], ["--http1.0"], ["--tls-max", "1.2"]):
                self.assertEqual(self.call("curl", "-ksSf", *more, url), self.bytes)
            self.assertEqual(self.call("curl", "-ksSf", "-r", "100-199", url), self.bytes[100:200])
            self.assertEqual(self.call("curl", "-ksSf", "-r", "-77", url), self.bytes[-77:])
            self.got.write_bytes(self.bytes[:12_345_678])
            self.call("curl", "-ksSf", "-C", "-", "-o", str(self.got), url)
            self.assertEqual(self.got.read_bytes(), self.bytes)
            head = self.call("curl", "-ksSfI", url).decode()
            self.assertIn(f"Content-Length: {len(self.bytes)}", head)
            self.assertIn("Accept-Ranges: bytes", head)
            self.assertIn(f'ETag: "{hashlib.sha256(self.bytes).hexdigest()}"', head)
            self.assertNotIn("Server:", head)
        self.assertEqual(self.host.ask("seen", 0).split()[4], "right")
        self.assertEqual(self.host.ask("seen", 1).split()[5], "plain")

    def test_a_client_that_knows_only_rsa_and_one_that_knows_only_ecdsa(self):
        url = self.urls()[0]
        for cipher in ("ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256"):
            self.assertEqual(self.call("curl", "-ksSf", "--tls-max", "1.2", "--ciphers", cipher, url), self.bytes)
        old = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{self.host.port}", "-tls1_1", "-cipher",
                              "DEFAULT@SECLEVEL=0"], input=b"", capture_output=True, timeout=20, check=False)
        self.assertNotEqual(old.returncode, 0)
        shown = self.call("openssl", "s_client", "-connect", f"127.0.0.1:{self.host.port}", "-noservername")
        self.assertIn(b"-----BEGIN CERTIFICATE-----", shown)

    def test_the_certificate_names_this_machine(self):
        pem = ssl.get_server_certificate(("127.0.0.1", self.host.port))
        text = subprocess.run(["openssl", "x509", "-noout", "-text"], input=pem.encode(), capture_output=True,
                              check=True).stdout.decode()
        for name in ("IP Address:127.0.0.1", f"IP Address:{web.OTHER}", "DNS:localhost", f"DNS:{socket.gethostname()}"):
            self.assertIn(name, text)

    def test_wget(self):
        for url in self.urls():
            self.call("wget", "-q", "--no-check-certificate", "-O", str(self.got), url)
            self.assertEqual(self.got.read_bytes(), self.bytes)
            self.got.write_bytes(self.bytes[:7_000_000])
            self.call("wget", "-q", "--no-check-certificate", "-c", "-O", str(self.got), url)
            self.assertEqual(self.got.read_bytes(), self.bytes)

    def test_python(self):
        for url in self.urls():
            request = urllib.request.Request(url, headers={"Range": "bytes=1000-"})
            with urllib.request.urlopen(request, context=web.tls_context(), timeout=60) as answer:
                self.assertEqual(answer.status, 206)
                self.assertEqual(answer.read(), self.bytes[1000:])
        line = http.client.HTTPSConnection("127.0.0.1", self.host.port, context=web.tls_context(), timeout=30)
        for _ in range(3):  # on one connection
            line.request("GET", self.tls, headers={"Range": "bytes=5-9"})
            self.assertEqual(line.getresponse().read(), self.bytes[5:10])
        line.close()

    def test_chromium(self):
        url = self.urls()[0]
        folder = self.folder / "downloads"
        folder.mkdir()
        with chromium.Chromium() as browser:
            self.assertEqual(Path(browser.download(url, folder)).read_bytes(), self.bytes)
            browser.go(f"https://127.0.0.1:{self.host.port}/")
            size = browser.run(f"fetch('{self.tls}', {{headers: {{Range: 'bytes=100-299'}}}})"
                               ".then(answer => answer.arrayBuffer()).then(bytes => bytes.byteLength)")
            self.assertEqual(size, 200)

    def test_a_transfer_ends_when_the_offer_is_taken_back(self):
        with web.connect(self.host.port) as line:
            line.sendall(f"GET {self.tls} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            line.recv(1000)
            self.assertEqual(self.host.ask("revoke", 0), "revoked")
            self.assertLess(len(web.all_of(line, 1 << 30)), len(self.bytes))
        self.assertEqual(get(self.host.port, self.tls)[0], 404)

    def test_four_at_once_and_no_more(self):
        lines = []
        for _ in range(4):
            line = web.connect(self.host.port)
            line.sendall(f"GET {self.tls} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            line.recv(100)
            lines.append(line)
        status, fields, _ = get(self.host.port, self.tls)
        self.assertEqual(status, 503)
        self.assertIn("retry-after", fields)
        for line in lines:
            line.close()
        web.until(lambda: get(self.host.port, self.tls, "Range: bytes=0-9")[0] == 206, 10, "a place gets free")


def spellings():
    """Fifty ways to write "go up to /etc/passwd" """
    ups = ["../", "..\\", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "%2e%2e%5c", "%252e%252e%252f", "..%252f",
           "..%c0%af", "%c0%ae%c0%ae/", "..%ef%bc%8f", "%uff0e%uff0e/", "..;/", "....//", "..././", ".%00./", "..%00/",
           "..%0d%0a/", "..%09/", "%2e./", ".%2e/", "..//", "..%20/", "%ff../"]
    for up in ups:
        yield up * 8 + "etc/passwd"
        yield up * 3 + "etc%2fpasswd%00.bin"


class Hostile(Scratch):
    """Nothing is given away, none of it costs much, and the next good request works."""

    def setUp(self):
        super().setUp()
        self.image = self.file("image.bin", 300_000)
        self.bytes = self.image.read_bytes()
        self.host = WebHost()
        self.addCleanup(self.host.__exit__)
        self.good = self.host.offer(self.image, how="plain", sources=f"127.0.0.1,::1,{web.OTHER}")
        self.secure = self.host.offer(self.image)
        self.foreign = self.host.offer(self.image, sources="10.1.2.3", how="plain")
        self.expired = self.host.offer(self.image, life=0, how="plain")
        self.revoked = self.host.offer(self.image, how="plain")
        self.host.ask("revoke", 4)
        self.logs = self.host.ask("logs", self.folder, "any", 600, 1000)
        self.count = 0
        self.dear = []
        self.worst = (0, 0)

    def good_one(self, source=None):
        status, _, body = get(self.host.port, self.good, "Range: bytes=10-19", source=source)
        self.assertEqual((status, body), (206, self.bytes[10:20]))

    def harmless(self, answer, what):
        """An answer tells nothing but that it refuses."""
        for secret in (b"root:", self.bytes[:16], self.bytes[10:20], str(self.folder).encode(), b"nginx", b"Boost",
                       b"OpenSSL", b"Server:", b"soapstone/"):
            self.assertNotIn(secret, answer, what)
        self.assertLess(len(answer), 4000, what)

    def hostile(self, what, action, statuses=(400, 403, 404, 405, 411, 413, 414, 417, 431, 501, 503), quiet=False):
        """`action` gives the answer as bytes; no answer at all is one, too."""
        cost = web.Cost(self.host.process.pid)
        answer = action()
        cpu, memory = cost.since()
        self.harmless(answer, what)
        if answer.startswith(b"HTTP/"):
            self.assertIn(int(answer.split()[1]), statuses, (what, answer))
        else:
            self.assertTrue(quiet or answer == b"", (what, answer))
        self.worst = (max(self.worst[0], cpu), max(self.worst[1], memory))
        if cpu > MOST_CPU or memory > MOST_MEMORY:
            self.dear.append((what, cpu, memory))
        self.count += 1
        self.good_one()

    def raw(self, request, tls=True, source=None):
        return lambda: send(self.host.port, request, tls, source)

    def one(self, target, *fields, method="GET", tls=True, source=None, version="1.1", host="Host: x"):
        head = [f"{method} {target} HTTP/{version}", *([host] if host else []), "Connection: close", *fields]
        return self.raw(("\r\n".join(head) + "\r\n\r\n").encode("latin-1"), tls, source)

    def done(self, least):
        self.assertEqual(self.dear, [])
        self.assertIsNone(self.host.process.poll())
        print(f"\n  {self.count} hostile requests; worst: {self.worst[0] * 1000:.0f} ms CPU, "
              f"{self.worst[1] / 2**20:.1f} MiB", flush=True)
        self.assertGreaterEqual(self.count, least)

    def test_ways_up_in_fifty_spellings(self):
        token = self.good.rsplit("/", 1)[0]
        for spelling in spellings():
            for tls in (True, False):
                for before in ("/", "/fw/", token + "/", self.logs):
                    self.hostile(before + spelling, self.one(before + spelling, tls=tls))
        for spelling in list(spellings())[:10]:
            put = f"PUT {self.logs}{spelling} HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n".encode()
            self.hostile("PUT " + spelling, self.raw(put + b"x" * 2000))
        self.assertFalse([path for path in self.folder.rglob("*") if path.name not in ("image.bin", "log-1")
                          and not path.name.startswith("log-")])
        self.done(400)

    def test_tokens_that_are_wrong_foreign_or_over(self):
        answers = set()
        token = self.good.split("/")[2]
        other = token[:-1] + ("A" if token[-1] != "A" else "B")
        wrong = [self.foreign, self.expired, self.revoked, self.good + "x", self.good[:-1], "/fw/", "/fw", "/fw//",
                 f"/fw/{other}/ilo5_300.bin", f"/fw/{token[:-1]}/ilo5_300.bin", f"/fw/{token}A/ilo5_300.bin",
                 f"/fw/{token}", f"/fw/{token}/", f"/fw/{token}/ilo5_300.bin/", f"/fw/{token}//ilo5_300.bin",
                 f"/fw/{token.lower()}/ilo5_300.bin", f"/fw/{token.upper()}/ilo5_300.bin", f"//fw/{token}/ilo5_300.bin",
                 f"/FW/{token}/ilo5_300.bin", f"/log/{token}/ilo5_300.bin", "/fw/*/ilo5_300.bin", "/fw/%/x",
                 f"/fw/{token}/ilo5_300.bin%00", f"/fw/{token}%00/ilo5_300.bin", f"/fw/{'A' * 4000}/x",
                 self.logs.replace("/log/", "/fw/") + "x", self.logs, self.logs + "agent.log", "/log/", "/"]
        for path in wrong:
            for method in ("GET", "HEAD"):
                self.hostile(f"{method} {path}", self.one(path, method=method), statuses=(404,))
                if method == "GET":
                    answer = self.one(path)()
                    answers.add(b"\n".join(line for line in answer.split(b"\r\n") if not line.startswith(b"Date:")))
        for path in (self.foreign, self.expired, self.revoked, self.secure):
            self.hostile("plain " + path, self.one(path, tls=False), statuses=(404,))
        self.assertEqual(len(answers), 1, answers)  # one answer for all of it
        self.done(60)

    def test_an_image_bound_to_an_address_is_for_nobody_else(self):
        only_other = self.host.offer(self.image, sources=web.OTHER)
        self.assertEqual(get(self.host.port, only_other)[0], 404)
        self.assertEqual(get(self.host.port, only_other, source=web.OTHER)[2], self.bytes)
        for spoof in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Client-IP", "Via"):
            self.assertEqual(get(self.host.port, only_other, f"{spoof}: {web.OTHER}")[0], 404)

    def test_framing_that_is_no_http(self):
        good = self.good.encode()
        tail = b" HTTP/1.1\r\nHost: x\r\n"
        bodies = {
            "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            "length and chunks": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "chunks and length": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
            "a negative length": b"GET /" + tail + b"Content-Length: -5\r\n\r\n",
            "a signed length": b"GET /" + tail + b"Content-Length: +5\r\n\r\n",
            "a huge length": b"PUT /log/x/y" + tail + b"Content-Length: 99999999999999999999\r\n\r\n",
            "a hexadecimal length": b"GET /" + tail + b"Content-Length: 0x10\r\n\r\n",
            "two encodings": b"POST /" + tail + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
            "an unknown encoding": b"POST /" + tail + b"Transfer-Encoding: xchunked\r\n\r\n",
            "GET with a body": b"GET " + good + tail + b"Content-Length: 3\r\n\r\nabc",
            "a space before the colon": b"GET " + good + b" HTTP/1.1\r\nHost : x\r\n\r\n",
            "a folded line": b"GET " + good + tail + b"X: a\r\n b\r\n\r\n",
            "bare line feeds": b"GET " + good + b" HTTP/1.1\nHost: x\n\n",
            "a NUL in a field": b"GET " + good + tail + b"X: a\0b\r\n\r\n",
            "a NUL in the target": b"GET /fw/\0 HTTP/1.1\r\nHost: x\r\n\r\n",
            "two hosts": b"GET " + good + tail + b"Host: y\r\n\r\n",
            "no host": b"GET " + good + b" HTTP/1.1\r\n\r\n",
            "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "HTTP/2.0": b"GET " + good + b" HTTP/2.0\r\nHost: x\r\n\r\n",
            "HTTP/0.9": b"GET " + good + b"\r\n\r\n",
            "HTTP/1.9": b"GET " + good + b" HTTP/1.9\r\nHost: x\r\n\r\n",
            "no version": b"GET " + good + b" \r\n\r\n",
            "small method": b"get " + good + tail + b"\r\n",
            "unknown method": b"FETCH " + good + tail + b"\r\n",
            "TRACE": b"TRACE " + good + tail + b"\r\n",
            "OPTIONS *": b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
            "CONNECT": b"CONNECT 10.0.0.1:22 HTTP/1.1\r\nHost: 10.0.0.1:22\r\n\r\n",
            "as a proxy": b"GET http://10.0.0.1/secret HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n",
            "file:": b"GET file:///etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
            "PUT an image": b"PUT " + good + tail + b"Content-Length: 3\r\n\r\nabc",
            "DELETE": b"DELETE " + good + tail + b"\r\n",
            "POST": b"POST " + good + tail + b"Content-Length: 3\r\n\r\nabc",
            "Expect": b"PUT /log/x/y" + tail + b"Expect: 200-maybe\r\nContent-Length: 3\r\n\r\nabc",
            "Upgrade": b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n",
            "binary": bytes(range(256)) * 8,
            "an SSH greeting": b"SSH-2.0-OpenSSH_9.2\r\n",
            "SMTP": b"EHLO x\r\n",
            "spaces": b"   \r\n\r\n",
            "only line ends": b"\r\n" * 1000,
            "SOAP": b"POST /agent HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n<a></a>  ",
            "xmldata": b"GET /xmldata?item=all" + tail + b"Connection: close\r\n\r\n",
            "wsdl": b"GET /manager?wsdl" + tail + b"Connection: close\r\n\r\n",
            "a chunk too large": b"POST /logout" + tail + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        }
        for name, request in bodies.items():
            for tls in (True, False):
                if name in ("bare line feeds", "only line ends", "spaces", "an SSH greeting", "SMTP", "no version"):
                    request += b"\r\n\r\n"
                self.hostile(f"{name}, {'TLS' if tls else 'plain'}", self.raw(request, tls),
                             statuses=(400, 403, 404, 405, 411, 413, 417, 431, 501, 505))
        self.done(80)

    def test_floods(self):
        good = self.good.encode()
        many = b"GET " + good + b" HTTP/1.1\r\nHost: x\r\n"
        floods = {
            "a field of 1 MB": many + b"X: " + b"y" * (1 << 20) + b"\r\n\r\n",
            "200,000 fields": many + b"A: b\r\n" * 200_000 + b"\r\n",
            "101 fields": many + b"A: b\r\n" * 101 + b"\r\n",
            "a target of 9 KB": b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
            "a target of 1 MB": b"GET /" + b"a" * (1 << 20) + b" HTTP/1.1\r\nHost: x\r\n\r\n",
            "a target of 8 KB of escapes": b"GET /fw/" + b"%41" * 2700 + b"/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            "8,000 slashes": b"GET /fw" + b"/" * 8000 + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            "a query of 8 KB": b"GET /?" + b"&a=b" * 2000 + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            "many ranges": many + b"Range: bytes=" + b"0-0," * 2000 + b"1-1\r\nX-Token: no\r\nA: \0\r\n\r\n",
            "a log too large": f"PUT {self.logs}big HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n".encode() + b"x" * 1_000_000,
            "100 refusals on one connection": (b"GET /no HTTP/1.1\r\nHost: x\r\n\r\n") * 14 + b"GET /no HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        }
        for name, request in floods.items():
            for tls in (True, False):
                self.hostile(f"{name}, {'TLS' if tls else 'plain'}", self.raw(request, tls), statuses=(400, 403, 404, 413, 414, 431))
        for name, bytes_ in {"a record of garbage": b"\x16\x03\x01\x02\x00" + b"\xff" * 512, "a record too large": b"\x16\x03\x01\xff\xff",
                             "an SSL 2 hello": b"\x80\x2e\x01\x00\x02", "a hello cut off": b"\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03"}.items():
            def garbage(data=bytes_):
                with web.connect(self.host.port, tls=False) as line:
                    line.sendall(data)
                    line.shutdown(socket.SHUT_WR)
                    web.all_of(line)
                return b""
            self.hostile(name, garbage)
        self.done(25)

    def test_slow_clients_are_sent_away_and_hold_up_nobody(self):
        started = time.monotonic()
        lines = [web.connect(self.host.port, tls=False, source=web.OTHER) for _ in range(20)]
        for number, line in enumerate(lines):
            if number % 2:
                line.sendall(b"\x16\x03")  # half a greeting
        drips = [web.connect(self.host.port, source=web.OTHER) for _ in range(10)]

        threads = [threading.Thread(target=web.drip, args=(line, b"GET / HTTP/1.1\r\nX: " + b"y" * 1000)) for line in drips]
        for thread in threads:
            thread.start()
        for _ in range(10):
            before = time.monotonic()
            self.good_one()
            self.assertLess(time.monotonic() - before, 1)
        for line in lines:
            web.all_of(line)
        self.assertLess(time.monotonic() - started, 14)
        for thread in threads:
            thread.join()
        self.assertLess(time.monotonic() - started, 20)
        for line in lines + drips:
            line.close()

    def test_more_connections_than_one_address_may_have(self):
        cost = web.Cost(self.host.process.pid)
        lines = [socket.create_connection(("127.0.0.1", self.host.port), source_address=(web.OTHER, 0)) for _ in range(200)]
        self.good_one()  # from another address
        ended = 0
        for line in lines:
            line.settimeout(0.02)
            try:
                ended += line.recv(1) == b""
            except (TimeoutError, ConnectionError):
                pass
        self.assertGreaterEqual(ended, 200 - 64)
        for line in lines:
            line.close()
        self.assertLess(cost.since()[1], MOST_MEMORY)

        def is_let_in():
            try:
                self.good_one(source=web.OTHER)
                return True
            except (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError):  # it has not noticed all ends yet
                return False

        web.until(is_let_in, 10, "its places are free again")

    def test_nothing_in_the_log_opens_anything(self):
        self.one(self.good)()
        self.one(self.foreign)()
        web.until(lambda: any("to its end" in line for line in self.host.told), 10, "a line about the transfer")
        text = "".join(self.host.told)
        for path in (self.good, self.foreign):
            token = path.split("/")[2]
            self.assertNotIn(token[:6], text)
        self.assertIn("does not get ilo5_300.bin", text)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""Requests that mean no good, at the API of `soapstone serve`: nothing is given away or changed, none of them costs much,
and the next good one works."""

import hashlib
import os
import ssl
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import hostile_calls as calls  # noqa: E402
from api_support import ApiCase, entered, post, values_of  # noqa: E402

import web_support as web  # noqa: E402  (support knows where it is)

MOST_CPU, MOST_MEMORY = 0.050, 16 << 20  # of one request
OTHER, FLOODER, GUESSER = "127.0.0.2", "127.0.0.3", "127.0.0.4"  # other addresses of the workstation, to come from

REFUSED = (400, 401, 403, 404, 405, 408, 411, 413, 414, 415, 417, 431, 500, 501, 505)


class ApiHostileTest(ApiCase):
    hosts = 1

    def setUp(self):
        super().setUp()
        self.inside_net = entered(self.netns)
        self.inside_net.__enter__()
        self.addCleanup(self.inside_net.__exit__, None, None, None)
        self.worst, self.count, self.dear = (0, 0), 0, []
        self.before = self.kept()

    def kept(self):
        return [self.good(operation) for operation in ("GetTargets", "GetRuns", "GetKeptComponents", "GetCredentials")]

    def good(self, operation="GetVersion", source=None):
        most = {"GetTargets": "<mostTargets>9</mostTargets>", "GetRuns": "<mostRuns>9</mostRuns>"}
        text = calls.envelope(operation, most.get(operation, ""))
        status, _, body = web.parsed(web.send(self.port, calls.request(text, token=self.tokens["admin"]), source=source))
        self.assertEqual(status, 200, body)
        return body

    def hostile(self, name, sent, more=(), statuses=REFUSED):
        cost = web.Cost(self.server.process.pid)
        answer = self.answer(sent)
        cpu, memory = cost.since()
        self.count += 1
        self.worst = (max(self.worst[0], cpu), max(self.worst[1], memory))
        if cpu > MOST_CPU or memory > MOST_MEMORY:
            self.dear.append((name, cpu, memory))
        if answer:
            self.assertTrue(answer.startswith(b"HTTP/1.1 "), (name, answer))
            self.assertIn(int(answer.split()[1]), (*statuses, *more), (name, answer[:1000]))
        for secret in (b"root:", b"gSOAP", b"Boost", b"OpenSSL", self.tokens["admin"].encode(), self.lab.data.encode()):
            self.assertNotIn(secret, answer, name)
        if 200 not in more:
            self.assertLess(len(answer), 4_000, name)
        if answer.startswith(b"HTTP/1.1 500"):
            self.assertIn(values_of("code", answer.decode()), (["invalid"], ["not_found"], ["denied"]), (name, answer))
        self.good()

    def answer(self, sent):
        """What comes back; nothing when all of it is still waited for, and we leave."""
        with web.connect(self.port) as line:
            line.settimeout(4)
            try:
                line.sendall(sent)
            except (ConnectionError, ssl.SSLError):
                pass  # refused in the middle; the answer is there all the same
            try:
                return web.all_of(line)
            except TimeoutError:
                return b""

    def done(self, least=0):
        self.assertIsNone(self.server.process.poll())
        if least:
            print(f"  {self.count} hostile requests; worst: {self.worst[0] * 1000:.0f} ms CPU, "
                  f"{self.worst[1] / 2**20:.1f} MiB", file=sys.stderr)
        self.assertEqual(self.dear, [])
        self.assertEqual(self.kept(), self.before)
        self.assertGreaterEqual(self.count, least)

    def test_bodies_of_a_caller_who_may_do_all(self):
        for name, body, more in calls.bodies():
            with self.subTest(body=name):
                self.hostile(name, calls.request(body, token=self.tokens["admin"]), more)
        self.done(250)

    def test_bodies_of_nobody_are_not_looked_at(self):
        for name, body, _ in calls.bodies():
            with self.subTest(body=name):
                self.hostile(name, calls.request(body), statuses=(401, 413))
        self.done(250)

    def test_heads_and_framing(self):
        for name, sent, more in calls.heads(self.tokens["admin"]):
            with self.subTest(head=name):
                self.hostile(name, sent, more)
        self.done(145)

    def test_heads_of_nobody(self):
        for name, sent, _ in calls.heads("soapstone_wrong"):
            with self.subTest(head=name):
                self.hostile(name, sent)
        self.done(145)

    def test_what_is_no_tls(self):
        for name, text in {"plain HTTP": calls.request(), "a record of garbage": b"\x16\x03\x01\x02\x00" + b"\xff" * 512,
                           "a record too large": b"\x16\x03\x01\xff\xff", "SSL 2": b"\x80\x2e\x01\x00\x02",
                           "half a greeting": b"\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03", "nothing": b""}.items():
            cost = web.Cost(self.server.process.pid)
            with web.connect(self.port, tls=False) as line:
                line.sendall(text)
                line.shutdown(web.socket.SHUT_WR)
                self.assertNotIn(b"HTTP/1.1 200", web.all_of(line), name)
            cpu, memory = cost.since()
            self.assertLess((cpu, memory), (MOST_CPU, MOST_MEMORY), name)
            self.good()
        old = web.tls_context()
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        with web.connect(self.port, tls=False) as line, self.assertRaises((ssl.SSLError, ConnectionError)):
            old.wrap_socket(line)

    def prompt(self):
        """A good request is not held up."""
        begin = time.monotonic()
        self.good()
        self.assertLess(time.monotonic() - begin, 1)

    def test_slow_clients_hold_up_nobody_and_are_sent_away(self):
        begin = time.monotonic()
        request = calls.request(token=self.tokens["viewer"])
        silent = [web.connect(self.port, tls=False, source=OTHER) for _ in range(20)]
        for line in silent[::2]:
            line.sendall(b"\x16\x03")  # half a greeting
        drips = [web.connect(self.port, source=OTHER) for _ in range(20)]
        bodies = [web.connect(self.port, source=OTHER) for _ in range(20)]
        for line in bodies:
            line.sendall(request[:-50])

        threads = [threading.Thread(target=web.drip, args=(line, request[:40])) for line in drips]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            self.prompt()
            time.sleep(0.2)
        for line in silent + drips:
            web.all_of(line)
        self.assertLess(time.monotonic() - begin, 25)
        for line in bodies:  # these have a minute
            line.settimeout(60)
            web.all_of(line)
        self.assertLess(time.monotonic() - begin, 75)
        for line in silent + drips + bodies:
            line.close()
        self.done()

    def test_floods_of_connections_hold_up_nobody(self):
        cost = web.Cost(self.server.process.pid)
        empty = [web.connect(self.port, source=FLOODER) for _ in range(300)]
        self.prompt()
        waiting = calls.request(calls.envelope(
            "GetEvents", "<since>999999</since><waitSeconds>60</waitSeconds><most>1</most>"), token=self.tokens["viewer"])
        callers = [web.connect(self.port, source=FLOODER) for _ in range(300)]
        for line in callers:
            line.sendall(waiting)
        for _ in range(5):
            self.prompt()
        cpu, memory = cost.since()
        print(f"  600 connections: {cpu * 1000:.0f} ms CPU, {memory / 2**20:.1f} MiB", file=sys.stderr)
        self.assertLess(cpu / 600, MOST_CPU)
        self.assertLess(memory, 600 * (256 << 10))
        for line in empty + callers:
            line.close()
        self.prompt()
        self.done()

    def test_uploads_of_one_caller_leave_room_for_those_of_others(self):
        def upload(role):
            """The connection, and what the server said before the body."""
            line = web.connect(self.port, source=FLOODER)
            line.sendall((f"PUT /components/half-{os.urandom(4).hex()}.deb HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n"
                          f"Authorization: Bearer {self.tokens[role]}\r\nExpect: 100-continue\r\n\r\n").encode())
            return line, line.recv(4096)

        def once(role):
            line, answer = upload(role)
            line.close()
            return answer

        halves = [upload("operator") for _ in range(8)]
        self.assertEqual({answer.split()[1] for _, answer in halves}, {b"100"})
        answer = once("operator")
        self.assertEqual(answer.split()[1], b"429", answer)
        self.assertIn(b"Retry-After: 10", answer)
        halves.append(upload("admin"))
        self.assertEqual(halves[-1][1].split()[1], b"100")
        for line, _ in halves:
            line.close()
        web.until(lambda: once("operator").split()[1] == b"100", 10, "their places are free again")
        self.done()

    def test_a_second_upload_of_a_name_does_not_write_into_the_first(self):
        def begin(content):
            line = web.connect(self.port)
            line.sendall((f"PUT /components/twice.sh HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(content)}\r\n"
                          f"Authorization: Bearer {self.tokens['operator']}\r\nExpect: 100-continue\r\n\r\n").encode())
            return line, line.recv(4096).split()[1]

        first, second = b"#!/bin/sh\nexit 0\n", b"#!/bin/sh\nexit 1\n"
        line, status = begin(first)
        self.assertEqual(status, b"100")
        line.sendall(first[:10])
        other, status = begin(second)
        self.assertEqual(status, b"409")
        other.close()
        line.sendall(first[10:])
        self.assertIn(hashlib.sha256(first).hexdigest(), line.recv(4096).decode())
        line.close()
        post(self.port, "RemoveComponent", "<componentName>twice.sh</componentName>", self.tokens["operator"])
        self.done()

    def test_orders_of_one_caller_hold_up_nobody_not_even_its_own_emergency_stop(self):
        key = self.components / "slow"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-a", "100", "-N", "slow", "-f", key], check=True)
        post(self.port, "PutCredential", f"<credentialName>slow</credentialName><privateKey>{key.read_text()}</privateKey>"
             "<privateKeyPassphrase>slow</privateKeyPassphrase>", self.tokens["admin"])
        at_work, begun = [], threading.Barrier(21)

        def order(number):
            begun.wait()
            at_work.append(number)
            post(self.port, "CheckTargets", f"<key>x:Get{number}</key><targets>host1</targets><credential>slow</credential>",
                 self.tokens["operator"])
            at_work.remove(number)

        threads = [threading.Thread(target=order, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        begun.wait()
        time.sleep(0.5)
        for role, operation, body in (("operator", "PauseRun", "<runId>0</runId>"), ("operator", "GetHealth", ""),
                                      ("admin", "CheckTargets", "<key>quick</key><targets>nowhere.invalid</targets>")):
            before = time.monotonic()
            status, text = post(self.port, operation, body, self.tokens[role])
            self.assertLess(time.monotonic() - before, 1, operation)
            self.assertNotIn("others of this caller", text)
        self.assertGreater(len(at_work), 10, "the orders were too quick to show anything")
        for thread in threads:
            thread.join()
        post(self.port, "RemoveCredential", "<credentialName>slow</credentialName>", self.tokens["admin"])
        self.done()

    def test_who_guesses_tokens_is_locked_out_and_others_are_not(self):
        good = calls.request(token=self.tokens["admin"])
        self.assertEqual(web.parsed(web.send(self.port, good, source=GUESSER))[0], 200)
        cost = web.Cost(self.server.process.pid)
        begin = time.monotonic()
        seen = [web.parsed(web.send(self.port, calls.request(token=f"{self.tokens['admin'][:-3]}{i}"), source=GUESSER))[0]
                for i in range(100, 140)]
        self.assertEqual(seen, sorted(seen))
        self.assertEqual(set(seen), {401, 429})
        self.assertLess(cost.since()[0] / len(seen), MOST_CPU)
        self.assertEqual(web.parsed(web.send(self.port, good, source=GUESSER))[0], 429)  # also with a good one
        self.good()
        self.good(source=OTHER)
        while (answer := web.parsed(web.send(self.port, good, source=GUESSER)))[0] == 429:
            self.assertRegex(answer[1]["retry-after"], "^[0-9]+$")
            self.assertLess(time.monotonic() - begin, 40)
            time.sleep(1)
        self.assertEqual(answer[0], 200)
        self.assertGreater(time.monotonic() - begin, 25)
        self.done()

    def test_names_of_operations_make_no_lines_in_the_log_of_calls(self):
        for name in ("x&#10;y", "x\u2028y", "x\u0085y", "x\\"):
            post(self.port, name, token=self.tokens["admin"], host="127.0.0.1")
        log = (Path(self.lab.data) / "serve" / "calls.log").read_text(errors="strict")
        for line in log.split("\n")[:-1]:
            self.assertRegex(line, r" [0-9a-f]{32}$|^soapstone")


if __name__ == "__main__":
    unittest.main()

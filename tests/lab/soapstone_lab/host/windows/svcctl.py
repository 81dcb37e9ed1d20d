#!/usr/bin/python3 -B
"""Runs in a Windows-like lab host: hands what comes to smbd's pipe svcctl to wine's service manager, and back.

smbd connects each pipe to a Unix socket and tells first who the caller is (samba's librpc/idl/named_pipe_auth.idl).
What wine does otherwise than Windows at this pipe is put right here and nowhere else.

usage: svcctl.py SOCKET PORT    PORT: of bridge.exe on loopback
"""

import os
import socket
import socketserver
import struct
import sys
from pathlib import Path

LEVEL = 7  # of named_pipe_auth in samba 4.17; another release has another one, and other fields
WELCOME = struct.pack(">I", 32) + b"NPAM" + struct.pack("<IIHHIQI", LEVEL, LEVEL, 2, 0x05FF, 0, 4096, 0)
ROOT = bytes.fromhex("01020000000000160100000000000000")  # S-1-22-1-0: Administrator is root here

REQUEST, RESPONSE, AUTH3 = 0, 2, 16  # kinds of PDU
LAST_FRAGMENT = 2
OPEN_MANAGER = (15, 27)  # OpenSCManagerW and ...A
START = (19, 31)  # StartServiceW and ...A
QUERY_STATUS, QUERY_STATUS_EX = 6, 40
ACCESS_DENIED = 5
SHARE = "/c/windows"
RIGHTS = "security.NTACL"  # where smbd keeps what a client set
EVERYBODY = bytes.fromhex("010100000000000100000000")  # S-1-1-0
STATUS_SIZE = 28  # SERVICE_STATUS; SERVICE_STATUS_PROCESS has 8 bytes more


class Pdu:
    """One protocol data unit of DCE/RPC, connection oriented, little-endian."""

    def __init__(self, raw):
        self.raw = raw
        self.kind, self.flags = raw[2], raw[3]
        self.call, = struct.unpack_from("<I", raw, 12)

    @property
    def last(self):
        return bool(self.flags & LAST_FRAGMENT)

    @property
    def operation(self):
        return struct.unpack_from("<H", self.raw, 22)[0] if self.kind == REQUEST else None

    @property
    def body(self):
        return self.raw[24:]

    def with_call(self, call):
        return Pdu(self.raw[:12] + struct.pack("<I", call) + self.raw[16:])

    def with_body(self, body, operation=None):
        """The same with another body: an unsigned PDU in one fragment has nothing else that depends on it."""
        context, = struct.unpack_from("<H", self.raw, 20)
        tail = struct.pack("<IHH", len(body), context, self.operation if operation is None else operation)
        return Pdu(self.raw[:8] + struct.pack("<HH", 24 + len(body), 0) + self.raw[12:16] + tail + body)

    def answer(self, body):
        head = struct.pack("<BBBBIHHI", 5, 0, RESPONSE, 3, 0x10, 24 + len(body), 0, self.call)
        return Pdu(head + struct.pack("<IHH", len(body), 0, 0) + body)


class Framed:
    """A stream socket on which each message follows its length, written as `form` says."""

    def __init__(self, connection, form):
        self.connection, self.form = connection, form

    def receive(self):
        """The next message; None once the other side is gone."""
        head = self.exactly(struct.calcsize(self.form))
        return self.exactly(struct.unpack(self.form, head)[0]) if head else None

    def exactly(self, size):
        parts = b""
        while len(parts) < size:
            part = self.connection.recv(size - len(parts))
            if not part:
                return None
            parts += part
        return parts

    def send(self, message):
        self.connection.sendall(struct.pack(self.form, len(message)) + message)


def plain_status(answer):
    """What QueryServiceStatus answers, out of the answer to QueryServiceStatusEx."""
    size, = struct.unpack_from("<I", answer, 0)
    return answer[4:4 + STATUS_SIZE] + answer[4 + size + 4:]


def translate_rights(folder):
    """Gives folders that are not for everybody a mode that says so: smbd made them 0777, and by it wine sees rights."""
    for entry in os.scandir(folder):
        if not entry.is_dir(follow_symlinks=False) or RIGHTS not in os.listxattr(entry.path, follow_symlinks=False):
            continue
        if EVERYBODY not in os.getxattr(entry.path, RIGHTS, follow_symlinks=False):
            os.chmod(entry.path, 0o700)
        translate_rights(entry.path)


class Caller:
    """One client with the pipe open. Its calls come one after the other."""

    def __init__(self, administrator, windows):
        self.administrator, self.windows = administrator, windows

    def answers(self, request):
        """The PDUs that answer this one; wine is asked unless the answer is known without it."""
        if request.operation in OPEN_MANAGER and not self.administrator:
            return [request.answer(bytes(20) + struct.pack("<I", ACCESS_DENIED))]
        if request.operation in START:
            translate_rights(SHARE)
        if request.operation == QUERY_STATUS:  # wine has only the younger of the two
            asked = request.with_body(request.body + struct.pack("<II", 0, STATUS_SIZE + 8), QUERY_STATUS_EX)
            return [request.answer(plain_status(answer.body)) for answer in self.ask(asked)]
        return self.ask(request)

    def ask(self, request):
        self.windows.send(request.raw)
        if not request.last or request.kind == AUTH3:
            return []
        answers = []
        while not answers or not answers[-1].last:
            raw = self.windows.receive()
            if raw is None:
                raise ConnectionError("the service manager closed its pipe")
            answers.append(Pdu(raw).with_call(request.call))  # wine 8 says call 1 in each
        return answers


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        """One connection of smbd's: who calls, then his calls."""
        token = Framed(self.request, ">I").receive()
        if token is None:
            return
        if token[:4] != b"NPAM" or struct.unpack_from("<I", token, 4)[0] != LEVEL:
            raise OSError("this smbd speaks another named_pipe_auth than samba 4.17, which LEVEL and WELCOME are for")
        self.request.sendall(WELCOME)
        with socket.create_connection(("127.0.0.1", self.server.port)) as windows:
            windows.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            caller = Caller(ROOT in token, Framed(windows, "<I"))
            client = Framed(self.request, "<H")
            while (message := client.receive()) is not None:
                for answer in caller.answers(Pdu(message)):
                    client.send(answer.raw)


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 64


def main(path, port):
    Path(path).unlink(missing_ok=True)
    with Server(path, Handler) as server:
        server.port = int(port)
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])

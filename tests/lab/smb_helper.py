"""Our own client of a service manager and of ADMIN$, soapstone-smb, driven as the manager drives it.

See manager/transport/smb/control/line.hpp for what it can be asked. It takes away what it made when it goes, unless it
is asked to 'keep'.
"""

import socket
import struct
import subprocess
from urllib.parse import unquote

FORMAT = "soapstone-smb 1"
LIMIT = 60  # seconds for an answer; the login tells it to give up itself earlier
ESCAPES = {"%": "%25", "\n": "%0A", "\r": "%0D", "\0": "%00"}


class Failed(Exception):
    """It said so; the arguments are the kind of trouble and the text."""


class Helper:
    """One soapstone-smb, started by `words`; with 'with' it has ended at the end."""

    def __init__(self, words):
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(LIMIT)
        with theirs:
            self.process = subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.process.wait(LIMIT)

    def log_in(self, host, user, password="", **fields):
        """`fields`: such as kerberos="yes", domain="REALM"."""
        if password:
            fields["has-password"] = "yes"
        needed = {"host": host, "port": 0, "user": user, "domain": "", "tickets": "", "limit": 30}
        return self.ask("log-in", password, **{**needed, **fields})

    def ask(self, what, data="", **fields):
        """Asks for something; a field may be a list. Returns the fields of the answer, each a list."""
        pairs = [("do", what)]
        for key, value in fields.items():
            pairs += [(key, one) for one in (value if isinstance(value, list) else [value])]
        text = "\n".join([FORMAT, *(f"{key} {escaped(value)}" for key, value in pairs), "end\n"])
        self.socket.sendall(framed(framed(text.encode()) + data.encode()))
        answer = self.receive()
        if "failed" in answer:
            raise Failed(answer["failed"][0], answer["text"][0])
        return answer

    def receive(self):
        message = self.exactly(*struct.unpack(">I", self.exactly(4)))
        size, = struct.unpack_from(">I", message)
        found = {}
        for line in message[4:4 + size].decode().split("\n")[1:-2]:
            key, _, value = line.partition(" ")
            found.setdefault(key, []).append(unquote(value))
        return found

    def exactly(self, size):
        parts = b""
        while len(parts) < size:
            part = self.socket.recv(size - len(parts))
            if not part:
                raise EOFError("soapstone-smb ended in the middle")
            parts += part
        return parts


def framed(message):
    return struct.pack(">I", len(message)) + message


def escaped(value):
    return "".join(ESCAPES.get(letter, letter) for letter in str(value))

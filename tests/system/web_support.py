"""What the tests of the internal web server share: a network of their own, the server alone, raw requests."""

import ctypes
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

from support import until  # noqa: F401  (the tests of the web server use it by this name)

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
sys.dont_write_bytecode = True
BIN = os.environ.get("SOAPSTONE_BIN", str(HERE.parents[1] / "build" / "dev" / "bin" / "soapstone"))
HOST = str(Path(BIN).parents[1] / "tests" / "web_host")
OTHER = "10.99.0.2"  # another address of this machine, to come from


def own_network():
    """Puts this process and all that it starts into a network namespace with nothing but a loopback."""
    clone_newnet = 0x40000000
    if ctypes.CDLL(None, use_errno=True).unshare(clone_newnet) != 0:
        raise OSError(ctypes.get_errno(), "unshare: these tests need root")
    for words in (["link", "set", "lo", "up"], ["addr", "add", OTHER + "/32", "dev", "lo"]):
        subprocess.run(["ip", *words], check=True)


class WebHost:
    """tests/support/web_host: the server alone."""

    def __init__(self, *words, prefix=()):
        self.told = []
        self.process = subprocess.Popen([*prefix, HOST, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        threading.Thread(target=self.read, daemon=True).start()
        self.first = self.process.stdout.readline().strip()
        self.port = int(self.first.split()[1]) if self.first.startswith("port ") else None
        if self.port is None:
            self.process.stdin.close()
            self.process.stdout.close()
            self.process.wait(timeout=10)

    def read(self):
        with self.process.stderr:
            for line in self.process.stderr:
                self.told.append(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=20)
        self.process.stdout.close()

    def ask(self, *words):
        self.process.stdin.write(" ".join(str(word) for word in words) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def offer(self, file, name="ilo5_300.bin", how="tls", sources="any", life=600, most=1 << 40):
        path = self.ask("offer", file, name, how, sources, life, most)
        if not path.startswith("/fw/"):
            raise AssertionError(path)
        return path


def tls_context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def connect(port, tls=True, source=None, address="127.0.0.1"):
    line = socket.create_connection((address, port), timeout=20, source_address=(source, 0) if source else None)
    return tls_context().wrap_socket(line) if tls else line


def drip(line, text):
    """Sends it byte by byte, two a second, until it is sent away."""
    try:
        for byte in text:
            line.sendall(bytes([byte]))
            time.sleep(0.5)
    except OSError:
        pass


def all_of(line, most=8 << 20):
    """What comes until the other side ends."""
    text = b""
    try:
        while len(text) < most:
            more = line.recv(1 << 16)
            if not more:
                break
            text += more
    except (ConnectionError, ssl.SSLError):
        pass
    return text


def send(port, request, tls=True, source=None):
    """Sends bytes as they are; returns all that comes back until the end."""
    with connect(port, tls, source) as line:
        try:
            line.sendall(request)
        except (ConnectionError, ssl.SSLError):
            pass  # it was refused in the middle; the answer is there all the same
        return all_of(line)


def get(port, target, *fields, method="GET", tls=True, source=None, host="127.0.0.1"):
    """(status, fields by small name, body)"""
    head = [f"{method} {target} HTTP/1.1", f"Host: {host}", "Connection: close", *fields]
    answer = send(port, ("\r\n".join(head) + "\r\n\r\n").encode("latin-1"), tls, source)
    return parsed(answer)


def parsed(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    if not lines[0].startswith("HTTP/1.1 "):
        return 0, {}, answer
    return int(lines[0].split()[1]), {line.split(": ")[0].lower(): line.split(": ", 1)[1] for line in lines[1:]}, body


class Cost:
    """CPU time and peak memory that a process needed since this was made."""

    def __init__(self, pid):
        self.pid = pid
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak begins anew
        self.cpu, self.memory = self.now()

    def now(self):
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        status = Path(f"/proc/{self.pid}/status").read_text()
        peak = int(status.split("VmHWM:")[1].split()[0]) * 1024
        return cpu, peak

    def since(self):
        cpu, memory = self.now()
        return cpu - self.cpu, memory - self.memory

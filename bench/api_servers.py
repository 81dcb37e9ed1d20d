"""The servers that `scripts/bench api` compares: `soapstone serve`, a bare gSOAP one, nginx. All speak TLS 1.3."""

import os
import re
import resource
import subprocess
import time
from pathlib import Path

CALL = ('<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        '<{0} xmlns="urn:soapstone:manager:1">{1}</{0}></s:Body></s:Envelope>')
NGINX = """
worker_processes auto; worker_rlimit_nofile 20000; daemon off; error_log {folder}/error.log; pid {folder}/pid;
events {{ worker_connections 16384; }}
http {{
    access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    keepalive_requests 1000000000; keepalive_timeout 600;
    server {{
        listen 127.0.0.1:8443 ssl backlog=4096; ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
        ssl_protocols TLSv1.3;
        location = /manager {{ default_type "text/xml; charset=utf-8"; return 200 '{answer}'; }}
    }}
}}
"""


def many_files():
    """For a child between fork and exec: as many connections as the system allows."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def usual_files():
    """What a shell or systemd gives a program that asks for no more."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


def envelope(operation, body=""):
    return CALL.format(operation, body)


def request(port, token, operation="GetVersion", body=""):
    """A call as it goes over the line."""
    text = envelope(operation, body)
    return (f"POST /manager HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: text/xml; charset=utf-8\r\nContent-Length: {len(text)}\r\n\r\n{text}")


class Server:
    """A process, its children, what they cost. `name`, `port`, `process` are set by those below."""

    def pids(self):
        text = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [self.process.pid, *map(int, text.split())]

    def cpu(self):
        """s, user and system, of all threads"""
        total = 0
        for pid in self.pids():
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        return total / os.sysconf("SC_CLK_TCK")

    def memory(self, field):
        """MB, of VmRSS (now) or VmHWM (most since forget_peak)"""
        kib = sum(int(re.search(rf"{field}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) for pid in self.pids())
        return kib * 1024 / 1e6

    def forget_peak(self):
        for pid in self.pids():
            Path(f"/proc/{pid}/clear_refs").write_text("5")

    def end(self):
        self.process.terminate()
        self.process.wait(timeout=60)


class Soapstone(Server):
    """`soapstone serve` with a token for a role; `prefix` puts it elsewhere, as into another network."""

    name = "soapstone"

    def __init__(self, program, folder, prefix=(), role="viewer", before=usual_files):
        self.words = [*prefix, program]
        self.data = folder / "data"
        key = folder / "key"
        key.write_text(os.urandom(16).hex())
        key.chmod(0o600)
        self.log = folder / "serve.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen([*self.words, "serve", "--data", self.data, "--key-file", key], stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL, preexec_fn=before)
        end = time.monotonic() + 60
        while "serving " not in self.log.read_text():
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"bench: soapstone serve did not start: {self.log.read_text()}")
            time.sleep(0.05)
        self.port = int(re.search(r"\bapi (\d+)", self.log.read_text())[1])
        self.token = subprocess.run([*self.words, "token", "new", "--role", role, "--name", "bench", "--data", self.data],
                                    check=True, capture_output=True, text=True).stdout.strip()


class Gsoap(Server):
    name, port, token = "gSOAP", 8444, "none"

    def __init__(self, program, pem):
        self.process = subprocess.Popen([program, str(self.port), pem], stdout=subprocess.PIPE, text=True,
                                        preexec_fn=many_files)
        if self.process.stdout.readline() != "ready\n":
            raise SystemExit("bench: the bare gSOAP server did not start")


class Nginx(Server):
    name, port, token = "nginx", 8443, "none"

    def __init__(self, folder, answer):
        os.chmod(folder, 0o755)
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, answer=answer))
        self.process = subprocess.Popen(["nginx", "-c", folder / "nginx.conf"])
        time.sleep(1)


def make_certificate(folder):
    """Key and certificate of one curve, as our server has; in one file too, which gSOAP wants."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                    "/CN=bench", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text((folder / "key.pem").read_text() + (folder / "cert.pem").read_text())
    return both

"""The control port: plain HTTP on loopback, also on a Unix socket. For tests only."""

import json
import os
import socket
import socketserver
import threading
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit


class Control:
    def __init__(self, bmcs, trace, path=None):
        """`path`: of the Unix socket, if there is to be one."""
        handler = type("Handler", (Handler,), {"bmcs": bmcs, "trace": trace})
        server = Server(("127.0.0.1", 0), handler)
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        if path:
            threading.Thread(target=UnixServer(path, handler).serve_forever, daemon=True).start()


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64


class UnixServer(Server):
    address_family = socket.AF_UNIX

    def server_bind(self):
        old = os.umask(0o077)
        try:
            self.socket.bind(self.server_address)
        finally:
            os.umask(old)


class Handler(BaseHTTPRequestHandler):
    bmcs, trace = [], None

    def serve(self):
        parts = urlsplit(self.path)
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        length = int(self.headers.get("Content-Length") or 0)
        try:
            words = json.loads(self.rfile.read(length) or b"{}")
            status, body = 200, self.act(parts.path, int(query["bmc"]) if "bmc" in query else None, query, words)
        except (ValueError, KeyError, IndexError) as error:
            status, body = 400, {"error": f"{type(error).__name__}: {error}"}
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_DELETE = serve

    def act(self, path, index, query, words):
        bmc = self.bmcs[index or 0]
        call = (self.command, path)
        if call == ("GET", "/__trace"):
            return self.trace.listing(index, "secrets" in query)
        if call == ("DELETE", "/__trace"):
            self.trace.clear()
        elif call == ("GET", "/__knob"):
            return bmc.knobs.values
        elif call == ("POST", "/__knob"):
            bmc.knobs.turn(words)
        elif call == ("GET", "/__state"):
            return state(bmc)
        elif call == ("POST", "/__do"):
            ACTIONS[words["action"]](bmc, words)
        else:
            raise ValueError(f"{self.command} {path} is unknown")
        return {}

    def address_string(self):
        return "control"

    def log_message(self, *_):
        pass


def state(bmc):
    return {"personality": bmc.kind.name, "up": not bmc.power.is_set(), "updating": bmc.updating, "pin": bmc.pin(),
            "components": {one.ident: {"version": one.version, "names": one.names, "staged": one.staged}
                           for one in bmc.components},
            "tasks": {one.id: {"state": one.state, "percent": one.percent, "messages": one.messages}
                      for one in list(bmc.tasks.all.values())},
            "sessions": len(bmc.sessions.open)}


def add_log(bmc, words):
    for log in bmc.logs:
        if words.get("log") in (None, log.name):
            log.add(words.get("message", "added"), words.get("severity", "OK"))


def touch_logs(bmc, _):
    for log in bmc.logs:
        log.touch()


ACTIONS = {
    "restart": lambda bmc, _: bmc.restart("told"),
    "host-reset": lambda bmc, _: bmc.host_reset(),
    "forget-sessions": lambda bmc, _: bmc.sessions.forget(),
    "forget-tasks": lambda bmc, _: bmc.tasks.forget(),
    "touch-log": touch_logs,
    "add-log": add_log,
}

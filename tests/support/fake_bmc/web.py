"""One HTTP connection."""

import time
from http.server import BaseHTTPRequestHandler

from . import hostile
from .messages import Body, Request

IDLE = 120  # seconds


class Connection(BaseHTTPRequestHandler):
    """Serves one connection until it ends."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE
    server_version, sys_version = "Server", ""
    wbufsize = 1 << 16

    def handle(self):
        if self.rfile.peek(1)[:1] == b"<":
            self.server.raw(self)  # RIBCL without HTTP
        else:
            super().handle()
        self.wfile.flush()

    def serve(self):
        began = time.time()
        try:
            body = Body(self.rfile, self.headers)
        except ValueError:
            self.send_error(400)
            return
        request = Request(self.command, self.path, self.headers, body, self.client_address, self.connection)
        response = self.server.answer(request)
        self.finish_body(body)
        sent = hostile.send(self, response, self.server)
        self.server.saw(request, response.status, sent, time.time() - began)

    do_GET = do_HEAD = do_POST = do_PATCH = do_DELETE = do_PUT = serve

    def finish_body(self, body):
        """What nobody wanted to read is thrown away; after too much of it the connection ends."""
        if body.left > 16 << 20:
            self.close_connection = True
            return
        while body.read(1 << 16):
            pass

    def log_message(self, *_):
        pass

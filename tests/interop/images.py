"""A small web server for images, where a test has no other: HTTP and HTTPS, ranges."""

import http.server
import re
import ssl
import subprocess
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote


@contextmanager
def served(files, tls=True, key="rsa:2048", cut=0, ranges=True):
    """Serves {name: bytes}; gives a function from name to URL, whose `seen` lists (method, path, headers),
    `peers` and `versions` who asked and with which TLS.

    `cut`: the first GET of each file ends after so many bytes, as a line that breaks. `ranges`: whether Range is heeded.
    """
    with tempfile.TemporaryDirectory(prefix="images-") as folder:
        handler = type("Handler", (Handler,), {"files": files, "cut": cut, "ranges": ranges, "seen": [], "peers": [],
                                               "versions": [], "was_cut": set()})
        server = Server(("127.0.0.1", 0), handler)
        if tls:
            server.socket = context(Path(folder), key).wrap_socket(server.socket, server_side=True,
                                                                   do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

        def url(name):
            return f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}/fw/{name}"
        url.seen, url.peers, url.versions = handler.seen, handler.peers, handler.versions
        try:
            yield url
        finally:
            server.shutdown()
            server.server_close()


def context(folder, key):
    options = ["-newkey", key] if key.startswith("rsa") else ["-newkey", "ec", "-pkeyopt", f"ec_paramgen_curve:{key}"]
    subprocess.run(["openssl", "req", "-x509", "-nodes", "-days", "30", "-subj", "/CN=images", *options,
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key", "-out", folder / "cert"],
                   check=True, capture_output=True)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(folder / "cert", folder / "key")
    return made


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # the tests are about clients that leave


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    files, seen, peers, versions, cut, ranges, was_cut = {}, [], [], [], 0, True, set()

    def serve(self):
        self.seen.append((self.command, self.path, dict(self.headers)))
        self.peers.append(self.client_address[0])
        self.versions.append(self.connection.version() if isinstance(self.connection, ssl.SSLSocket) else None)
        name = unquote(self.path.rpartition("/")[2])
        content = self.files.get(name)
        if content is None:
            self.send_error(404)
            return
        found = self.ranges and re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(found.group(1)) if found else 0
        self.send_response(206 if found else 200)
        self.send_header("Content-Length", str(len(content) - start))
        if found:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        if self.command == "HEAD":
            return
        if self.cut and name not in self.was_cut:
            self.was_cut.add(name)
            self.wfile.write(content[start:start + self.cut])
            self.close_connection = True
        else:
            self.wfile.write(content[start:])

    do_GET = do_HEAD = serve

    def log_message(self, *_):
        pass

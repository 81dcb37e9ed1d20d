"""Gets an image from where the update said, as BMCs do: no proxy, no CA, no redirects."""

import http.client
import re
import ssl
import time
from urllib.parse import quote, urlsplit

from . import image

TRIES = 6
LIMIT = 20  # seconds without a byte
BLOCK = 1 << 16


class NotFetched(Exception):
    """The image could not be had."""


def fetch(bmc, uri, on_bytes=lambda done, total: None):
    """Returns the Image behind `uri`."""
    knobs, parts = bmc.knobs, urlsplit(uri)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NotFetched(f"{parts.scheme or 'no scheme'}: not supported")
    if parts.scheme == "https" and knobs["fetch-plain-only"]:
        raise NotFetched("https: not supported")
    bmc.pause(knobs.seconds("fetch-delay"))
    if knobs["fetch-head"]:
        get(bmc, parts, "HEAD")[0].close()
    found = None
    for _ in range(max(knobs["fetch-times"], 1)):
        found = once(bmc, parts, on_bytes)
    return found


def once(bmc, parts, on_bytes):
    """Gets it whole, over as many connections as it takes."""
    knobs, receiver, done, total, dropped = bmc.knobs, image.Receiver(), 0, None, False
    for attempt in range(TRIES):
        if attempt:
            bmc.pause(0.05 * attempt)
        if done and knobs["fetch-no-resume"]:
            receiver, done = image.Receiver(), 0
        try:
            connection, answer = get(bmc, parts, "GET", done)
        except (OSError, http.client.HTTPException):
            continue  # in the trace
        with connection:
            if answer.status not in (200, 206):
                raise NotFetched(f"status {answer.status}")
            if answer.status == 200 and done:
                receiver, done = image.Receiver(), 0
            total = whole(answer, done)
            drop_at = 0 if dropped else knobs["fetch-drop-at"]
            done, dropped_now = copy(bmc, connection, answer, receiver, done, total, drop_at, on_bytes)
            dropped = dropped or dropped_now
        if total is not None and done >= total:
            return receiver.finish()
        if total is None and not dropped_now:
            return receiver.finish()
    raise NotFetched(f"{done} of {total} bytes")


def copy(bmc, connection, answer, receiver, done, total, drop_at, on_bytes):
    """Takes what this connection gives. Returns the sum of bytes, and whether it was dropped on purpose."""
    rate, began, here = bmc.knobs["fetch-rate"], time.monotonic(), 0
    dropped = False
    try:
        while not dropped:
            size = min(BLOCK, max(rate // 10, 1)) if rate else BLOCK
            size = min(size, drop_at - done) if drop_at > done else size
            data = answer.read(size)
            if not data:
                break
            receiver.write(data)
            done, here = done + len(data), here + len(data)
            on_bytes(done, total)
            dropped = done == drop_at
            if rate:
                bmc.pause(max(0.0, here / rate - (time.monotonic() - began)))
        connection.note["bytes"] = here
    except (OSError, http.client.HTTPException) as error:
        connection.note.update(bytes=here, error=str(error) or type(error).__name__)
    if dropped:
        connection.note["error"] = "dropped on purpose"
    return done, dropped


def whole(answer, done):
    """How long the file is, by this answer; None when it does not say."""
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", answer.headers.get("Content-Range", ""))
    if answer.status == 206:
        if not found or int(found.group(1)) != done:
            raise NotFetched(f"Content-Range '{answer.headers.get('Content-Range')}' after {done} bytes")
        return int(found.group(2))
    length = answer.headers.get("Content-Length")
    return int(length) if length else None


class Noted:
    """A connection whose end is written into the trace."""

    def __init__(self, bmc, connection, note):
        self.bmc, self.connection, self.note = bmc, connection, note

    def close(self):
        self.connection.close()
        self.bmc.note("fetch", **self.note)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def get(bmc, parts, method, start=0):
    """Asks; returns the connection and the answer, whose body is not read yet."""
    knobs = bmc.knobs
    note = {"uri": parts.geturl(), "method": method, "range": f"bytes={start}-" if start else None, "status": None,
            "bytes": 0, "error": None}
    noted = Noted(bmc, dial(bmc, parts), note)
    try:
        connection = noted.connection
        if knobs["fetch-http10"]:
            connection._http_vsn, connection._http_vsn_str = 10, "HTTP/1.0"
        path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~") + (f"?{parts.query}" if parts.query else "")
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", host_header(knobs["fetch-host"], parts))
        connection.putheader("User-Agent", bmc.kind.user_agent)
        if start:
            connection.putheader("Range", f"bytes={start}-")
        connection.endheaders()
        answer = connection.getresponse()
        note["status"] = answer.status
        return noted, answer
    except (OSError, http.client.HTTPException) as error:
        note["error"] = str(error) or type(error).__name__
        noted.close()
        raise


def host_header(wanted, parts):
    address = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return address if wanted == "ip" else wanted or parts.netloc.rpartition("@")[2]


def dial(bmc, parts):
    source = bmc.knobs["fetch-source"] or bmc.listener.address
    source = None if source in ("0.0.0.0", "::") else (source, 0)
    if parts.scheme == "http":
        return http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=LIMIT, source_address=source)
    return http.client.HTTPSConnection(parts.hostname, parts.port or 443, timeout=LIMIT, source_address=source,
                                       context=context(bmc.knobs))


def context(knobs):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    if knobs["fetch-verify"]:
        made.verify_mode = ssl.CERT_REQUIRED
        made.load_default_certs()
    if knobs["fetch-tls12"] or knobs["fetch-rsa-only"]:
        made.maximum_version = ssl.TLSVersion.TLSv1_2
    if knobs["fetch-rsa-only"]:
        made.set_ciphers("ECDHE+aRSA+AESGCM:ECDHE+aRSA+AES")
    return made

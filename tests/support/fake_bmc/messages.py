"""Requests and answers."""

import json
import time
from email.utils import formatdate
from urllib.parse import parse_qs, unquote, urlsplit

JSON_LIMIT = 1 << 20


class Refused(Exception):
    """The answer is an error."""

    def __init__(self, status, message_id, text, **headers):
        super().__init__(text)
        self.status, self.message_id, self.text = status, message_id, text
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Response:
    def __init__(self, status=200, body=None, headers=None):
        """`body`: anything for JSON, bytes as they are, or a generator of pieces that are sent chunked."""
        self.status, self.body, self.headers = status, body, dict(headers or {})
        self.hostile = ""


class Body:
    """The bytes of a request, at most as many as were announced."""

    def __init__(self, file, headers):
        self.file = file
        self.chunked = headers.get("Transfer-Encoding", "").lower() == "chunked"
        self.left = 0 if self.chunked else int(headers.get("Content-Length") or 0)
        self.count = 0

    def read(self, limit=-1):
        """At most `limit` bytes, nothing at the end; without a limit all of it."""
        if limit < 0:
            return b"".join(iter(lambda: self.read(1 << 16), b""))
        if self.chunked and self.left == 0:
            self.next_chunk()
        data = self.file.read(min(limit, self.left)) if self.left else b""
        self.left -= len(data)
        self.count += len(data)
        if self.left and not data:
            raise ConnectionError("the request's body is short")
        if self.chunked and self.left == 0 and data:
            self.file.readline(8)
        return data

    def next_chunk(self):
        self.left = int(self.file.readline(64).split(b";")[0] or b"0", 16)
        if self.left == 0:
            self.file.readline(8)
            self.chunked = False

    def json(self):
        """The object in the body; {} when there is none."""
        data = self.read()
        if len(data) > JSON_LIMIT:
            raise Refused(413, "Base.1.8.GeneralError", "The body is too long.")
        try:
            words = json.loads(data or b"{}")
        except ValueError:
            raise Refused(400, "Base.1.8.MalformedJSON", "The body is not JSON.") from None
        if not isinstance(words, dict):
            raise Refused(400, "Base.1.8.MalformedJSON", "The body is no JSON object.")
        return words


class Request:
    def __init__(self, method, target, headers, body, peer, connection):
        parts = urlsplit(target)
        self.method, self.target, self.headers, self.body, self.peer = method, target, headers, body, peer
        self.path = unquote(parts.path).rstrip("/") or "/"
        self.query = {key: values[-1] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
        self.connection = connection
        self.credentials, self.secret = "none", None
        self.authorized = False


def encoded(response):
    """The body as bytes, with its type in the headers."""
    if response.body is None:
        return b""
    if isinstance(response.body, bytes):
        return response.body
    response.headers.setdefault("Content-Type", "application/json")
    return json.dumps(response.body).encode()


def retry_after(knobs):
    """The header as keyword for Refused, or nothing."""
    value = knobs["retry-after"]
    if value == "none":
        return {}
    return {"Retry_After": formatdate(time.time() + 1, usegmt=True) if value == "date" else value}


def as_header(keywords):
    return {name.replace("_", "-"): value for name, value in keywords.items()}


def public(answer):
    """Marks what is answered without a login."""
    answer.public = True
    return answer

"""Sends answers: as they are, or as no decent BMC would."""

import re

from .messages import Response, encoded

SLOW_SECONDS = 600


def spoil(response, knobs, path):
    """Marks an answer that is to be hostile, and changes what can be changed in its words."""
    kind = knobs["hostile"]
    if not kind or not re.search(knobs["hostile-path"], path) or not knobs.take("hostile-times"):
        return response
    if kind in WORDS and isinstance(response.body, dict):
        response.body = WORDS[kind](response.body, knobs, path)
    elif kind == "redirect":
        return Response(302, b"", {"Location": knobs["redirect-to"]})
    response.hostile = kind
    return response


def foreign_links(words, knobs, _):
    def turn(part):
        if isinstance(part, dict):
            return {key: knobs["redirect-to"] if key in ("@odata.id", "target") and isinstance(value, str) else turn(value)
                    for key, value in part.items()}
        return [turn(one) for one in part] if isinstance(part, list) else part
    return turn(words)


def loop(words, _, path):
    return {**words, "Members@odata.nextLink": path}


def many(words, _, path):
    return {**words, "Members": [{"@odata.id": f"{path}/{number}"} for number in range(20000)]}


def wrong_types(words, *_):
    def turn(part):
        if isinstance(part, dict):
            return {key: turn(value) for key, value in part.items()}
        if isinstance(part, list):
            return {"0": turn(part[0])} if part else None
        return [part] if isinstance(part, (int, float)) else 17
    return turn(words)


def huge(words, *_):
    return {**words, "Padding": "x" * (10 << 20)}


WORDS = {"foreign-links": foreign_links, "loop": loop, "many": many, "wrong-types": wrong_types, "huge": huge}


def send(connection, response, server):
    """Sends the answer; returns how many bytes its body had."""
    if hasattr(response.body, "__next__"):
        return send_pieces(connection, response)
    body = encoded(response)
    kind = response.hostile
    if kind == "malformed":
        body = body[:len(body) // 2] + b',,"'
    elif kind == "html":
        body, response.headers["Content-Type"] = b"<html><script>alert(1)</script>busy</html>", "text/html"
    elif kind == "deep":
        body = b'{"a":' * 100000 + b"1" + b"}" * 100000
    elif kind == "header-flood":
        response.headers.update({f"X-Padding-{number}": "x" * 200 for number in range(2000)})
    headers(connection, response, len(body))
    if connection.command == "HEAD":
        connection.wfile.flush()
        return 0
    return write(connection, body, kind, server)


def write(connection, body, kind, server):
    if kind == "truncated":
        body = body[:len(body) // 2]
        connection.close_connection = True
    elif kind in ("slowloris", "stall"):
        connection.close_connection = True
        for at in range(min(len(body), SLOW_SECONDS)):
            connection.wfile.write(body[at:at + 1] if kind == "slowloris" else b"")
            connection.wfile.flush()
            if server.power.wait(1):
                break
        return at
    connection.wfile.write(body)
    connection.wfile.flush()
    return len(body)


def headers(connection, response, length):
    connection.send_response(response.status)
    for name, value in response.headers.items():
        connection.send_header(name, value)
    if response.status != 204:
        connection.send_header("Content-Length", str(length))
    if connection.close_connection:
        connection.send_header("Connection", "close")
    connection._headers_buffer.append(b"\r\n")  # end_headers() would flush: headers and body belong in one record
    connection.wfile.write(b"".join(connection._headers_buffer))
    connection._headers_buffer = []


def send_pieces(connection, response):
    """Chunked, a chunk a piece, each sent on its own."""
    connection.close_connection = True
    connection.send_response(response.status)
    for name, value in {**response.headers, "Transfer-Encoding": "chunked", "Connection": "close"}.items():
        connection.send_header(name, value)
    connection.end_headers()
    sent = 0
    for piece in response.body:
        connection.wfile.write(b"%X\r\n%b\r\n" % (len(piece), piece))
        connection.wfile.flush()
        sent += len(piece)
    connection.wfile.write(b"0\r\n\r\n")
    return sent

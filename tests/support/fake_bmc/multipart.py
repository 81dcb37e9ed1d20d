"""multipart/form-data, read as it comes: a file goes to its receiver, everything else is kept."""

import re

FIELD_LIMIT = 1 << 20
BLOCK = 1 << 16


def boundary(content_type):
    """The boundary that the header names, or None."""
    found = re.search(r'boundary="?([^";]+)"?', content_type or "")
    return found.group(1).encode() if found and content_type.lower().startswith("multipart/") else None


def read(body, mark, receiver_of):
    """Returns {name: bytes}; the content of a part for which `receiver_of(name, file name)` gives something goes there.

    A ValueError says that it is no multipart body.
    """
    source = Source(body)
    fields = {}
    for _ in source.until(b"--" + mark):
        pass
    while source.take(2) != b"--":
        headers = b"".join(source.until(b"\r\n\r\n")).decode(errors="replace")
        name = re.search(r'[; ]name="([^"]*)"', headers)
        file_name = re.search(r'filename="([^"]*)"', headers)
        if not name:
            raise ValueError("a part without a name")
        receiver = receiver_of(name.group(1), file_name.group(1) if file_name else None)
        kept = bytearray()
        for piece in source.until(b"\r\n--" + mark):
            if receiver:
                receiver.write(piece)
            elif len(kept) + len(piece) > FIELD_LIMIT:
                raise ValueError(f"part '{name.group(1)}' is too long")
            else:
                kept += piece
        fields[name.group(1)] = bytes(kept)
    return fields


class Source:
    """Bytes of a body, with some put back."""

    def __init__(self, body):
        self.body = body
        self.held = b""

    def fill(self):
        data = self.body.read(BLOCK)
        if not data:
            raise ValueError("the body ends within a part")
        self.held += data

    def take(self, count):
        while len(self.held) < count:
            self.fill()
        taken, self.held = self.held[:count], self.held[count:]
        return taken

    def until(self, mark):
        """Yields what stands before `mark`, and takes the mark away."""
        while True:
            at = self.held.find(mark)
            if at >= 0:
                before, self.held = self.held[:at], self.held[at + len(mark):]
                yield before
                return
            sure = len(self.held) - len(mark) + 1
            if sure > 0:
                before, self.held = self.held[:sure], self.held[sure:]
                yield before
            self.fill()

"""The key of a running agent, as root of its target can take it out of the agent's memory: it is nowhere else."""

import ctypes
import ctypes.util
import re
import socket
import ssl
from base64 import encodebytes
from pathlib import Path

from soapstone_lab import look

P256 = 415  # as OpenSSL numbers curves
KEY_BYTES = 32


class Curve:
    """P-256 by OpenSSL: public keys of numbers."""

    def __init__(self):
        self.lib = ctypes.CDLL(ctypes.util.find_library("crypto"))
        for name in ("EC_GROUP_new_by_curve_name", "EC_POINT_new", "BN_new", "BN_lebin2bn"):
            getattr(self.lib, name).restype = ctypes.c_void_p
        self.lib.EC_POINT_point2oct.restype = ctypes.c_size_t
        self.group = ctypes.c_void_p(self.lib.EC_GROUP_new_by_curve_name(P256))
        self.point = ctypes.c_void_p(self.lib.EC_POINT_new(self.group))
        self.number = ctypes.c_void_p(self.lib.BN_new())
        self.out = ctypes.create_string_buffer(2 * KEY_BYTES + 1)

    def public(self, little_endian):
        self.lib.BN_lebin2bn(little_endian, KEY_BYTES, self.number)
        if self.lib.EC_POINT_mul(self.group, self.point, self.number, None, None, None) != 1:
            return b""
        self.lib.EC_POINT_point2oct(self.group, self.point, 4, self.out, len(self.out), None)
        return self.out.raw


def certificate_at(address, port):
    """What a server shows, in DER; TLS 1.3 shows it before it looks at ours."""
    context = ssl._create_unverified_context()
    with socket.create_connection((address, port), timeout=20) as line, context.wrap_socket(line) as secure:
        return secure.getpeercert(binary_form=True)


def memory_of(pid):
    """The parts of a process's memory that it can write."""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            found = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if found:
                begin, end = (int(number, 16) for number in found.groups())
                try:
                    memory.seek(begin)
                    yield memory.read(end - begin)
                except (OSError, ValueError, OverflowError):
                    continue  # one of the kernel's, or it went meanwhile


def private_key(public, pids):
    """The number whose public key this is, big-endian; found where OpenSSL keeps numbers: at multiples of 8."""
    curve = Curve()
    for pid in pids:
        for piece in memory_of(pid):
            for at in range(0, len(piece) - KEY_BYTES, 8):
                number = piece[at:at + KEY_BYTES]
                if len(set(number)) > 20 and curve.public(number) == public:  # few keys repeat themselves more
                    return number[::-1]
    raise AssertionError(f"no key in the memory of {pids}")


def pem(kind, der):
    return f"-----BEGIN {kind}-----\n{encodebytes(der).decode()}-----END {kind}-----\n"


def take_identity(host, address, port, file):
    """Writes key and certificate of the agent that listens there, on the lab's `host`, as a client uses them."""
    certificate = certificate_at(address, port)
    public = re.search(rb"\x03\x42\x00(\x04.{64})", certificate, re.S)[1]
    pids = [one["outside_pid"] for one in look.processes(host.running())
            if "soapstone" in " ".join([one["exe"] or "", one["cmdline"]])]
    key = private_key(public, pids)
    curve_name = bytes.fromhex("a00a06082a8648ce3d030107")
    der = b"\x30\x77\x02\x01\x01\x04\x20" + key + curve_name + b"\xa1\x44\x03\x42\x00" + public  # RFC 5915
    Path(file).touch(mode=0o600)
    Path(file).write_text(pem("EC PRIVATE KEY", der) + pem("CERTIFICATE", certificate))

"""Firmware images: one line of JSON, then the payload; alone or inside of what vendors wrap it in."""

import hashlib
import io
import json
import random
import struct
import tarfile
import tempfile
import zipfile
import zlib
from typing import NamedTuple, Optional

LINE_LIMIT = 4096
LOOK_LIMIT = 1 << 20  # the line begins within so many bytes of a file that is no archive
BLOCK = 1 << 18
PLDM_1_0 = bytes.fromhex("f018878ccb7d49439800a02f059aca02")
PLDM_ALL = (PLDM_1_0, bytes.fromhex("1244d2648d7d4718a030fc8a56587d5a"),
            bytes.fromhex("3119ce2fe80a4a99af6d46f8b121f6bf"), bytes.fromhex("7b291c996db64208801b02026e463c78"))


class Image(NamedTuple):
    """What somebody sent."""

    kind: str  # raw, fwpkg, dell, zip, tar, pldm or unknown
    target: Optional[str]
    version: Optional[str]
    sha256: str
    intact: bool
    facts: dict = {}  # MANIFEST of a tar, payload.json of a fwpkg


class Receiver:
    """Takes an image as it comes. A raw one is not kept, so that many BMCs can take large ones at a time."""

    def __init__(self):
        self.head = b""
        self.payload = None  # for a raw image
        self.file = None  # for all others

    def write(self, data):
        if self.payload:
            self.payload.write(data)
        elif self.file:
            self.file.write(data)
        else:
            self.head += data
            self.decide()

    def decide(self):
        line, newline, rest = self.head.partition(b"\n")
        if not newline and self.head.startswith(b"{") and len(self.head) < LINE_LIMIT:
            return
        if len(self.head) < 16:
            return
        self.payload = Payload.of(line)
        if self.payload:
            self.payload.write(rest)
        else:
            self.file = tempfile.TemporaryFile()
            self.file.write(self.head)

    def finish(self):
        """The image that came."""
        if self.payload:
            return self.payload.image("raw", {})
        if not self.file:
            return Image("unknown", None, None, "", False)
        with self.file:
            return unwrap(self.file)


class Payload:
    """What follows the line."""

    def __init__(self, words):
        self.words = words
        self.digest = hashlib.sha256()
        self.left = words.get("size", None)

    @staticmethod
    def of(line):
        try:
            words = json.loads(line)
        except (ValueError, RecursionError):
            return None
        known = isinstance(words, dict) and all(isinstance(words.get(key), str) for key in ("target", "version", "sha256"))
        return Payload(words) if known else None

    def write(self, data):
        if self.left is not None:
            data = data[:self.left]
            self.left -= len(data)
        self.digest.update(data)

    def image(self, kind, facts):
        digest = self.digest.hexdigest()
        return Image(kind, self.words["target"], self.words["version"], digest, digest == self.words["sha256"], facts)


def unwrap(file):
    """The image in the file, whatever is around it."""
    file.seek(0)
    start = file.read(LOOK_LIMIT)
    file.seek(0)
    try:
        if zipfile.is_zipfile(file):
            return in_zip(file)
        file.seek(0)
        if start[257:262] == b"ustar" or start[:2] == b"\x1f\x8b":
            return in_tar(file)
    except (tarfile.TarError, zipfile.BadZipFile, OSError, EOFError, zlib.error):
        return Image("unknown", None, None, "", False)
    at = start.find(b'{"target"')
    kind = "pldm" if start[:16] in PLDM_ALL else "unknown"
    if at < 0:
        return Image(kind, None, None, "", False)
    file.seek(at)
    return read_one(file, kind, {}) or Image(kind, None, None, "", False)


def read_one(stream, kind, facts):
    """The image that begins here, or None."""
    payload = Payload.of(stream.readline(LINE_LIMIT))
    if not payload:
        return None
    while data := stream.read(BLOCK):
        payload.write(data)
    return payload.image(kind, facts)


def in_zip(file):
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        facts = json.loads(archive.read("payload.json")) if "payload.json" in names else {}
        kind = "fwpkg" if facts else "dell" if "package.xml" in names else "zip"
        for name in names:
            with archive.open(name) as member:
                if image := read_one(member, kind, facts):
                    return image
    return Image(kind, None, None, "", False, facts)


def in_tar(file):
    facts, found = {}, None
    with tarfile.open(fileobj=file) as archive:
        for entry in archive:
            if not entry.isfile():
                continue
            if entry.name.lstrip("./") == "MANIFEST":
                lines = archive.extractfile(entry).read(1 << 16).decode(errors="replace").splitlines()
                facts = dict(line.partition("=")[::2] for line in lines)
            else:
                found = found or read_one(archive.extractfile(entry), "tar", {})
    return (found or Image("tar", None, None, "", False))._replace(facts=facts)


def raw(target, version, size=65536, seed=0, tell_size=False):
    """An image of `size` bytes of payload."""
    payload = random.Random(f"{target}{version}{seed}").randbytes(size)
    words = {"target": target, "version": version, "sha256": hashlib.sha256(payload).hexdigest()}
    if tell_size:
        words["size"] = size
    return json.dumps(words).encode() + b"\n" + payload


def fwpkg(target, version, size=65536, guid=None, device_class=None, kind="A", seed=0):
    """HPE's package; `kind`: A to D, as in payload.json's words."""
    device = {"DeviceName": f"{target} firmware", "Target": guid, "Version": version,
              "FirmwareImages": [{"FileName": "image.bin", "DirectFlashOk": kind in "AB", "UefiFlashable": kind == "C",
                                  "ResetRequired": kind != "A", "InstallDurationSec": 60}]}
    updatable = {"A": ["Bmc"], "B": ["Bmc"], "C": ["Uefi"], "D": ["Uefi", "RuntimeAgent"]}[kind]
    facts = {"PackageFormat": "FWPKG-v2", "UpdatableBy": updatable, "DeviceClass": device_class,
             "Devices": {"Device": [device]}}
    return zipped({"payload.json": json.dumps(facts).encode(), "image.bin": raw(target, version, size, seed)})


def dell_package(target, version, size=65536, component="25227", seed=0):
    """A Dell update package: a program for Windows that is a zip too."""
    kind = "BIOS" if target == "BIOS" else "FRMW"
    facts = (f'<?xml version="1.0" encoding="utf-16"?>\r\n<SoftwareComponent vendorVersion="{version}" packageType="LWXP" '
             f'rebootRequired="{str(kind == "BIOS").lower()}"><Name><Display lang="en">{target} firmware</Display></Name>'
             f'<ComponentType value="{kind}"/><SupportedDevices><Device componentID="{component}" embedded="1">'
             f'<Display lang="en">{target}</Display></Device></SupportedDevices></SoftwareComponent>')
    files = {"package.xml": facts.encode("utf-16"), "payload/image.d9": raw(target, version, size, seed)}
    return program_head() + zipped(files)


def program_head():
    """The head of a 32-bit program with a window, as far as one must look to know it for one."""
    dos = b"MZ" + bytes(58) + struct.pack("<I", 64)
    optional = struct.pack("<H", 0x10B) + bytes(66) + struct.pack("<H", 2) + bytes(154)
    header = b"PE\0\0" + struct.pack("<HHIIIHH", 0x14C, 0, 0, 0, 0, len(optional), 0x0102)
    return (dos + header + optional).ljust(512, b"\0")


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def openbmc_tar(target, version, size=65536, machine="soapstone-board", purpose="BMC", compress="", seed=0):
    """OpenBMC's tar; `compress`: 'gz' for a compressed one."""
    manifest = (f"purpose=xyz.openbmc_project.Software.Version.VersionPurpose.{purpose}\nversion={version}\n"
                f"MachineName={machine}\nKeyType=OpenBMC\nHashType=RSA-SHA256\n")
    files = {"MANIFEST": manifest.encode(), "image-bmc": raw(target, version, size, seed), "MANIFEST.sig": bytes(256)}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=f"w:{compress}") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def pldm(target, version, size=65536, iana=49871, seed=0):
    """A PLDM package of header revision 1 with one device and one component."""
    image, text = raw(target, version, size, seed, tell_size=True), version.encode()
    descriptor = struct.pack("<HHI", 1, 4, iana)
    device = struct.pack("<BIBBH", 1, 1, 1, len(text), 0) + b"\x01" + text + descriptor
    device = struct.pack("<H", len(device) + 2) + device
    component = struct.pack("<HHIHH", 10, 1, 0xFFFFFFFF, 0, 1)
    known = PLDM_1_0 + struct.pack("<BH", 1, 0) + bytes(13) + struct.pack("<HBB", 8, 1, len(text)) + text
    length = len(known) + 1 + len(device) + 2 + len(component) + 8 + 2 + len(text) + 4
    header = (known[:17] + struct.pack("<H", length) + known[19:] + b"\x01" + device + b"\x01\x00" + component
              + struct.pack("<IIBB", length, len(image), 1, len(text)) + text)
    return header + struct.pack("<I", zlib.crc32(header)) + image

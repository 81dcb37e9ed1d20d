"""Keys and certificates, made by the machine's openssl."""

import base64
import hashlib
import ssl
import subprocess
from pathlib import Path

KINDS = {"ec": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-sha256"],
         "rsa": ["-newkey", "rsa:2048", "-sha256"],
         "legacy": ["-newkey", "rsa:1024", "-sha1"]}


def make(folder, kind, address, name):
    """A new key with a self-signed certificate. Returns the paths (certificate, key)."""
    certificate, key = Path(folder) / f"{name}.pem", Path(folder) / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-nodes", "-days", "3650", "-subj", f"/O=Fake BMC/CN={name}",
                    "-addext", f"subjectAltName=IP:{address}", *KINDS[kind], "-keyout", str(key), "-out", str(certificate)],
                   check=True, capture_output=True)
    return certificate, key


def weaken(context, how, folder):
    """Makes a server's context as poor as old BMCs are: tls1.0, tls1.1 or dh1024."""
    if how == "dh1024":
        parameters = Path(folder) / "dh1024.pem"
        subprocess.run(["openssl", "dhparam", "-dsaparam", "-out", str(parameters), "1024"], check=True, capture_output=True)
        context.set_ciphers("kDHE:@SECLEVEL=0")
        context.load_dh_params(str(parameters))
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        return
    versions = {"tls1.0": ssl.TLSVersion.TLSv1, "tls1.1": ssl.TLSVersion.TLSv1_1}
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.minimum_version = context.maximum_version = versions[how]


def spki(certificate):
    """SHA-256 of the certificate's public key, as bytes."""
    der = ssl.PEM_cert_to_DER_cert(Path(certificate).read_text())
    at, _ = inside(der, inside(der, 0)[0])  # the parts of what is signed
    if der[at] == 0xA0:
        at = inside(der, at)[1]  # the version
    for _ in range(5):  # serial number, algorithm, issuer, times, subject
        at = inside(der, at)[1]
    return hashlib.sha256(der[at:inside(der, at)[1]]).digest()


def inside(der, at):
    """Where the content of the DER element at `at` begins and ends."""
    length, start = der[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        length, start = int.from_bytes(der[start:start + count]), start + count
    return start, start + length


def pin(digest):
    """As curl writes it."""
    return "sha256//" + base64.b64encode(digest).decode()

"""Keys and certificates, made by the machine's openssl."""

import base64
import hashlib
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


def spki(certificate):
    """SHA-256 of the certificate's public key, as bytes."""
    shown = subprocess.run(["openssl", "x509", "-in", str(certificate), "-noout", "-pubkey"], check=True,
                           capture_output=True, text=True).stdout
    lines = [line for line in shown.splitlines() if line and not line.startswith("-----")]
    return hashlib.sha256(base64.b64decode("".join(lines))).digest()


def pin(digest):
    """As curl writes it."""
    return "sha256//" + base64.b64encode(digest).decode()

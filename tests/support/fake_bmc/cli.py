"""The command line: makes the BMCs, says that they are ready, and waits for its end."""

import argparse
import json
import os
import signal
import ssl
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import certificate, knobs
from .bmc import Bmc
from .control import Control
from .keeper import Keeper
from .personalities import ALL
from .trace import Trace


def main(words):
    options = parser().parse_args(words)
    try:
        turned = knobs.from_words(options.knob)
        kinds = [ALL[name]() for name in options.personality.split(",")]
    except (ValueError, KeyError) as error:
        print(f"fake_bmc: {error}", file=sys.stderr)
        return 2
    threading.stack_size(1 << 20)  # a fleet has many threads
    with tempfile.TemporaryDirectory(prefix="fake-bmc-") as folder:
        trace = Trace()
        keeper = Keeper(options.state) if options.state else None
        with ThreadPoolExecutor(4) as pool:  # keys take their time
            bmcs = list(pool.map(lambda index: make(options, turned, kinds[index % len(kinds)], index, trace, keeper,
                                                    folder), range(options.fleet)))
        control = Control(bmcs, trace, options.control_socket)
        print(json.dumps({"ready": True, "pid": os.getpid(), "control": control.port,
                          "control_socket": options.control_socket, "bmcs": list(map(described, bmcs))}), flush=True)
        wait(options)
    return 0


def parser():
    options = argparse.ArgumentParser(prog="fake_bmc", description="BMCs for tests; see README.md beside this program.")
    options.add_argument("--address", default="127.0.0.1")
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--fleet", type=int, default=1, metavar="N")
    options.add_argument("--personality", default="generic", metavar="NAME[,NAME...]", help=", ".join(ALL))
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--knob", action="append", default=[], metavar="NAME[=VALUE]")
    options.add_argument("--user", default="admin")
    options.add_argument("--password-file", metavar="FILE")
    options.add_argument("--certificate", metavar="FILE")
    options.add_argument("--key", metavar="FILE")
    options.add_argument("--state", metavar="FILE")
    options.add_argument("--control-socket", metavar="PATH")
    options.add_argument("--no-stdin", action="store_true", help="live on when standard input closes")
    return options


def make(options, turned, kind, index, trace, keeper, folder):
    password = Path(options.password_file).read_text().rstrip("\n") if options.password_file else "fake-password"
    addresses = options.address.split(",")
    port = options.port + index // len(addresses) if options.port else 0
    bmc = Bmc(index, kind, trace, options.user, password, addresses[index % len(addresses)], port, options.seed, turned,
              keeper)
    bmc.make_certificate = lambda: new_certificate(bmc, keeper, folder)
    if options.certificate:
        use(bmc, options.certificate, options.key or options.certificate)
    elif keeper and keeper.certificate(index):
        paths = [Path(folder) / f"kept-{index}.{name}" for name in ("pem", "key")]
        for path, text in zip(paths, keeper.certificate(index)):
            path.write_text(text)
        use(bmc, *paths)
    else:
        bmc.make_certificate()
    bmc.up(bmc.listener.context)
    return bmc


def new_certificate(bmc, keeper, folder):
    """Another key for the BMC, from the next connection on."""
    kind = "legacy" if bmc.knobs["legacy-tls"] else bmc.kind.key
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(bmc.listener.address, bmc.listener.address)
    paths = certificate.make(folder, kind, address, f"bmc-{bmc.index}")
    if keeper:
        keeper.keep_certificate(bmc.index, *(path.read_text() for path in paths))
    use(bmc, *paths)


def use(bmc, certificate_file, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if bmc.knobs["legacy-tls"]:
        certificate.weaken(context, bmc.knobs["legacy-tls"], Path(certificate_file).parent)
    context.load_cert_chain(certificate_file, key)
    bmc.listener.context = context
    bmc.spki = certificate.spki(certificate_file)


def described(bmc):
    return {"index": bmc.index, "personality": bmc.kind.name, "address": bmc.listener.address, "port": bmc.listener.port,
            "spki_sha256": bmc.spki.hex(), "pin": bmc.pin()}


def wait(options):
    """Until somebody wants it to end."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    if not options.no_stdin:
        def watch():
            while sys.stdin.buffer.read(4096):
                pass
            ended.set()
        threading.Thread(target=watch, daemon=True).start()
    while not ended.wait(3600):
        pass

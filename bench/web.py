"""The internal web server beside nginx, on loopback in a network of its own.

    scripts/bench web [--part NAME,...] [--rounds N] [--host PATH] [--size MIB]
                      [--clients N] [--images MB,...] [--fleet-rounds N]

`one`: a file over TLS to one client, turn by turn; `slow`: a fast client beside 64 slow ones; `many`: 100 clients at once
with images of 10 to 400 MB; `bmcs`: 10, 100 and 400 MB to 100 fake BMCs that fetch it as BMCs do. Speed, CPU and memory
are told as ratios to nginx in the same run, because machines differ.
"""

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "system"))

import web_fleet  # noqa: E402  (the path had to come first)
import web_support  # noqa: E402

PARTS = ("one", "slow", "many", "bmcs")
MB = 1_000_000
IMAGES = [10, 20, 40, 80, 160, 400]  # MB, in turn
CLIENTS = 100
SLOW, SLOW_RATE = 64, "1M"  # bytes/s each
ADDRESSES = [f"10.99.0.{i}" for i in range(2, 8)]
NGINX = """
worker_processes 1; daemon off; error_log {folder}/error.log; pid {folder}/pid;
events {{}}
http {{
    access_log off; sendfile on; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    server {{
        listen 127.0.0.1:8443 ssl; ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
        root {folder};
    }}
}}
"""


def cpu_of(pids):
    """s, user and system"""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def children_of(pid):
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def file_of(path, size):
    piece = random.Random(size).randbytes(1 << 20)
    with path.open("wb") as file:
        for _ in range(size >> 20):
            file.write(piece)
        file.write(piece[:size & ((1 << 20) - 1)])
    return path


class Nginx:
    def __init__(self, folder):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                        "/CN=bench", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)
        os.chmod(folder, 0o755)
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder))
        self.process = subprocess.Popen(["nginx", "-c", folder / "nginx.conf"])
        time.sleep(1)
        self.url = "https://127.0.0.1:8443/"

    def pids(self):
        return [self.process.pid, *children_of(self.process.pid)]

    def end(self):
        self.process.terminate()
        self.process.wait()


def curl(url, *words):
    return subprocess.Popen(["curl", "-ksSf", "-o", "/dev/null", *words, url])


def fetch(url, pids):
    """(s, CPU s of the server)"""
    before, start = cpu_of(pids), time.monotonic()
    if curl(url).wait() != 0:
        raise SystemExit(f"bench: {url} could not be fetched")
    return time.monotonic() - start, cpu_of(pids) - before


def beside_nginx(ours, nginx, size, rounds):
    ours_all, theirs_all = [], []
    for number in range(rounds):
        turns = [(ours_all, *ours), (theirs_all, *nginx)]
        for kept, url, pids in turns if number % 2 else reversed(turns):
            kept.append(fetch(url, pids))
    mine, theirs = ([statistics.median(column) for column in zip(*kept)] for kept in (ours_all, theirs_all))
    gib = size / (1 << 30)
    print(f"{gib:.2f} GiB over TLS, medians of {rounds} rounds")
    print(f"  soapstone  {gib * 1024 / mine[0]:6.0f} MiB/s  {mine[1] / gib:5.2f} CPU s/GiB")
    print(f"  nginx      {gib * 1024 / theirs[0]:6.0f} MiB/s  {theirs[1] / gib:5.2f} CPU s/GiB")
    print(f"  speed {theirs[0] / mine[0]:.2f} x nginx (at least 0.9), CPU {mine[1] / theirs[1]:.2f} x nginx (at most 1.1)", flush=True)
    return theirs[0] / mine[0] >= 0.9 and mine[1] / theirs[1] <= 1.1


def beside_slow_ones(host, url, slow_url, rounds):
    alone = statistics.median(fetch(url, [host.process.pid])[0] for _ in range(rounds))
    slow = [curl(slow_url(), "--limit-rate", SLOW_RATE, "--interface", ADDRESSES[i % len(ADDRESSES)]) for i in range(SLOW)]
    time.sleep(2)
    cpu = cpu_of([child.pid for child in slow])
    start = time.monotonic()
    beside = statistics.median(fetch(url, [host.process.pid])[0] for _ in range(rounds))
    share = (cpu_of([child.pid for child in slow]) - cpu) / (time.monotonic() - start)
    held = sum(child.poll() is None for child in slow)
    for child in slow:
        child.kill()
        child.wait()
    print(f"a fast client alone {alone:.2f} s, beside {held} slow ones {beside:.2f} s: {beside / alone:.2f} x "
          f"(the slow clients themselves took {share:.2f} of a core)", flush=True)
    return beside / alone


def many_at_once(host, folder):
    files = {size: file_of(folder / f"image-{size}.bin", size * MB) for size in IMAGES}
    sizes = [IMAGES[i % len(IMAGES)] for i in range(CLIENTS)]
    paths = [host.offer(files[size], f"image-{size}.bin") for size in sizes]
    cost, start = web_support.Cost(host.process.pid), time.monotonic()
    clients = [curl(f"https://127.0.0.1:{host.port}{path}", "--interface", ADDRESSES[i % len(ADDRESSES)])
               for i, path in enumerate(paths)]
    failed = sum(client.wait() != 0 for client in clients)
    wall = time.monotonic() - start
    cpu, memory = cost.since()
    total = sum(sizes)
    print(f"{CLIENTS} clients at once, {min(IMAGES)} to {max(IMAGES)} MB each, {total / 1000:.1f} GB: {wall:.1f} s, "
          f"{total / wall:.0f} MB/s, {cpu:.1f} CPU s of the server, {memory / MB:.0f} MB more memory at its peak, {failed} failed",
          flush=True)
    return failed == 0


@contextmanager
def our_offers(image, count):
    """Our server with an offer for each BMC: (URIs, what the server costs from now on)."""
    with web_support.WebHost() as host:
        uris = [f"https://127.0.0.1:{host.port}{host.offer(image, life=7200)}" for _ in range(count)]
        yield uris, [web_support.Cost(host.process.pid)]


@contextmanager
def nginx_files(image, count):
    nginx = Nginx(image.parent)
    try:
        yield [nginx.url + image.name] * count, [web_support.Cost(pid) for pid in nginx.pids()]
    finally:
        nginx.end()


def one_and_slow(folder, options, parts):
    size = options.size << 20
    big = file_of(folder / "big.bin", size)
    nginx, good = Nginx(folder), True
    with web_support.WebHost() as host:
        url = f"https://127.0.0.1:{host.port}" + host.offer(big)
        fetch(url, [host.process.pid])  # the first one is hashed while it goes
        if "one" in parts:
            good = beside_nginx((url, [host.process.pid]), (nginx.url + "big.bin", nginx.pids()), size, options.rounds)
        nginx.end()
        if "slow" in parts:
            beside_slow_ones(host, url, lambda: f"https://127.0.0.1:{host.port}" + host.offer(big), 3)
    big.unlink()
    return good


def numbers(text):
    return [int(word) for word in text.split(",")]


def main(words):
    parser = argparse.ArgumentParser(prog="scripts/bench web", description=__doc__.split("\n\n")[0])
    parser.add_argument("--part", default="one,slow,many", help=f"which of {', '.join(PARTS)} (default: all but bmcs, "
                                                                         "which takes an hour)")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--clients", type=int, default=CLIENTS, help="fake BMCs")
    parser.add_argument("--images", type=numbers, default=[10, 100, 400], help="MB of what they fetch, one after the other")
    parser.add_argument("--fleet-rounds", type=int, default=3, help="of them, for each size")
    parser.add_argument("--size", type=int, default=1024, help="MiB of the one file")
    parser.add_argument("--host", default=str(ROOT / "build" / "release" / "tests" / "web_host"))
    options = parser.parse_args(words)
    parts = set(options.part.split(","))
    if not parts <= set(PARTS):
        parser.error(f"--part: possible are {', '.join(PARTS)}")
    if not 1 <= options.clients <= 250:
        parser.error("--clients: 1 to 250")
    web_support.HOST = options.host
    web_support.own_network()
    for address in ADDRESSES[1:]:
        subprocess.run(["ip", "addr", "add", address + "/32", "dev", "lo"], check=True)
    folder = Path(tempfile.mkdtemp(prefix="soapstone-bench-"))
    good = True
    try:
        print("load before: " + Path("/proc/loadavg").read_text().strip())
        if parts & {"one", "slow"}:
            good = one_and_slow(folder, options, parts)
        if "many" in parts:
            with web_support.WebHost() as host:
                good = many_at_once(host, folder) and good
        if "bmcs" in parts:
            web_fleet.beside_nginx(our_offers, nginx_files, folder, options.images, options.clients, options.fleet_rounds)
        print("load after: " + Path("/proc/loadavg").read_text().strip())
        return 0 if good else 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)

"""One image to many BMCs at once, beside nginx: the BMCs are the doubles of the tests, told by SimpleUpdate to fetch it.

The doubles are slow: each hashes and checks in Python what it fetches. So the time tells mostly of them, and no server
looks better or worse for it than it is; CPU and memory are the server's alone.
"""

import base64
import http.client
import json
import ssl
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

from fake_bmc.process import FakeBmc  # noqa: E402  (the path had to come first)

ACTION = "/redfish/v1/UpdateService/Actions/UpdateService.SimpleUpdate"
NETWORK = "10.99.1."
PROCESSES = 4  # with one each, more would only wait for each other
PATIENCE = 3600  # s for one round
MB = 1_000_000


class Round(NamedTuple):
    wall: float  # s from the first order to the last byte
    cpu: float  # s of the server
    memory: int  # bytes that it held at its peak


def image_of(path, size):
    """One that the doubles take in without keeping it. Its hash is wrong: nothing is flashed after the fetch."""
    words = {"target": "BMC", "version": "2.0.0", "sha256": "0" * 64}
    head = json.dumps(words).encode() + b"\n"
    piece = bytes(range(256)) * 4096
    with path.open("wb") as file:
        file.write(head)
        for at in range(len(head), size, len(piece)):
            file.write(piece[:size - at])
    return path


class Fleet:
    """`count` doubles, each with an address of its own."""

    def __init__(self, count):
        self.count = count

    def __enter__(self):
        addresses = [f"{NETWORK}{number}" for number in range(1, self.count + 1)]
        for address in addresses:
            subprocess.run(["ip", "addr", "replace", address + "/32", "dev", "lo"], check=True)
        with ExitStack() as stack:
            self.processes = [stack.enter_context(FakeBmc("generic", count=len(part), address=",".join(part),
                                                          knobs={"fetch-patience": 1e6}))
                              for part in (addresses[first::PROCESSES] for first in range(PROCESSES)) if part]
            self.stack = stack.pop_all()
        self.members = [member for process in self.processes for member in process.bmcs]
        return self

    def __exit__(self, *words):
        return self.stack.__exit__(*words)

    def fetch(self, uris, size):
        """All at once; returns when each has the whole image, or raises SystemExit."""
        for process in self.processes:
            process.forget_trace()
        with ThreadPoolExecutor(16) as threads:
            list(threads.map(order, self.members, uris))
        end = time.monotonic() + PATIENCE
        done = []
        while len(done) < self.count:
            if time.monotonic() > end:
                raise SystemExit(f"bench: only {len(done)} of {self.count} BMCs have fetched within {PATIENCE} s")
            time.sleep(0.05)
            done = [one for process in self.processes for one in process.call("GET", "/__trace") if one["event"] == "fetch"]
        bad = [one for one in done if one["status"] != 200 or one["bytes"] != size]
        if bad:
            raise SystemExit(f"bench: {len(bad)} of {self.count} BMCs did not get the whole image: {bad[0]}")

    def rest(self):
        """Until none is at work: what is refused after the fetch takes a moment."""
        for member in self.members:
            member.wait(lambda state: all(one["state"] in ("Completed", "Exception") for one in state["tasks"].values()))


def order(member, uri):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    login = base64.b64encode(f"{member.process.user}:{member.process.password}".encode()).decode()
    connection = http.client.HTTPSConnection(member.address, member.port, context=context, timeout=60)
    connection.request("POST", ACTION, json.dumps({"ImageURI": uri, "TransferProtocol": "HTTPS"}),
                       {"Authorization": f"Basic {login}", "Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status not in (200, 202, 204):
        raise SystemExit(f"bench: {member.address} does not fetch {uri}: {answer.status} {text[:200]!r}")


def measured(fleet, uris, size, costs):
    """`costs`: of the server's processes, which begin now."""
    began = time.monotonic()
    fleet.fetch(uris, size)
    wall = time.monotonic() - began
    return Round(wall, sum(cost.since()[0] for cost in costs), sum(cost.now()[1] for cost in costs))


def beside_nginx(hosts, nginx, folder, sizes, count, rounds):
    """`hosts()`: our server, new for each round; `nginx()`: the other one. `sizes`: MB. Returns the ratios by size."""
    ratios = {}
    with Fleet(count) as fleet:
        for size in sizes:
            image = image_of(folder / f"image-{size}.bin", size * MB)
            ours, theirs = [], []
            for number in range(rounds):
                turns = [(ours, hosts), (theirs, nginx)]
                for kept, server in turns if number % 2 else reversed(turns):
                    with server(image, count) as (uris, costs):
                        kept.append(measured(fleet, uris, size * MB, costs))
                    fleet.rest()
            image.unlink()
            ratios[size] = tell(size, count, ours, theirs)
    return ratios


def tell(size, count, ours, theirs):
    mine, other = (Round(*map(statistics.median, zip(*kept))) for kept in (ours, theirs))
    print(f"{size} MB to {count} fake BMCs at once, by SimpleUpdate over TLS, medians of {len(ours)} rounds")
    for name, one in (("soapstone", mine), ("nginx", other)):
        print(f"  {name:10} {one.wall:7.1f} s  {size * count / one.wall:6.0f} MB/s  {one.cpu:6.2f} CPU s  "
              f"{one.memory / MB:5.0f} MB memory at its peak")
    ratio = Round(mine.wall / other.wall, mine.cpu / max(other.cpu, 0.01), mine.memory / other.memory)
    print(f"  time {ratio.wall:.2f} x nginx, CPU {ratio.cpu:.2f} x nginx, memory {ratio.memory:.2f} x nginx", flush=True)
    return ratio

"""The API of `soapstone serve` beside a bare gSOAP server and nginx with a static answer, over TLS on loopback.

    scripts/bench api [--part NAME,...] [--clients N,...] [--seconds N] [--rounds N] [--idle N] [--hosts N] [--json FILE]

`calls`: GetVersion by a viewer over connections that are kept, by 1 to 1,000 clients; `idle`: 10,000 connections that rest,
and calls beside them; `wait`: as many calls that wait for events, the same; `deploy`: lab hosts deployed to through the API and by the command line. The clients share the
machine with the servers, and machines differ: compare inside one run only.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "system"))

import api_deploy  # noqa: E402  (the path had to come first)
import api_servers  # noqa: E402
import web_support  # noqa: E402

PARTS = ("calls", "idle", "wait", "deploy")
LOOK = 5  # s of looking what connections cost that stay
WAIT = 30  # s that a call waits for events
MOST_IDLE_MB = 300
NGINX_HEAD = 180  # bytes


class Load:
    """bench/api_load, the clients."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def file_for(self, server, operation="GetVersion", body=""):
        """The request; in a file, since it has a token."""
        file = self.folder / f"{server.name}.{operation}"
        file.write_text(api_servers.request(server.port, server.token, operation, body))
        file.chmod(0o600)
        return file

    def calls(self, server, clients, seconds):
        """What a number of clients get out of a server, and what that costs it."""
        server.forget_peak()
        process = subprocess.Popen([self.program, "calls", "127.0.0.1", str(server.port), str(clients), str(seconds),
                                    self.file_for(server)], stdout=subprocess.PIPE, text=True,
                                   preexec_fn=api_servers.many_files)
        connected = process.stdout.readline()
        cpu = server.cpu()
        line = process.stdout.readline()
        cpu = server.cpu() - cpu
        if process.wait() != 0 or not connected or json.loads(line)["bad"]:
            raise SystemExit(f"bench: {clients} clients of {server.name} were not all served: {line}")
        told = json.loads(line)
        return {"rate": told["calls"] / told["seconds"], "p50": told["p50"], "p99": told["p99"],
                "cpu": cpu / told["calls"] * 1000, "peak": server.memory("VmHWM"), "client_cpu": told["client_cpu"],
                "bytes": told["bytes"]}

    def stay(self, how, server, count):
        """Connections that have made a call each, and `idle` from now on or `wait` for its answer."""
        file = self.file_for(server) if how == "idle" else self.file_for(
            server, "GetEvents", f"<since>999999</since><waitSeconds>{WAIT}</waitSeconds><most>1</most>")
        process = subprocess.Popen([self.program, how, "127.0.0.1", str(server.port), str(count), file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                   preexec_fn=api_servers.many_files)
        line = process.stdout.readline()
        if not line:
            raise SystemExit(f"bench: {count} connections were not to be had from {server.name}")
        return process, json.loads(line)["connected"]


def median_of(samples):
    return {field: statistics.median(sample[field] for sample in samples) for field in samples[0]}


def calls_beside_others(load, servers, options):
    """The servers take turns, and each round begins with another one."""
    table = {}
    for clients in options.clients:
        samples = {server.name: [] for server in servers}
        for turn in range(options.rounds):
            at = turn % len(servers)
            for server in servers[at:] + servers[:at]:
                samples[server.name].append(load.calls(server, clients, options.seconds))
        table[clients] = {name: median_of(each) for name, each in samples.items()}
        tell_calls(clients, table[clients])
    return table


def tell_calls(clients, row):
    print(f"{clients} clients: GetVersion, medians")
    for name, one in row.items():
        ratio = row["soapstone"]["rate"] / one["rate"]
        print(f"  {name:10} {one['rate']:7.0f} calls/s  p50 {one['p50']:7.2f} ms  p99 {one['p99']:7.2f} ms  "
              f"{one['cpu']:5.3f} CPU s/1000  peak {one['peak']:5.0f} MB  {one['bytes']:5.0f} bytes  "
              f"soapstone has {ratio:.2f} x its rate", flush=True)


def connections_that_stay(how, load, server, options):
    """Memory and CPU of connections that rest or wait, what calls beside them cost, and how many get their next answer."""
    before, alone = server.memory("VmRSS"), load.calls(server, 10, options.seconds)
    process, took = load.stay(how, server, options.idle)
    try:
        cpu = server.cpu()
        time.sleep(LOOK)
        cpu, resting = (server.cpu() - cpu) / LOOK, server.memory("VmRSS")
        beside = load.calls(server, 10, options.seconds)
        process.stdin.write("\n")
        process.stdin.flush()
        good = json.loads(process.stdout.readline())["good"]
    finally:
        process.kill()
        process.wait()
    print(f"{options.idle} connections with a token that {how}, open within {took:.1f} s: {resting:.0f} MB "
          f"({before:.0f} MB before; at most {MOST_IDLE_MB}), {cpu:.3f} CPU s a second")
    print(f"  10 clients beside them: {beside['rate']:.0f} calls/s, p99 {beside['p99']:.2f} ms (alone {alone['rate']:.0f}, "
          f"{alone['p99']:.2f} ms); afterwards {good} of them answered another call", flush=True)
    return {"connections": options.idle, "before": before, "resting": resting, "cpu": cpu, "alone": alone,
            "beside": beside, "good": good}


def on_loopback(folder, options, parts):
    """All that needs no lab. In a network of its own, which this process does not leave any more."""
    web_support.own_network()
    pem = api_servers.make_certificate(folder)
    load = Load(options.bench / "api_load", folder)
    ours = api_servers.Soapstone(options.program, folder)
    servers, results = [ours], {}
    try:
        if "calls" in parts:
            size = load.calls(ours, 1, 0.2)["bytes"]
            servers.append(api_servers.Gsoap(options.bench / "api_gsoap", pem))
            servers.append(api_servers.Nginx(folder, "x" * (size - NGINX_HEAD)))
            results["calls"] = calls_beside_others(load, servers, options)
        for how in ("idle", "wait"):
            if how in parts:
                results[how] = connections_that_stay(how, load, ours, options)
    finally:
        for server in servers:
            server.end()
    return results


def is_good(results, options):
    stay = [results[how] for how in ("idle", "wait") if how in results]
    deploy = results.get("deploy")
    return all(one["resting"] <= MOST_IDLE_MB and one["good"] == options.idle for one in stay) and (
        not deploy or deploy["wall"] <= 1.1)


def numbers(text):
    return [int(word) for word in text.split(",")]


def parser():
    top = argparse.ArgumentParser(prog="scripts/bench api", description=__doc__.split("\n\n")[0])
    top.add_argument("--part", default=",".join(PARTS), help=f"which of {', '.join(PARTS)} (default: all)")
    top.add_argument("--clients", type=numbers, default=[1, 10, 100, 1000], metavar="N,...")
    top.add_argument("--seconds", type=float, default=5, help="of calls in one turn (default: 5)")
    top.add_argument("--rounds", type=int, default=3, help="turns of each (default: 3)")
    top.add_argument("--idle", type=int, default=10_000, metavar="N", help="connections that rest or wait (default: 10000)")
    top.add_argument("--hosts", type=int, default=50, metavar="N", help="lab hosts of the deployment (default: 50)")
    top.add_argument("--json", metavar="FILE", help="also write everything there")
    return top


def main(words):
    """Returns the exit status: 0 all measured and as aimed at, 1 not."""
    options = parser().parse_args(words)
    parts = set(options.part.split(","))
    if not parts <= set(PARTS):
        parser().error(f"--part: possible are {', '.join(PARTS)}")
    options.program = Path(os.environ.get("SOAPSTONE_BIN", ROOT / "build" / "release" / "bin" / "soapstone"))
    options.bench = options.program.parents[1] / "bench"
    results = {}
    print("load before: " + Path("/proc/loadavg").read_text().strip(), flush=True)
    if "deploy" in parts:  # first: what follows leaves the machine's network
        results["deploy"] = api_deploy.measure(options)
    folder = Path(tempfile.mkdtemp(prefix="soapstone-bench-"))
    try:
        if parts - {"deploy"}:
            results |= on_loopback(folder, options, parts)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("load after: " + Path("/proc/loadavg").read_text().strip())
    if options.json:
        Path(options.json).write_text(json.dumps(results, indent=2) + "\n")
    return 0 if is_good(results, options) else 1

"""Lab hosts deployed to through the API, beside the same by command line."""

import http.client
import os
import re
import ssl
import statistics
import sys
import tempfile
from pathlib import Path

import api_servers
import contenders
import tasks
from contenders.soapstone import script
from measure import Meter
from scene import Scene

TYPES = "urn:soapstone:types:1"


def option(name, value):
    return f'<options><name xmlns="{TYPES}">{name}</name><value xmlns="{TYPES}">{value}</value></options>'


def follow(port, order):
    """Sends an order and follows its events to the end; run on the workstation, as another program there would."""
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=ssl._create_unverified_context(), timeout=120)
    token = os.environ["BENCH_TOKEN"]  # of this run only

    def ask(operation, body):
        connection.request("POST", "/manager", api_servers.envelope(operation, body),
                           {"Content-Type": "text/xml; charset=utf-8", "Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.status != 200:
            raise SystemExit(text)
        return text

    def value(name, text):
        return re.search(rf"[<:]{name}>([^<]*)<", text)[1]

    run, since, state = value("runId", ask("Deploy", Path(order).read_text())), "0", ""
    while state != "finished":
        text = ask("GetRunEvents", f"<runId>{run}</runId><since>{since}</since><waitSeconds>30</waitSeconds><most>1000</most>")
        since, state = value("lastSeq", text), value("state", text)


class ByCommand:
    name = "command line"

    def __init__(self, work, program):
        self.contender = contenders.Soapstone("")
        self.contender.program = program

    def prepare(self, work):
        self.contender.prepare(tasks.Command(), work)

    def words(self, work):
        return self.contender.command(tasks.Command(), work)

    def environment(self, work):
        return self.contender.environment(work)

    def end(self):
        pass


class ByApi:
    """The manager runs all the time, as it is meant to; its processor time during the run counts."""

    name = "API"

    def __init__(self, work, program):
        folder = work.folder / "api"
        folder.mkdir()
        self.server = api_servers.Soapstone(program, folder, ("ip", "netns", "exec", work.scene.inside.netns), "admin",
                                            before=work.scene.manager.enter)

    def prepare(self, work):
        pass

    def words(self, work):
        order = work.folder / "order"
        order.write_text(f"<key>{os.urandom(8).hex()}</key><targets>{work.all}</targets>"
                         f"<components>{script(work, 'by-api', f'exec touch {work.token}')}</components>"
                         + option("identity", work.key) + option("known-hosts", work.known_hosts)
                         + option("parallel", work.forks))
        return [sys.executable, Path(__file__), self.server.port, order]

    def environment(self, work):
        return {**os.environ, "BENCH_TOKEN": self.server.token}

    def end(self):
        self.server.end()


def sample_of(work, way):
    work.fresh()
    way.prepare(work)
    sample = work.meter.run(way.words(work), way.environment(work), work.folder)
    reasons = [host.name for host in work.scene.hosts if not work.scene.path(host, work.token).exists()]
    if sample.code not in (0, 3) or reasons:
        raise SystemExit(f"bench: by {way.name} it has not run on {reasons}: {sample.said}")
    print(f"bench: {len(work.names)} hosts by {way.name}: {sample.wall:.2f} s, manager {sample.manager_cpu:.2f} CPU s, "
          f"hosts {sample.host_cpu:.1f} CPU s", file=sys.stderr)
    return sample


def measure(options):
    """Both ways in turns; the first turn of each makes ready what is kept and does not count."""
    scene = Scene(python=False)
    scene.up(options.hosts)
    try:
        with tempfile.TemporaryDirectory(prefix="soapstone-bench-") as folder:
            work = tasks.Work(scene, folder)
            work.meter = Meter(scene.inside.netns, scene.manager, scene.hosts_group)
            ways = [ByApi(work, options.program), ByCommand(work, options.program)]
            samples = {way.name: [] for way in ways}
            try:
                for turn in range(options.rounds + 1):
                    for way in ways if turn % 2 else reversed(ways):
                        sample = sample_of(work, way)
                        if turn > 0:
                            samples[way.name].append(sample)
            finally:
                for way in ways:
                    way.end()
                work.meter.end_all()
            return tell(options.hosts, samples)
    finally:
        scene.down()


def tell(hosts, samples):
    print(f"{hosts} hosts, cold, medians")
    rows = {}
    for name, some in samples.items():
        rows[name] = {field: statistics.median(getattr(one, field) for one in some)
                      for field in ("wall", "manager_cpu", "host_cpu", "memory")}
        one = rows[name]
        print(f"  {name:12} {one['wall']:6.2f} s  manager {one['manager_cpu']:6.2f} CPU s  "
              f"hosts {one['host_cpu']:6.1f} CPU s  {one['memory'] / 1e6:.0f} MB")
    ratio = {field: rows["API"][field] / rows["command line"][field] for field in rows["API"]}
    print(f"  API / command line: wall {ratio['wall']:.2f}, manager's CPU {ratio['manager_cpu']:.2f}, "
          f"hosts' CPU {ratio['host_cpu']:.2f}", flush=True)
    return {**ratio, "rows": rows}


if __name__ == "__main__":
    follow(int(sys.argv[1]), sys.argv[2])

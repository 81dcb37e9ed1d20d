#!/usr/bin/env python3
"""Every operation of the contract by everybody there is, at every port: who may call it, and that nobody else changes
anything."""

import contextlib
import hashlib
import http.client
import json
import os
import re
import socket
import sqlite3
import ssl
import sys
import threading
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from api_support import ROLES, TYPES, ApiCase, entered, post, values_of  # noqa: E402
from support import OK, until  # noqa: E402

from agent_keys import take_identity  # noqa: E402  (support knows where the lab is)

WSDL = Path(__file__).resolve().parents[2] / "wsdl"
W = "{http://schemas.xmlsoap.org/wsdl/}"
XS = "{http://www.w3.org/2001/XMLSchema}"
AGENT_PORT = 62286

# The lowest role that may call each operation.
RIGHTS = {"GetManagerStatus": "viewer", "GetRuns": "viewer", "GetRun": "viewer", "GetRunEvents": "viewer",
          "GetLogs": "viewer", "ReadLog": "viewer", "GetEvents": "viewer", "GetResults": "viewer",
          "Deploy": "operator", "CancelRun": "operator", "PauseRun": "operator", "ContinueRun": "operator",
          "ResumeRun": "operator", "PutCredential": "admin", "GetCredentials": "operator",
          "RemoveCredential": "admin", "PutTargets": "operator", "GetTargets": "viewer", "RemoveTargets": "operator",
          "GetGroups": "viewer", "AddComponent": "admin", "GetKeptComponents": "viewer", "RemoveComponent": "operator",
          "TakeInventory": "operator", "GetInventory": "viewer", "GetReport": "viewer", "GetHealth": "viewer",
          "GetVersion": "viewer", "GetAgents": "viewer", "CheckTargets": "operator", "CleanUpTargets": "operator",
          "VisitBmcs": "operator", "GetErrand": "viewer", "CancelErrand": "operator"}


class Contract:
    """manager.wsdl: its operations, and the smallest request of each."""

    def __init__(self):
        contract = ElementTree.parse(WSDL / "manager.wsdl")
        self.operations = [one.get("name") for one in contract.find(f"{W}portType").iter(f"{W}operation")]
        self.elements = {one.get("name"): one for one in contract.find(f".//{XS}schema").findall(f"{XS}element")}

    def smallest(self, operation):
        parts = self.elements[operation].iter(f"{XS}element")
        next(parts)
        needed = [one for one in parts if one.get("minOccurs") != "0"]
        return "".join(f"<{one.get('name')}>{self.value(one)}</{one.get('name')}>" for one in needed)

    @staticmethod
    def value(element):
        return {"xs:string": "x", "xs:int": "1", "xs:long": "0", "xs:boolean": "true",
                "t:BmcAction": "discover"}[element.get("type")]


class Doorbell(threading.Thread):
    """A port where nobody is at home; it counts who came."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.place = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.rung = 0
        self.start()

    def run(self):
        with contextlib.suppress(OSError):  # it was closed
            while True:
                self.socket.accept()[0].close()
                self.rung += 1

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


class ApiRightsTest(ApiCase):
    """Two runs wait for jobs that do not end, so that there is something to disturb."""

    hosts = 3

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = Contract()
        cls.runtime = json.loads(next((Path(cls.lab.data) / "managers").glob("*.json")).read_text())
        ports = json.loads((Path(cls.lab.data) / "ports.json").read_text())["ports"]
        cls.ports = {one["purpose"]: one["port"] for one in ports}
        # Names are resolved to these first, and agents listen where they were reached.
        cls.address = {one["name"]: one["ipv6"] for one in cls.lab.facts["hosts"]}

    def setUp(self):
        super().setUp()
        self.component = self.counter("hold", 600)
        self.body("AddComponent", f"<componentName>kept</componentName><path>{self.component}</path>")
        self.body("PutTargets", self.kept_target("kept"))
        self.body("PutCredential", "<credentialName>kept</credentialName><password>p</password>")
        self.live = [self.deploy([host], self.component) for host in ("host1", "host2")]
        for run in self.live:
            until(lambda run=run: "installing" in self.asked("GetRun", f"<runId>{run}</runId>"), 60, "a job")
        self.body("PauseRun", f"<runId>{self.live[1]}</runId>")
        with entered(self.netns):
            self.doorbell = Doorbell()
        self.addCleanup(self.doorbell.close)
        self.addCleanup(self.end_runs)

    def end_runs(self):
        for run in values_of("id", self.asked("GetManagerStatus")):
            self.call("CancelRun", f"<runId>{run}</runId><endJobs>true</endJobs>", token=self.tokens["admin"])
        until(lambda: not values_of("id", self.asked("GetManagerStatus")), 60, "the end of all runs")

    def body(self, operation, body):
        self.asked(operation, body)

    @staticmethod
    def kept_target(name):
        return f'<targets><name xmlns="{TYPES}">{name}</name></targets>'

    def changing(self):
        """Requests that change something when they are let through, in an order in which all of them do."""
        key = os.urandom(8).hex()
        return {
            "PutCredential": "<credentialName>more</credentialName><password>p</password>",
            "PutTargets": self.kept_target("more"),
            "AddComponent": f"<componentName>more</componentName><path>{self.component}</path>",
            "PauseRun": f"<runId>{self.live[0]}</runId>",
            "ContinueRun": f"<runId>{self.live[1]}</runId>",
            "Deploy": f"<key>{key}</key><targets>host3</targets><components>kept</components>",
            "TakeInventory": f"<key>{key} look</key><targets>host3</targets>",
            "CheckTargets": f"<key>{key} check</key><targets>{self.doorbell.place}</targets>",
            "CleanUpTargets": f"<key>{key} clean</key><targets>{self.doorbell.place}</targets>",
            "VisitBmcs": f"<action>reset</action><key>{key} bmc</key><targets>bmc://admin@{self.doorbell.place}</targets>",
            "RemoveCredential": "<credentialName>kept</credentialName>",
            "RemoveTargets": "<targetNames>kept</targetNames>",
            "RemoveComponent": "<componentName>kept</componentName>",
            "CancelRun": f"<runId>{self.live[0]}</runId><endJobs>true</endJobs>",
            "ResumeRun": f"<runId>{self.live[0]}</runId>",
        }

    def state_of_all(self):
        """All that a call can change: files but logs, what the store has of each run, and whether a target was visited."""
        data = Path(self.lab.data)
        files = {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in data.rglob("*")
                 if file.is_file() and file.suffix != ".log" and not file.name.startswith("soapstone.db")}
        store = sqlite3.connect(f"file:{data}/soapstone.db?mode=ro", uri=True)
        with store:
            rows = store.execute("SELECT id, ended, (SELECT count(*) FROM event WHERE run = id) FROM run").fetchall()
        store.close()
        return files, rows, self.doorbell.rung

    def identities(self):
        """Name, token, and file of a certificate of everybody who has no role."""
        revoked = self.lab.soapstone("token", "new", "--role", "admin", "--name", "revoked")
        self.ended(self.lab.soapstone("token", "revoke", re.search("token ([0-9a-f]{8})", revoked.err)[1]), OK)
        expired = self.lab.soapstone("token", "new", "--role", "admin", "--name", "expired").out.strip()
        file = Path(self.lab.data) / "serve" / "tokens.json"
        content = json.loads(file.read_text())
        content["tokens"][-1]["expires"] = 1
        file.write_text(json.dumps(content))
        wrong = self.tokens["admin"][:-1] + ("A" if self.tokens["admin"][-1] != "A" else "B")
        return {"none": "", "wrong": wrong, "expired": expired, "revoked": revoked.out.strip()}

    def agents(self):
        """Files with the identities of the agents of the two runs."""
        files = []
        for host in ("host1", "host2"):
            files.append(self.components / f"{host}.pem")
            with entered(self.netns):
                take_identity(self.lab.inside.host(host), self.address[host], AGENT_PORT, files[-1])
        return files

    def at(self, port, operation, body, token="", agent=None):
        """Status and answer; 0 when the other side ends the connection, as it does with certificates it does not know."""
        try:
            return post(self.ports[port], operation, body, token, host="127.0.0.1", certificate=agent)
        except (ssl.SSLError, ConnectionError, http.client.HTTPException) as error:
            return 0, str(error)

    def test_each_operation_is_in_the_table(self):
        self.assertEqual(sorted(self.contract.operations), sorted(RIGHTS))

    def test_each_operation_is_for_its_callers_only_and_others_change_nothing(self):
        without_role, agents = self.identities(), self.agents()
        bodies = self.changing()
        before = self.state_of_all()
        self.assertTrue(set(bodies) <= set(RIGHTS))
        checked = 0
        with entered(self.netns):
            for operation in self.contract.operations:
                body = bodies.get(operation, self.contract.smallest(operation))
                for name, token in [*without_role.items(), ("local", self.runtime["token"])]:
                    self.assertEqual(self.at("api", operation, body, token)[0], 401, (operation, name))
                for agent in agents:
                    self.assertEqual(self.at("api", operation, body, "", agent)[0], 401, (operation, agent))
                for name, token in [*without_role.items(), *self.tokens.items()]:
                    self.assertEqual(self.at("local", operation, body, token)[0], 401, (operation, name))
                    self.assertEqual(self.at("callback", operation, body, token)[0], 0, (operation, name))
                for agent in agents:
                    self.assertEqual(self.at("local", operation, body, "", agent)[0], 401, (operation, agent))
                    for token in ("", self.tokens["admin"], self.runtime["token"]):
                        self.assertEqual(self.at("callback", operation, body, token, agent)[0], 404, (operation, agent))
                for role in ROLES:
                    self.check_role(operation, role, body)
                status, text = self.at("local", operation, self.contract.smallest(operation), self.runtime["token"])
                self.assertTrue(status == 200 or status == 500 and "code>denied<" not in text, (operation, text))
                checked += 1
        self.assertEqual(checked, len(RIGHTS))
        self.assertEqual(self.state_of_all(), before)
        self.everything_would_have_changed_something(bodies)

    def check_role(self, operation, role, body):
        """Whoever may call gets the smallest request through, which changes nothing; others not even one that would."""
        may = ROLES.index(role) >= ROLES.index(RIGHTS[operation])
        status, text = self.at("api", operation, self.contract.smallest(operation) if may else body, self.tokens[role])
        if may:
            self.assertTrue(status == 200 or status == 500 and "code>denied<" not in text, (operation, role, text))
        else:
            self.assertEqual((status, values_of("code", text)), (500, ["denied"]), (operation, role, text))
            self.assertIn(f"the role {role} may not call {operation}", text)

    def everything_would_have_changed_something(self, bodies):
        for operation, body in bodies.items():
            before = self.state_of_all()
            status, text = self.call(operation, body, token=self.tokens["admin"])
            if operation == "ResumeRun":  # of a run that goes on there is nothing to resume
                continue
            self.assertEqual(status, 200, (operation, text))
            until(lambda before=before: self.state_of_all() != before, 10, f"a change by {operation}")

    def test_an_agent_reports_of_its_own_target_only(self):
        """The proof that those identities are real, too."""
        notify = ('<runId>{}</runId><targetId>0</targetId><boot>x</boot>')
        agents = self.agents()
        with entered(self.netns):
            for agent, run in zip(agents, self.live):
                for other in self.live:
                    status, text = self.callback(notify.format(other), agent)
                    self.assertEqual((status, "code>denied<" in text), (200, False) if other == run else (500, True), text)
            for run in self.live:
                self.assertEqual(self.callback(notify.format(run), None)[0], 0)

    def callback(self, body, agent):
        try:
            return post(self.ports["callback"], "Notify", body, host="127.0.0.1", certificate=agent, path="/callback",
                        namespace="urn:soapstone:callback:1")
        except (ssl.SSLError, ConnectionError, http.client.HTTPException) as error:
            return 0, str(error)

    def test_what_is_no_operation_is_refused_by_its_name(self):
        for name in ("NoSuchThing", "deploy", "Deploy2", "GetRunsResponse"):
            status, text = self.call(name, token=self.tokens["admin"])
            self.assertEqual((status, f"there is no operation {name}" in text), (500, True), text)


if __name__ == "__main__":
    unittest.main()

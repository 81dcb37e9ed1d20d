#!/usr/bin/env python3
"""The promise of the namespace: messages that were good once are taken and answered as they were.

tests/interop/golden holds calls in their order, each with its answer; what differs from run to run is masked. A file there
is changed only together with the namespace. SOAPSTONE_GOLDEN=write writes those that are missing.
"""

import os
import re
import sys
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from api_support import NAMESPACE, TYPES, ApiCase, values_of  # noqa: E402
from support import until  # noqa: E402

GOLDEN = Path(__file__).resolve().parent / "golden"
WSDL = Path(__file__).resolve().parents[2] / "wsdl" / "manager.wsdl"

T = f'xmlns:t="{TYPES}"'
TARGETS = (f'<targets {T}><t:name>alpha</t:name><t:address>10.0.0.7</t:address><t:port>2222</t:port><t:user>admin</t:user>'
           '<t:become>sudo</t:become><t:connection>ssh</t:connection><t:groups>web</t:groups><t:groups>db</t:groups></targets>'
           f'<targets {T}><t:name>b\u00e9ta</t:name><t:jump>gate</t:jump></targets>')

# The story that the calls tell: operation and body. RUN is the run that Deploy began, ERRAND the latest errand.
STORY = [
    ("GetVersion", ""), ("GetHealth", ""), ("GetManagerStatus", ""),
    ("PutTargets", TARGETS), ("GetTargets", "<mostTargets>1</mostTargets>"),
    ("GetTargets", "<group>web</group><afterTarget>a</afterTarget><mostTargets>9</mostTargets>"), ("GetGroups", ""),
    ("RemoveTargets", "<targetNames>alpha</targetNames><targetNames>nobody</targetNames>"),
    ("PutCredential", "<credentialName>site</credentialName><password>p</password><sudoPassword>s</sudoPassword>"
                      "<bmcPassword>b</bmcPassword>"),
    ("GetCredentials", ""), ("RemoveCredential", "<credentialName>site</credentialName>"),
    ("AddComponent", "<componentName>tool</componentName><path>COMPONENT</path>"), ("GetKeptComponents", ""),
    ("Deploy", "<key>golden</key><targets>host1</targets><components>tool</components>LOGIN"),
    ("Deploy", "<key>golden</key><targets>host2</targets><components>tool</components>LOGIN"),
    ("GetRun", "<runId>RUN</runId>"), ("GetRuns", "<mostRuns>10</mostRuns>"),
    ("GetRuns", "<mostRuns>10</mostRuns><olderThan>RUN</olderThan>"),
    ("GetRunEvents", "<runId>RUN</runId><since>0</since><waitSeconds>1</waitSeconds><most>1</most>"),
    ("GetEvents", "<since>0</since><waitSeconds>1</waitSeconds><most>1</most>"),
    ("GetEvents", "<since>-1</since><waitSeconds>0</waitSeconds><most>1</most>"),
    ("GetResults", "<runId>RUN</runId><mostTargets>5</mostTargets>"),
    ("GetResults", "<runId>RUN</runId><afterTarget>host1</afterTarget><mostTargets>5</mostTargets>"),
    ("GetLogs", "<runId>RUN</runId><targetName>host1</targetName>"),
    ("ReadLog", "<runId>RUN</runId><targetName>host1</targetName><logName>LOG</logName><offset>0</offset>"
                "<mostBytes>8</mostBytes>"),
    ("GetReport", "<runId>RUN</runId>"), ("GetInventory", "<runId>RUN</runId><targetName>host1</targetName>"),
    ("TakeInventory", "<key>golden-look</key><targets>nowhere.invalid</targets>LOGIN"),
    ("CancelRun", "<runId>RUN</runId><endJobs>false</endJobs>"), ("PauseRun", "<runId>RUN</runId>"),
    ("ContinueRun", "<runId>RUN</runId>"), ("ResumeRun", "<runId>RUN</runId><password>p</password>"),
    ("RemoveComponent", "<componentName>tool</componentName>"),
    ("CheckTargets", "<key>golden-check</key><targets>nowhere.invalid</targets>LOGIN"),
    ("GetErrand", "<errandId>ERRAND</errandId><since>0</since><waitSeconds>60</waitSeconds><most>100</most>"),
    ("CleanUpTargets", "<key>golden-clean</key><targets>host1</targets>LOGIN"),
    ("GetErrand", "<errandId>ERRAND</errandId><since>0</since><waitSeconds>60</waitSeconds><most>100</most>"),
    ("VisitBmcs", "<action>inventory</action><key>golden-bmc</key><targets>bmc://admin@[::1]:9</targets>"),
    ("GetErrand", "<errandId>ERRAND</errandId><since>0</since><waitSeconds>60</waitSeconds><most>100</most>"),
    ("CancelErrand", "<errandId>ERRAND</errandId>"),
    ("GetAgents", "<mostAgents>9</mostAgents>"),
]

MASKS = [(re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "TIME"), (re.compile(r"\b[0-9a-f]{64}\b"), "SHA256"),
         (re.compile(r"\b[0-9a-f]{32}\b"), "ID"), (re.compile(r"\b[0-9a-f]{6,8}\b"), "ID"),
         (re.compile(r"(?<=<t:address>)[0-9a-f:.]*(?=</t:address><t:port>\d+</t:port><t:wanted>)"), "ADDRESS"),
         (re.compile(r"(<\w+:(?:version|pid|freeBytes|port|wanted|size|nextOffset|position|lastPosition|bytes|report|document|"
                     r"machineId|os)>)[^<]*<"), r"\1VARIES<"),
         (re.compile(r"/\S*?soapstone-system-[^/<\s]*"), "DATA"), (re.compile(r"[\w-]*tool-[\w-]+\.log"), "LOG"),
         (re.compile(r"after \d+ ms"), "after some ms")]


def masked(text):
    """What is in the body of an answer."""
    text = re.search(r"<SOAP-ENV:Body>(.*)</SOAP-ENV:Body>", text, re.S)[1].strip()
    for pattern, word in MASKS:
        text = pattern.sub(word, text)
    # Which operations there are may grow; that the old ones are there is looked at below.
    text = re.sub(r"<(t:url|t:hasPrivateKey)>[^<]*</\1>", "", text)  # what came later, and is ignored by old clients
    text = re.sub(r"(<mgr:operations>\w+</mgr:operations>)+", "OPERATIONS", text)
    return re.sub(r">\s*<", ">\n<", text)


class ApiGoldenTest(ApiCase):
    hosts = 1

    def test_old_messages_are_answered_as_they_were(self):
        component = self.script("golden", "echo run >>/root/count\necho golden")
        run = log = errand = ""
        for number, (operation, body) in enumerate(STORY, 1):
            filled = body.replace("LOGIN", self.login()).replace("COMPONENT", str(component)) \
                .replace("RUN", run).replace("LOG", log).replace("ERRAND", errand)
            status, text = self.call(operation, filled, token=self.tokens["admin"])
            if operation == "Deploy" and not run:
                run = values_of("runId", text)[0]
                until(lambda: self.state(run) == "finished", 60, "the end of the run")
            errand = (values_of("errandId", text) or [errand])[0]
            if operation == "GetLogs":
                log = next(name for name in values_of("name", text) if "tool-" in name)
            with self.subTest(operation=operation, number=number):
                self.compare(GOLDEN / f"{number:02}-{operation}.txt", body, f"{status}\n{masked(text)}\n")

    def compare(self, file, body, answer):
        told = f"{body}\n--\n{answer}"
        if os.environ.get("SOAPSTONE_GOLDEN") == "write" and not file.exists():
            file.parent.mkdir(exist_ok=True)
            file.write_text(told)
        self.assertEqual(told, file.read_text(), file)

    def test_each_operation_of_the_contract_has_a_golden_message(self):
        root = ElementTree.parse(WSDL).getroot()
        port = root.find("{http://schemas.xmlsoap.org/wsdl/}portType")
        operations = {one.get("name") for one in port.iter("{http://schemas.xmlsoap.org/wsdl/}operation")}
        told = {file.stem.split("-")[1] for file in GOLDEN.glob("*.txt")}
        self.assertEqual(operations, told)
        served = self.asked("GetVersion", "", "viewer")
        self.assertEqual(set(values_of("operations", served)), operations)
        self.assertEqual(root.get("targetNamespace"), NAMESPACE)


if __name__ == "__main__":
    unittest.main()

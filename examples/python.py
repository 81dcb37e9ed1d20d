#!/usr/bin/python3
"""Deploys through the API of `soapstone serve` with python3-zeep.

usage: python.py https://HOST:60000 CERTIFICATE TOKEN_FILE ADDRESS USER COMPONENT CREDENTIAL
CERTIFICATE: the manager's serve/certificate.pem; COMPONENT and CREDENTIAL: names of what the manager keeps.
"""

import sys
import uuid
from pathlib import Path

import requests
import zeep
from zeep.exceptions import Fault
from zeep.transports import Transport


def connect(url, certificate, token_file):
    session = requests.Session()
    session.trust_env = False  # REQUESTS_CA_BUNDLE would go before the next line
    session.verify = certificate
    session.headers["Authorization"] = "Bearer " + Path(token_file).read_text().strip()
    return zeep.Client(f"{url}/manager?wsdl", transport=Transport(session=session, operation_timeout=90))


def follow(service, run):
    since, state = 0, "running"
    while state == "running":
        news = service.GetRunEvents(runId=run, since=since, waitSeconds=20, most=100)
        for event in (event for event in news.events if event.output or event.outcome):
            print(event.target, event.outcome or event.output.strip())
        since, state = news.lastSeq, news.state if not news.events else "running"


def main():
    *manager, address, user, component, credential = sys.argv[1:]
    client = connect(*manager)
    service = client.service
    target = {"name": "b\u00fccher", "address": address, "user": user, "become": "sudo", "groups": ["examples"]}
    print("known", service.PutTargets(targets=[target]))
    order = {"targets": ["@examples"], "credential": credential}
    run = service.TakeInventory(key=str(uuid.uuid4()), **order)
    follow(service, run)
    print("inventory", len(service.GetInventory(runId=run, targetName=target["name"])) > 100)
    run = service.Deploy(key=str(uuid.uuid4()), components=[component], **order)
    follow(service, run)
    print("started", service.GetRun(runId=run).startedAt.strftime("%Y-%m-%dT%H:%MZ"))
    log = next(log for log in service.GetLogs(runId=run, targetName=target["name"]) if component in log.name)
    start = service.ReadLog(runId=run, targetName=target["name"], logName=log.name, offset=0, mostBytes=80).bytes
    print("log", log.size, start.decode().split("\n")[0])
    print("others", len(service.GetTargets(group="nobody", mostTargets=10).knownTargets))
    try:
        service.GetLogs(runId=run, targetName="nobody")
    except Fault as fault:
        info = client.get_element("{urn:soapstone:types:1}ErrorDetail").parse(fault.detail[0], client.wsdl.types)
        print("fault", info.code, info.target, info.retryable)


main()

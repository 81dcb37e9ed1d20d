#!/usr/bin/python3
"""Deploys a package through the API of `soapstone serve` and follows it: python3-zeep.

usage: SOAPSTONE_TOKEN=... deploy.py https://HOST:60000 CERTIFICATE TARGET COMPONENT [NAME=VALUE...]
CERTIFICATE is the manager's serve/certificate.pem; COMPONENT a file on the manager's machine.
"""

import os
import sys
import uuid

import requests
import zeep
from zeep.exceptions import Fault
from zeep.transports import Transport


def connect(url, certificate):
    session = requests.Session()
    session.trust_env = False  # REQUESTS_CA_BUNDLE would go before the next line
    session.verify = certificate
    session.headers["Authorization"] = "Bearer " + os.environ["SOAPSTONE_TOKEN"]
    return zeep.Client(f"{url}/manager?wsdl", transport=Transport(session=session, operation_timeout=90))


def typed(client, fault):
    """The code and the text of a fault."""
    info = client.get_element("{urn:soapstone:types:1}ErrorDetail").parse(fault.detail[0], client.wsdl.types)
    return info.code, info.message


def main():
    url, certificate, target, component, *options = sys.argv[1:]
    client = connect(url, certificate)
    options = [dict(zip(("name", "value"), option.split("=", 1))) for option in options]
    try:
        run = client.service.Deploy(key=str(uuid.uuid4()), targets=[target], components=[component], options=options)
    except Fault as fault:
        print("refused:", *typed(client, fault))
        return 1
    since, state = 0, "running"
    while state == "running":
        news = client.service.GetRunEvents(runId=run, since=since, waitSeconds=20, most=100)
        for event in news.events:
            print(event.time, event.target, event.outcome or event.phase or "", event.output or event.text or "")
        since, state = news.lastSeq, news.state if not news.events else "running"
    for one in client.service.GetRun(runId=run).targets:
        print(one.name, one.outcome)
        for log in client.service.GetLogs(runId=run, targetName=one.name):
            start = client.service.ReadLog(runId=run, targetName=one.name, logName=log.name, offset=0, mostBytes=80)
            print(log.name, log.size, start.bytes)
    return 0


if __name__ == "__main__":
    sys.exit(main())

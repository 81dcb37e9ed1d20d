#!/usr/bin/python3
"""A client of a manager's local control that knows no more than the contract: one SOAP call, or follow events.

usage: manager_client.py DATA call OPERATION BODY        prints the status and the answer
       manager_client.py DATA follow RUN                 prints the number of each event, until the run is finished
       manager_client.py DATA anonymous                  a call without the token
"""

import http.client
import json
import re
import ssl
import sys
import time
from pathlib import Path

NAMESPACE = "urn:soapstone:manager:1"


def runtime(data):
    """Port and token of the manager that serves the folder."""
    for file in (Path(data) / "managers").glob("*.json"):
        content = json.loads(file.read_text())
        if content["run"] == "":
            return content
    raise OSError("nobody serves")


def post(port, token, operation, body):
    context = ssl._create_unverified_context()
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=90)
    envelope = ('<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
                f'<{operation} xmlns="{NAMESPACE}">{body}</{operation}></s:Body></s:Envelope>')
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{NAMESPACE}/{operation}"'}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    connection.request("POST", "/manager", envelope.encode(), headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def call(data, operation, body):
    there = runtime(data)
    return post(there["port"], there["token"], operation, body)


def follow(data, run):
    since = 0
    while True:
        try:
            status, text = call(data, "GetRunEvents", f"<runId>{run}</runId><since>{since}</since>"
                                "<waitSeconds>5</waitSeconds><most>50</most>")
        except (OSError, http.client.HTTPException, ValueError):
            time.sleep(0.1)  # it was killed, and comes again
            continue
        if status != 200:
            raise SystemExit(text)
        for seq in re.findall(r"seq>(\d+)<", text):
            print(seq, flush=True)
        since = int(re.search(r"lastSeq>(\d+)<", text)[1])
        if "state>finished<" in text and not re.search(r"seq>\d+<", text):
            return


def main():
    data, what, *rest = sys.argv[1:]
    if what == "follow":
        follow(data, *rest)
    elif what == "anonymous":
        print(post(runtime(data)["port"], "", "GetManagerStatus", "")[0])
    else:
        print(*call(data, *rest), sep="\n")


main()

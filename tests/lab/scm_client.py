#!/usr/bin/python3
"""A client of a service manager and of ADMIN$ that knows nothing of Samba: impacket, as Debian has it.

usage: scm_client.py HOST USER PASSWORD-FILE
Each line of input is a JSON list: create NAME PATH | start NAME ARGUMENT... | state|stop|delete NAME |
put FILE PATH-IN-ADMIN$ | remove PATH-IN-ADMIN$ | signing. Each is done in a session of its own and answered by a line
of JSON: the state of the service as a number, or whether the server demands that sessions are signed, where that
is asked, else null; or {"error": N} when Windows says no.
"""

import json
import sys
from pathlib import Path

from impacket.dcerpc.v5 import scmr, transport
from impacket.dcerpc.v5.rpcrt import DCERPCException
from impacket.smbconnection import SessionError, SMBConnection

OWN_PROCESS, ON_DEMAND, IGNORE_ERRORS, STOP = 0x10, 3, 0, 1


class Scm:
    def __init__(self, session):
        pipe = transport.SMBTransport(session.getRemoteName(), 445, r"\svcctl", smb_connection=session)
        self.rpc = pipe.get_dce_rpc()
        self.rpc.connect()
        self.rpc.bind(scmr.MSRPC_UUID_SCMR)
        self.manager = scmr.hROpenSCManagerW(self.rpc)["lpScHandle"]

    def on_service(self, name, act, *words):
        """What `act` answers; the service's handle is closed, since one that is open keeps a deleted service alive."""
        service = scmr.hROpenServiceW(self.rpc, self.manager, f"{name}\0")["lpServiceHandle"]
        try:
            return act(self.rpc, service, *words)
        finally:
            scmr.hRCloseServiceHandle(self.rpc, service)

    def create(self, name, path):
        made = scmr.hRCreateServiceW(self.rpc, self.manager, f"{name}\0", f"{name} of the test\0",
                                     dwServiceType=OWN_PROCESS, dwStartType=ON_DEMAND, dwErrorControl=IGNORE_ERRORS,
                                     lpBinaryPathName=f"{path}\0")
        scmr.hRCloseServiceHandle(self.rpc, made["lpServiceHandle"])

    def start(self, name, *words):
        self.on_service(name, scmr.hRStartServiceW, len(words), [f"{word}\0" for word in words])

    def state(self, name):
        return self.on_service(name, scmr.hRQueryServiceStatus)["lpServiceStatus"]["dwCurrentState"]

    def stop(self, name):
        self.on_service(name, scmr.hRControlService, STOP)

    def delete(self, name):
        self.on_service(name, scmr.hRDeleteService)


def put(session, file, path):
    with open(file, "rb") as source:
        session.putFile("ADMIN$", path, source.read)


def remove(session, path):
    session.deleteFile("ADMIN$", path)


def answer(host, user, password, verb, *words):
    session = SMBConnection(host, host)
    try:
        if verb == "signing":
            return session.isSigningRequired()
        session.login(user, password)
        if verb in ("put", "remove"):
            return {"put": put, "remove": remove}[verb](session, *words)
        return getattr(Scm(session), verb)(*words)
    except DCERPCException as refused:
        return {"error": refused.get_error_code()}
    except SessionError as refused:
        return {"error": refused.getErrorCode()}
    finally:
        session.close()


def main(host, user, password_file):
    password = Path(password_file).read_text()
    for line in sys.stdin:
        print(json.dumps(answer(host, user, password, *json.loads(line))), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

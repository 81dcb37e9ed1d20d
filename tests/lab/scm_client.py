#!/usr/bin/python3
"""A client of a service manager and of ADMIN$ that knows nothing of Samba: impacket, as Debian has it.

usage: scm_client.py HOST USER PASSWORD-FILE create NAME PATH | start NAME ARGUMENT... | state|stop|delete NAME |
                                             put|remove FILE PATH-IN-ADMIN$
Prints the state of the service as a number where one is asked for; "error N" and exit status 1 when Windows says no.
"""

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

    def service(self, name):
        return scmr.hROpenServiceW(self.rpc, self.manager, f"{name}\0")["lpServiceHandle"]

    def create(self, name, path):
        scmr.hRCreateServiceW(self.rpc, self.manager, f"{name}\0", f"{name} of the test\0", dwServiceType=OWN_PROCESS,
                              dwStartType=ON_DEMAND, dwErrorControl=IGNORE_ERRORS, lpBinaryPathName=f"{path}\0")

    def start(self, name, *words):
        scmr.hRStartServiceW(self.rpc, self.service(name), len(words), [f"{word}\0" for word in words])

    def state(self, name):
        print(scmr.hRQueryServiceStatus(self.rpc, self.service(name))["lpServiceStatus"]["dwCurrentState"])

    def stop(self, name):
        scmr.hRControlService(self.rpc, self.service(name), STOP)

    def delete(self, name):
        scmr.hRDeleteService(self.rpc, self.service(name))


def main(host, user, password_file, verb, *words):
    session = SMBConnection(host, host)
    session.login(user, Path(password_file).read_text())
    if verb == "put":
        with open(words[0], "rb") as file:
            session.putFile("ADMIN$", words[1], file.read)
    elif verb == "remove":
        session.deleteFile("ADMIN$", words[0])
    else:
        getattr(Scm(session), verb)(*words)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except DCERPCException as refused:
        sys.exit(f"error {refused.get_error_code()}")
    except SessionError as refused:
        sys.exit(f"error {refused.getErrorCode():#x}")

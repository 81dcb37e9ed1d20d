"""A Kerberos realm for the Windows-like hosts of a lab: its KDC runs on the workstation."""

import secrets
import shutil
import subprocess
import time

from . import hosts, network, procs, windows
from .run import LabError, run

NAME = "LAB.TEST"
KERBEROS = 88
LIMIT = 20  # seconds for the KDC to listen
CLIENT = f"""[libdefaults]
    default_realm = {NAME}
    dns_lookup_kdc = false
    dns_lookup_realm = false
    dns_canonicalize_hostname = false
    rdns = false
[realms]
    {NAME} = {{
        kdc = workstation
    }}
[domain_realm]
    .lab.test = {NAME}
"""
# Without a PAC: a standalone smbd takes none.
KDC = """[kdcdefaults]
    kdc_tcp_listen = 88
[realms]
    {name} = {{
        database_name = {folder}/principal
        key_stash_file = {folder}/stash
        acl_file = {folder}/acl
        disable_pac = true
    }}
"""
SMB = f"""realm = {NAME}
kerberos method = dedicated keytab
dedicated keytab file = /etc/krb5.keytab
"""


def make(lab):
    """Makes the realm, or what is missing of it, for all users and hosts there are. Returns the krb5.conf to use."""
    folder = lab.dir / "realm"
    client = folder / "krb5.conf"
    if not (folder / "made").exists():
        create(lab, folder, client)
    if procs.read(folder / "pid") is None:
        start(lab, folder)
    for host in lab.hosts():
        if host.kind().system == "windows" and not (host.files() / "etc/krb5.keytab").exists():
            join(folder, host)
    return client


def create(lab, folder, client):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    client.write_text(CLIENT)
    (folder / "kdc.conf").write_text(KDC.format(name=NAME, folder=folder))
    inside(folder, "kdb5_util", "create", "-s", "-r", NAME, given=2 * f"{secrets.token_hex(16)}\n")
    for user in lab.users():
        password = (lab.passwords / user).read_text().replace('"', '""')  # as kadmin quotes
        admin(folder, f'addprinc -pw "{password}" {user}')
    (folder / "made").touch()


def join(folder, host):
    """Gives the host its key, and its smbd the word to take tickets."""
    file = folder / f"{host.name}.keytab"
    file.unlink(missing_ok=True)
    admin(folder, f"addprinc -randkey cifs/{host.name}", f"ktadd -k {file} cifs/{host.name}")
    target = host.files() / "etc/krb5.keytab"
    target.touch(mode=0o600)
    target.write_bytes(file.read_bytes())
    (host.files() / windows.REALM).write_text(SMB)
    windows.restart(host)


def start(lab, folder):
    words = ["nsenter", f"--net={network.NAMES / lab.netns}", *environment(folder), "krb5kdc", "-n"]
    with open(folder / "log", "ab") as log:
        child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                 cwd="/")
    (folder / "pid").write_text(str(procs.of(child.pid)))
    deadline = time.monotonic() + LIMIT
    while hosts.listener(child.pid, KERBEROS) is None:
        if child.poll() is not None or time.monotonic() > deadline:
            raise LabError(f"the KDC does not listen; {folder / 'log'} has its words")
        time.sleep(0.02)


def admin(folder, *lines):
    """Commands of kadmin, not as arguments because passwords are among them."""
    said = inside(folder, "kadmin.local", "-r", NAME, given="".join(f"{line}\n" for line in lines))
    if "while" in said:  # its way to tell errors; the exit status does not
        raise LabError(f"kadmin.local: {said.strip().splitlines()[-1]}")


def inside(folder, *command, given=None):
    return run(*environment(folder), *command, given=given)


def environment(folder):
    """Words before a command so that it knows this realm only."""
    return ["env", f"KRB5_CONFIG={folder}/krb5.conf", f"KRB5_KDC_PROFILE={folder}/kdc.conf"]

"""The command line: reads words, calls the modules, prints what they return."""

import argparse
import json
import os
import sys
import time

from . import base, bmcs, cli_faults, cli_hosts, enter, info, lifecycle, realm, roots
from .run import LabError
from .state import Lab, alone, every_lab


def main(words):
    """Returns the exit status: 0 done, 1 refused or failed, 2 wrong words."""
    words, command = split(words)
    options = parser().parse_args(words)
    options.command = command
    try:
        if os.geteuid() != 0:
            raise LabError("must run as root, because namespaces and mounts do; try 'sudo'")
        status = options.run(Lab(options.name), options) or 0
        sys.stdout.flush()
        return status
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stdout = None  # whoever read has read enough
        return 0
    except KeyboardInterrupt:
        print("lab: interrupted; 'lab down' clears what is half made", file=sys.stderr)
        return 130


def split(words):
    """Everything after the first '--' belongs to the command that runs elsewhere."""
    if "--" not in words:
        return words, []
    at = words.index("--")
    return words[:at], words[at + 1:]


def parser():
    top = argparse.ArgumentParser(prog="lab", description="Real hosts on one machine. See docs/testing.md.")
    top.add_argument("--name", default=os.environ.get("SOAPSTONE_LAB", "lab"),
                     help="which lab (default: $SOAPSTONE_LAB, else 'lab')")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for add in (add_whole_lab, cli_hosts.add, cli_faults.add):
        add(commands)
    return top


def add_whole_lab(commands):
    command = commands.add_parser("up", help="bring the lab to exactly N running hosts")
    command.add_argument("count", type=int, metavar="N")
    command.add_argument("--sshd", action="append", default=[], metavar="HOST:LINE",
                         help="put LINE before the sshd_config of HOST ('all' for every host); repeatable")
    command.add_argument("--hostkey", action="append", default=[], metavar="HOST:KINDS",
                         help="host keys of exactly these kinds, such as host2:rsa or all:ed25519,rsa; repeatable")
    command.add_argument("--smb", action="append", default=[], metavar="HOST:LINE",
                         help="put LINE after the smb.conf of HOST, a Windows-like one; repeatable")
    command.add_argument("--root", metavar="KIND", help=f"what the new hosts are: {', '.join(roots.KINDS)}")
    command.add_argument("--bmcs", metavar="KIND[:COUNT],...", help="BMCs bmc1, bmc2, ... at port 443 (none: '')")
    command.add_argument("--bmc-knob", action="append", default=[], metavar="NAME[=VALUE]", help="of all BMCs; repeatable")
    command.set_defaults(run=up)
    command = commands.add_parser("down", help="end the lab; fails if anything of it is left")
    command.set_defaults(run=down)
    command = commands.add_parser("info", help="names, addresses, users, keys")
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=show_info)
    command = commands.add_parser("realm", help="a Kerberos realm for the Windows-like hosts; prints its krb5.conf")
    command.set_defaults(run=make_realm)
    command = commands.add_parser("list", help="all labs on this machine")
    command.set_defaults(run=show_list)
    command = commands.add_parser("base", help="build the base root if it is missing")
    command.add_argument("--fresh", action="store_true", help="build it even when it is there")
    command.add_argument("--root", metavar="KIND", default=roots.USUAL, help=f"one of {', '.join(roots.KINDS)}")
    command.set_defaults(run=build_base)
    command = commands.add_parser("exec", help="run a command in a host or on the workstation: lab exec host1 -- id")
    command.add_argument("place", metavar="HOST|workstation")
    command.add_argument("--user", default="root")
    command.set_defaults(run=execute)


def up(lab, options):
    begin = time.monotonic()
    kinds = None if options.bmcs is None else bmcs.kinds_of(options.bmcs)
    started, removed = lifecycle.up(lab, options.count, options.root, kinds, options.bmc_knob)
    cli_hosts.vary(lab, options.sshd, options.hostkey, options.smb)
    took = time.monotonic() - begin
    print(f"lab '{lab.name}': {options.count} hosts up ({started} started, {removed} removed) in {took:.1f} s")


def down(lab, _):
    begin = time.monotonic()
    was = lifecycle.down(lab)
    print(f"lab '{lab.name}': {'down' if was else 'was not up'} in {time.monotonic() - begin:.1f} s, nothing left")


def show_info(lab, options):
    lab.must_exist()
    facts = info.describe(lab)
    if options.json:
        print(json.dumps(facts, indent=2))
        return
    print(f"lab {facts['lab']}  state {facts['state']}  workstation {lab.netns} {lab.ipv4} {lab.ipv6}")
    for host in facts["hosts"]:
        state = f"up, pid {host['pid']}" if host["up"] else "off"
        print(f"{host['name']:10} {host['ipv4']:14} {host['ipv6']:26} {state}, cable {host['cable']}")
    for one in facts["bmcs"]:
        print(f"{one['name']:10} {one['address']:14} {one['personality']:26} user {one['user']}, pin {one['pin']}")
    print(f"keys       {facts['keys']['ed25519']} {facts['keys']['rsa']}\nknown      {facts['known_hosts']}")
    for user in facts["users"]:
        print(f"{user['name']:10} sudo: {user['sudo']:9} password: {user['password_file'] or 'none, key only'}")


def make_realm(lab, _):
    lab.must_exist()
    with alone(lab):
        print(realm.make(lab))


def show_list(_, __):
    for lab in every_lab():
        hosts = lab.hosts()
        running = sum(host.init() is not None for host in hosts)
        print(f"{lab.name:20} {len(hosts)} hosts, {running} running")


def build_base(_, options):
    print(base.ensure(base.kind_of(options.root), options.fresh))


def execute(lab, options):
    enter.in_place(lab, options.place, options.user, options.command)

"""Commands that break something, and those that mend it."""

from . import disks, kill, links, ports, state, weather
from .cli_hosts import on_host


def add(commands):
    add_links(commands)
    add_disks(commands)
    add_processes(commands)
    add_ports(commands)


def add_links(commands):
    on_host(commands, "cut", lambda host, _: links.cut(host), "pull the host's cable; lasts over a reboot")
    on_host(commands, "heal", lambda host, _: links.heal(host), "plug the cable in, take all blocks away")
    command = on_host(commands, "block", block, "a firewall: drop what goes to or comes from the host")
    command.add_argument("--direction", required=True, choices=("to-host", "from-host"))
    command.add_argument("--port", type=int, help="only for this port of the receiver (default: everything)")
    command.add_argument("--protocol", choices=("tcp", "udp"), default="tcp")
    command.add_argument("--reject", action="store_true", help="refuse aloud instead of dropping silently")
    command = on_host(commands, "only", lambda host, options: links.only(host, options.port),
                      "a firewall: drop all TCP and UDP but what goes to this port of the host, and its answers")
    command.add_argument("port", type=int, metavar="PORT")
    command = on_host(commands, "weather", bad_weather, "a bad line, each way; without options a good one again")
    for option, unit in (("loss", "% of the frames"), ("delay", "ms"), ("dup", "% of the frames"),
                         ("reorder", "% of the frames"), ("seed", "of the chances")):
        command.add_argument(f"--{option}", type=int, default=0, metavar="N", help=f"{unit} (default 0)")
    on_host(commands, "unblock", lambda host, _: links.unblock(host), "take all blocks of the host away")


def add_disks(commands):
    command = on_host(commands, "tmp", lambda host, options: disks.change(host, options.mode, options.paths),
                      "make folders noexec, full, readonly or normal again")
    command.add_argument("mode", choices=("noexec", "full", "readonly", "normal"))
    command.add_argument("paths", nargs="*", metavar="PATH", help=f"default: {' '.join(disks.USUAL)}")
    command = on_host(commands, "fill", fill, "lay a full file system over a folder; 'tmp HOST normal PATH' heals")
    command.add_argument("path", metavar="PATH")
    command.add_argument("--free", type=int, metavar="BYTES", help="leave so much, in steps of 4096 (default 0)")
    command.add_argument("--inodes", type=int, metavar="N", help="room for N more files (with 64 MiB free)")


def add_processes(commands):
    command = on_host(commands, "kill", kill_some, "kill a process of the host by its number there, or by a pattern")
    command.add_argument("what", metavar="PATTERN|PID", help="a regular expression on the command line, or a number")
    command.add_argument("--signal", default="KILL", help="KILL, TERM, STOP, CONT, ... (default: %(default)s)")


def add_ports(commands):
    command = commands.add_parser("occupy", help="hold a TCP port until 'release'")
    command.add_argument("place", metavar="HOST|workstation")
    command.add_argument("port", type=int, metavar="PORT")
    command.add_argument("--as", dest="user", default="root", metavar="USER", help="who holds it (default: root)")
    command.add_argument("--outgoing", action="store_true", help="as the near end of a connection, not a listener")
    command.add_argument("--address", help="default: all addresses; with --outgoing the place's IPv4 address")
    command.set_defaults(run=occupy)
    command = commands.add_parser("release", help="free a port, or all that were occupied there")
    command.add_argument("place", metavar="HOST|workstation")
    command.add_argument("port", type=int, nargs="?", metavar="PORT")
    command.set_defaults(run=release)


def block(host, options):
    links.block(host, options.direction, options.port, options.protocol, options.reject)


def bad_weather(host, options):
    with state.alone(host.lab):
        weather.change(host, options.loss, options.delay, options.dup, options.reorder, options.seed)


def fill(host, options):
    free = options.free if options.free is not None else 64 << 20 if options.inodes is not None else 0
    disks.fill(host, options.path, free, options.inodes)


def kill_some(host, options):
    for one in kill.kill(host, options.what, options.signal):
        print(f"{options.signal} {one['pid']} {one['cmdline']}")


def occupy(lab, options):
    lab.must_exist()
    ports.occupy(lab, options.place, options.port, options.user, options.outgoing, options.address)


def release(lab, options):
    lab.must_exist()
    freed = ports.release(lab, options.place, options.port)
    print(f"released {', '.join(map(str, freed)) or 'nothing'}")

"""Running a program in a host or on the workstation, in place of this one."""

import os

from .run import LabError

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def in_host(host, user, command):
    """Becomes `command` inside the host, as after a login of `user`. Does not return."""
    words = host_command(host, ["/usr/sbin/runuser", "-u", user, "--", *command] if user != "root" else command,
                         home="/root" if user == "root" else f"/home/{user}", user=user)
    become(words)


def host_command(host, command, home="/root", user="root"):
    """The words that run `command` in all of the host's namespaces."""
    pid = host.running().pid
    mine, theirs = (os.stat(f"/proc/{each}/ns/user").st_ino for each in ("self", pid))
    users = ["--user"] if mine != theirs else []  # entering the same one again is an error
    term = os.environ.get("TERM", "dumb")
    return ["nsenter", f"--target={pid}", "--mount", "--pid", "--uts", "--ipc", "--net", *users, "--root",
            "--wdns=/", "/usr/bin/env", "-i", f"PATH={PATH}", f"HOME={home}", f"USER={user}", f"LOGNAME={user}", f"TERM={term}",
            "LANG=C.UTF-8", *command]


def in_workstation(lab, user, command):
    """Becomes `command` on the workstation: this machine's files, the lab's network and names."""
    as_user = ["runuser", "-u", user, "--"] if user != "root" else []
    become(["ip", "netns", "exec", lab.netns, *as_user, *command])


def in_place(lab, place, user, command):
    if not command:
        raise LabError("exec: no command; write 'lab exec PLACE -- COMMAND ARGUMENTS...'")
    lab.must_exist()
    if place == "workstation":
        in_workstation(lab, user, command)
    in_host(lab.host(place), user, command)


def become(words):
    os.execvp(words[0], [str(word) for word in words])

"""A whole lab: up, down, and the proof that nothing is left."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import base, bmcs, hosts, layer, network, procs, roots, windows
from .run import LabError, run
from .state import MOST_HOSTS, Host, alone

AT_ONCE = 8  # starts in parallel; more only makes them wait for each other


def up(lab, count, kind=None, bmc_kinds=None, knobs=()):
    """Brings the lab to exactly `count` hosts, all of them running. Returns how many were started and removed.

    `kind`: of root, for the hosts that are new; without it they are as the lab's first. `bmc_kinds`: of the BMCs, which
    stay as they are when that is None; `knobs`: theirs.
    """
    if not 0 <= count <= MOST_HOSTS:
        raise LabError(f"{count} hosts: a lab takes 0 to {MOST_HOSTS}")
    refuse_inside(lab)
    root = base.ensure(base.kind_of(kind or roots.USUAL)) if kind or not lab.exists() else lab.base()
    with alone(lab):
        if not lab.exists():
            create(lab, root)
        add_layer(lab, root)
        procs.stop(hosts.stray_keepers(lab))
        surplus = [host for host in lab.hosts() if host.number > count]
        hosts.remove(surplus)
        wanted = [Host(lab, number) for number in range(1, count + 1)]
        missing = [host for host in wanted if host.init() is None]
        network.make(lab, wanted)
        in_parallel(lambda host: hosts.make(host, root), wanted)
        if bmc_kinds is not None:
            bmcs.up(lab, bmc_kinds, knobs)
        network.write_names(lab, bmcs.names(lab))
        write_known_hosts(lab)
        in_parallel(hosts.start, wanted)
    return len(missing), len(surplus)


def in_parallel(work, items):
    """Does `work` for all items, AT_ONCE at a time; the first error stops the rest from starting."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running = [pool.submit(work, item) for item in items]
        try:
            for each in running:
                each.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def refuse_inside(lab):
    """A mount made inside a workstation's namespace would be seen by nobody else."""
    here = os.stat("/proc/self/ns/net").st_ino
    for name in network.existing():
        if name.startswith("soapstone-") and here in network.inodes([name]):
            raise LabError(f"this runs inside '{name}'; 'lab up' and 'lab down' belong outside of any lab")


def create(lab, root):
    """Makes the lab's folder and tmpfs. Whatever a crash left is removed first."""
    clear(lab)
    lab.dir.chmod(0o755)
    lab.tree.mkdir()
    run("mount", "-t", "tmpfs", "-o", "mode=755", f"soapstone-lab-{lab.name}", lab.tree)
    lab.hosts_dir.mkdir()
    (lab.dir / "base").write_text(f"{root}\n")  # last: now it is a lab


def add_layer(lab, root):
    """What all hosts on this root share, with keys and passwords, unless it is there. There is never half of it."""
    if lab.layer(root).exists():
        return
    try:
        (windows if roots.of_folder(root).system == "windows" else layer).make(lab, root)
    except BaseException:
        shutil.rmtree(lab.layer(root), ignore_errors=True)
        raise


def write_known_hosts(lab):
    lines = [line for host in lab.hosts() for line in hosts.known_lines(host)]
    lab.known_hosts.write_text("".join(f"{line}\n" for line in lines))


def down(lab):
    """Ends the lab. A LabError names whatever could not be removed."""
    refuse_inside(lab)
    if not lab.dir.exists() and not left(lab):
        return False
    with alone(lab):
        clear(lab)
        shutil.rmtree(lab.dir)
    try:
        lab.dir.parent.rmdir()
    except OSError:
        pass  # other labs
    remains = left(lab)
    if remains:
        raise LabError(f"lab '{lab.name}' is down but this is left: {', '.join(remains)}")
    return True


def clear(lab):
    """Ends and removes everything of the lab but its folder, whatever state it is in."""
    procs.stop(hosts.stray_keepers(lab))
    hosts.stop(lab.hosts())
    hosts.end_all_in([lab.netns, lab.bmc_netns], gently=2.0)
    network.delete([name for name in network.existing() if lab.owns(name)])
    network.forget_names(lab)
    empty(lab.dir)


def empty(folder):
    """Deletes what is in the folder, then unmounts: so memory is free even if a stranger keeps the mount."""
    for mount in reversed(mounts_under(folder)):
        if mount != str(folder):
            for entry in Path(mount).iterdir():
                shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
            run("umount", "-l", mount)
    for entry in folder.iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def mounts_under(folder):
    """Mount points in or below the folder, outermost first."""
    points = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return [point for point in points if f"{point}/".startswith(f"{folder}/")]


def left(lab):
    """What still exists of a lab that is down, in words."""
    remains = [f"network namespace {name}" for name in network.existing() if lab.owns(name)]
    remains += [f"mount {point}" for point in mounts_under(lab.dir)]
    remains += [f"folder {path}" for path in (lab.dir, network.FILES / lab.netns) if path.exists()]
    remains += [f"process {pid} ({words})" for pid, words in processes_of(lab)]
    return remains


def processes_of(lab):
    """Whatever still runs of a lab that is down: its keepers, and all whose root is one of its hosts' disks."""
    found = []
    for pid in procs.every():
        words = procs.words(pid)
        if f"keeper.sh {lab.dir}/" in words or f"upperdir={lab.dir}/" in mount_table(pid):
            found.append((pid, words))
    return found


def mount_table(pid):
    try:
        return Path(f"/proc/{pid}/mounts").read_text()
    except OSError:
        return ""  # it ended meanwhile

"""Ansible, tuned: pipelining, as many forks as hosts, no facts, one playbook for each task."""

import json

from tasks import LOG

from .contender import Contender, ssh_config

CONFIG = """[defaults]
forks = {forks}
gathering = explicit
host_key_checking = True
interpreter_python = /usr/bin/python3
inventory = {folder}/inventory
retry_files_enabled = False
local_tmp = {folder}/ansible
{strategy}
[ssh_connection]
pipelining = True
ssh_args = -F {ssh} -o ControlMaster=auto -o ControlPersist=60s
control_path_dir = {folder}/cp
"""


class Ansible(Contender):
    name = "ansible"
    packages = ("ansible-core", "openssh-client")
    needs_python = True
    more_calls = 10
    strategy = ""  # lines of its configuration

    def prepare(self, task, work):
        folder = work.folder / self.name
        folder.mkdir(exist_ok=True)
        (folder / "inventory").write_text("".join(f"{name} ansible_user=root\n" for name in work.names))
        (folder / "ansible.cfg").write_text(
            CONFIG.format(forks=work.forks, folder=folder, ssh=ssh_config(work), strategy=self.strategy))

    def environment(self, work):
        return {**super().environment(work), "ANSIBLE_CONFIG": str(work.folder / self.name / "ansible.cfg")}

    def command(self, task, work, calls=1):
        play = work.folder / self.name / "play.yml"
        play.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": steps(task, work, calls)}]))
        return ["ansible-playbook", play]


def steps(task, work, calls):
    """The tasks of the playbook."""
    touch = {"command": f"touch {work.token}"}
    copy_package = {"copy": {"src": str(work.package), "dest": "/root/bench.deb"}}
    install = {"apt": {"deb": "/root/bench.deb", "install_recommends": False}}
    lists = {
        "cold": [touch],
        "warm": [touch] * calls,
        "push": [{"copy": {"src": str(work.big), "dest": "/root/bench.bin"}}],
        "install": [copy_package, install],
        "noop": [copy_package, install],
        "logs": [{"fetch": {"src": LOG, "dest": f"{work.fetched}/{{{{inventory_hostname}}}}", "flat": True}}],
    }
    return lists[task.name]

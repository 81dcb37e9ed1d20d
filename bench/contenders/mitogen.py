"""Ansible with mitogen's strategy, which keeps a Python running on each host."""

from .ansible import Ansible

PLUGINS = "/usr/lib/python3/dist-packages/ansible/plugins/strategy"


class Mitogen(Ansible):
    name = "mitogen"
    packages = ("ansible-core", "ansible-mitogen", "openssh-client")
    strategy = f"strategy_plugins = {PLUGINS}\nstrategy = mitogen_linear"

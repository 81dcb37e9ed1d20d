"""The tools that are compared, one a file."""

from .ansible import Ansible
from .clush import Clush
from .mitogen import Mitogen
from .openssh import OpenSsh
from .soapstone import Soapstone

ALL = (Soapstone, OpenSsh, Clush, Ansible, Mitogen)

#!/usr/bin/env python3
"""A firewall on the target that lets in nothing but SSH, and --open-firewall: the agent's port is open for the manager
alone and only as long as the agent is there, whatever is killed."""

import os
import re
import signal
import unittest

from support import OK, SystemTest, until

LEFT_BY_TEST = ["/root/count", "/root/go", "/run/ufw.lock"]  # ufw makes that one whenever it is asked how it stands
LONG = os.environ.get("SOAPSTONE_LONG")
NOT_LONG = "like the others, but for the tool; SOAPSTONE_LONG=1 runs it"
TUNNEL = "goes through the login's session"


class FirewallCase(SystemTest):
    """host1 has the firewall, host2 is a stranger."""

    hosts = 2
    kind = ""
    variant = "nft"  # of iptables
    slow = 30  # s that the firewall may take for a change

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.put_up()

    @classmethod
    def lend_iptables(cls, *packages):
        cls.lab.lend("host1", "iptables", *packages)
        cls.lab.sh("host1", "cd /usr/sbin; for tool in iptables ip6tables; do for what in '' -save -restore; do "
                   f"ln -sf xtables-{cls.variant}-multi $tool$what; done; done")

    def setUp(self):
        super().setUp()
        self.forget_runs()
        self.lab.sh("host1", "rm -rf /var/lib/soapstone /root/go")
        self.before = self.rules()
        self.assertNotIn("62286", self.before)
        self.lab.snapshot("host1")
        self.us = self.lab.facts["workstation"]["ipv6"]

    def opened(self, port=62286):
        """Whether a rule names us and this port, and only one does."""
        lines = [line for line in self.rules().splitlines() if str(port) in line]
        for line in lines:
            self.assertIn(self.us, line)
        self.assertLessEqual(len(lines), 1)
        return bool(lines)

    def as_before(self):
        until(lambda: self.rules() == self.before, self.slow, "the rules are as they were")

    def start(self, *words, target="host1", option="--open-firewall"):
        """A run whose component has begun, and ends when it is let go."""
        patient = self.script("patient.sh", "echo run >>/root/count; until test -e /root/go; do sleep 0.2; done")
        running = self.lab.start("deploy", "-t", target, *words, *option.split(), patient)
        self.addCleanup(self.make_way, running)
        until(lambda: self.runs("host1") == 1, 120, "the component has begun")
        return running

    def make_way(self, running):
        """For the next test, when this one was broken off."""
        running.send(signal.SIGKILL)
        self.lab("kill", "host1", "soapstone-agent|patient", check=False)

    def let_go(self):
        """The component ends."""
        self.lab.sh("host1", "touch /root/go")
        until(lambda: not self.lab.sh("host1", "pgrep -f [p]atient.sh", check=False), 30, "the component is over")

    def over(self, result, *, notice=None):
        """It did its work once and by its port, and nothing stays."""
        self.ended(result, OK)
        self.assertEqual(self.runs("host1"), 1)
        self.assertEqual(result.target("host1")["left"], "logs only")
        notices = " ".join(result.target("host1").get("notices", []))
        self.assertIn(notice or f"opened its port 62286 in the target's firewall ({self.kind}) for {self.us} only",
                      notices)
        self.assertNotIn(TUNNEL, notices)
        self.as_before()
        self.clean("host1", may=LEFT_BY_TEST)

    def stranger_reaches(self, port, seconds=20):
        address = self.lab.inside.host("host1").ipv6
        return "open" in self.lab.sh("host2", f"timeout {seconds} bash -c 'exec 3<>/dev/tcp/{address}/{port}' && echo open",
                                     check=False)

    def kill_agent(self, guard=False):
        """As an accident would, the agent's shim and installer excepted."""
        pattern = r"^(\S*soapstone-agent$|soapstone-agent\s*$)"
        if guard:
            self.lab("kill", "host1", "soapstone-port open")
        self.lab("kill", "host1", pattern)

    def test_the_port_is_open_for_the_manager_alone_and_closed_at_the_end(self):
        running = self.start()
        self.assertTrue(self.opened())
        self.assertTrue(self.stranger_reaches(22))
        self.assertFalse(self.stranger_reaches(62286, 3))
        self.let_go()
        self.over(running.end())

    def test_it_is_closed_when_the_agent_is_killed_and_a_fresh_agent_opens_its_own(self):
        running = self.start()
        running.wait_for("host1: installing")
        running.send(signal.SIGSTOP)
        self.lab("kill", "--signal", "STOP", "host1", "soapstone-port open")
        self.kill_agent()
        self.lab("occupy", "host1", 62286)
        self.addCleanup(self.lab, "release", "host1", check=False)
        self.lab("kill", "--signal", "CONT", "host1", "soapstone-port open")
        running.send(signal.SIGCONT)
        until(lambda: self.opened(62287), 90, "the fresh agent's port is open")
        self.assertFalse(self.opened())
        self.let_go()
        result = running.end()
        self.lab("release", "host1")
        self.over(result, notice="opened its port 62287")

    def test_what_a_killed_guard_leaves_is_named_and_cleanup_closes_it(self):
        running = self.start()
        running.kill()
        self.kill_agent(guard=True)
        self.assertTrue(self.opened())
        self.let_go()
        result = self.lab.soapstone("cleanup", "-t", "host1", "--json")
        self.ended(result, OK)
        self.assertRegex(result.out, f"port 62286, open in the firewall for {self.us}")
        self.as_before()
        self.clean("host1", may=LEFT_BY_TEST)


class Rules:
    """All rules that the kernel has, without counters."""

    def rules(self):
        return re.sub(r"packets \d+ bytes \d+|\[\d+:\d+\]", "", self.lab.sh("host1", self.listing))


class NftTest(Rules, FirewallCase):
    kind, listing = "nft", "nft list ruleset"

    @classmethod
    def put_up(cls):
        cls.lab.lend_nft("host1")
        cls.lab.sh("host1", "nft 'add table inet filter; add chain inet filter input "
                   "{ type filter hook input priority 0; policy drop; }; "
                   "add rule inet filter input ct state established,related accept; "
                   "add rule inet filter input meta l4proto 58 accept; add rule inet filter input iif lo accept; "
                   "add rule inet filter input tcp dport 22 accept comment \"ours\"; "
                   "add table ip6 second; add chain ip6 second more { type filter hook input priority 5; }; "
                   "add rule ip6 second more iif != lo tcp dport 60000-63000 drop'")

    def opened(self, port=62286):
        lines = [line for line in self.rules().splitlines() if f"dport {port}" in line]
        for line in lines:
            self.assertIn(f"ip6 saddr {self.us} tcp dport {port} accept", line)
        self.assertIn(len(lines), (0, 2))  # each chain that stops it
        return bool(lines)

    def test_without_the_option_nothing_is_touched(self):
        running = self.start(option="")
        self.assertEqual(self.rules(), self.before)
        self.let_go()
        result = running.end()
        self.ended(result, OK)
        self.assertIn(TUNNEL, " ".join(result.target("host1")["notices"]))
        self.as_before()

    def test_a_manager_that_never_comes_back_leaves_it_closed_after_the_lease(self):
        running = self.start("--lease", 10)
        running.kill()
        self.assertTrue(self.opened())
        self.let_go()
        until(lambda: self.rules() == self.before, 40, "the lease is over")
        self.clean("host1", may=LEFT_BY_TEST)

    def test_the_next_run_closes_what_a_killed_one_left(self):
        running = self.start()
        running.kill()
        self.kill_agent(guard=True)
        self.let_go()
        self.assertTrue(self.opened())
        result = self.lab.soapstone("deploy", "-t", "host1", self.script("true.sh", "true"))
        self.ended(result, OK)
        self.as_before()
        self.clean("host1", may=LEFT_BY_TEST)

    def test_a_killed_guard_alone_costs_nothing(self):
        running = self.start()
        self.lab("kill", "host1", "soapstone-port open")
        self.let_go()
        self.over(running.end())

    def test_the_road_that_asks_can_be_demanded(self):
        result = self.lab.soapstone("deploy", "-t", "host1", "--open-firewall", "--link", "polling",
                                    self.counter("count.sh", 1))
        self.over(result)

    def test_doctor_tries_it_and_leaves_nothing(self):
        result = self.lab.soapstone("doctor", "-t", "host1", "--open-firewall", "--json")
        self.assertRegex(result.out, r'"road": "(callback|polling)"', str(result))
        self.as_before()
        self.clean("host1")
        self.assertEqual(self.lab.sh("host1", "ls -d /var/lib/soapstone", check=False), "")

    def test_rules_that_cannot_be_added_are_told_and_another_road_is_taken(self):
        self.lab.sh("host1", "mv /usr/local/sbin/nft /usr/local/sbin/nft.real; printf '#!/bin/sh\\ncase $1 in insert*) "
                    "echo sorry >&2; exit 1 ;; esac; exec nft.real \"$@\"\\n' >/usr/local/sbin/nft; "
                    "chmod 755 /usr/local/sbin/nft")
        self.addCleanup(self.lab.sh, "host1", "mv /usr/local/sbin/nft.real /usr/local/sbin/nft")
        self.lab.snapshot("host1")
        result = self.lab.soapstone("deploy", "-t", "host1", "--open-firewall", self.counter("count.sh", 1))
        self.ended(result, OK)
        notices = " ".join(result.target("host1")["notices"])
        self.assertIn("could not open its port 62286", notices)
        self.assertIn(TUNNEL, notices)
        self.assertIn("sorry", (result.folder / "host1" / "agent.log").read_text())
        self.as_before()
        self.clean("host1", may=LEFT_BY_TEST)


class NoFirewallTest(FirewallCase):
    hosts = 1
    rules = put_up = lambda self=None: ""

    test_the_port_is_open_for_the_manager_alone_and_closed_at_the_end = None
    test_it_is_closed_when_the_agent_is_killed_and_a_fresh_agent_opens_its_own = None
    test_what_a_killed_guard_leaves_is_named_and_cleanup_closes_it = None

    def test_where_no_firewall_is_active_nothing_is_done(self):
        result = self.lab.soapstone("deploy", "-t", "host1", "--open-firewall", self.counter("count.sh", 1))
        self.ended(result, OK)
        self.assertEqual(result.target("host1").get("notices", []), [])
        self.clean("host1", may=LEFT_BY_TEST)


class Tables(Rules):
    """What iptables keeps, by whichever tool."""

    kind = "iptables"
    listing = "iptables-save | grep -v '^#'; ip6tables-save | grep -v '^#'"

    @classmethod
    def put_up(cls):
        cls.lend_iptables()
        cls.lab.sh("host1", "for tool in iptables ip6tables; do $tool -A INPUT -i lo -j ACCEPT; "
                   "$tool -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT; "
                   "$tool -A INPUT -p tcp --dport 22 -j ACCEPT; done; "
                   "ip6tables -A INPUT -p icmpv6 -j ACCEPT; iptables -A INPUT -j REJECT; ip6tables -P INPUT DROP")

    def test_ipv4(self):
        self.us = self.lab.facts["workstation"]["ipv4"]
        address = self.lab.inside.host("host1").ipv4
        running = self.start(target=address)
        self.assertTrue(self.opened())
        self.let_go()
        result = running.end()
        self.ended(result, OK)
        self.assertIn(f"for {self.us} only", " ".join(result.target(address)["notices"]))
        self.as_before()


@unittest.skipUnless(LONG, NOT_LONG)
class IptablesTest(Tables, FirewallCase):
    pass


class LegacyIptablesTest(IptablesTest):
    variant = "legacy"


class NftAndTablesTest(IptablesTest):
    """iptables keeps its chains in nftables, where another table stops the port, too."""

    kind, listing = "nft", "nft list ruleset; " + Tables.listing

    @classmethod
    def put_up(cls):
        super().put_up()
        cls.lab.lend("host1", "nftables")
        cls.lab.sh("host1", "nft 'add table inet more; add chain inet more input { type filter hook input priority 5; }; "
                   "add rule inet more input iif != lo tcp dport 60000-63000 drop'")

    def opened(self, port=62286):
        lines = [line for line in self.rules().splitlines() if f"dport {port}" in line]
        self.assertIn(len(lines), (0, 3))  # nft lists those of iptables once more
        return bool(lines)


class UfwTest(Tables, FirewallCase):
    kind = "ufw"
    listing = "ufw status verbose; cat /etc/ufw/user*.rules; " + Tables.listing

    @classmethod
    def put_up(cls):
        cls.lend_iptables("ufw")
        cls.lab.sh("host1", "cp /usr/share/ufw/iptables/*.rules /etc/ufw/; cp -n /usr/share/ufw/ufw.conf /etc/ufw/; "
                   "ufw allow 22/tcp; ufw --force enable")


class FirewalldTest(FirewallCase):
    kind, slow = "firewalld", 60

    @classmethod
    def put_up(cls):
        cls.lend_iptables("firewalld", "nftables")
        cls.lab.sh("host1", "echo messagebus:x:101:65534::/:/usr/sbin/nologin >>/etc/passwd; mkdir -p /run/dbus; "
                   "dbus-daemon --system --fork && firewalld --nopid")
        until(lambda: cls.lab.sh("host1", "firewall-cmd --state 2>&1", check=False) == "running", 120, "firewalld runs")

    def rules(self):
        return self.lab.sh("host1", "firewall-cmd --list-all-zones; firewall-cmd --permanent --list-all-zones")


del FirewallCase  # it is none by itself

if __name__ == "__main__":
    unittest.main()

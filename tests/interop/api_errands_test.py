#!/usr/bin/env python3
"""Errands by the API of `soapstone serve`: what a run would meet, cleaning up, BMCs; and how they are ended."""

import json
import os
import signal
import sys
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.sax.saxutils import escape, unescape

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "support")]

from api_support import ApiCase, values_of  # noqa: E402
from fake_bmc.process import FakeBmc  # noqa: E402
from support import OK, until  # noqa: E402


class ApiErrandsTest(ApiCase):
    def begun(self, operation, targets, more="", key=None, before="", role="admin"):
        """Id of an errand."""
        text = self.asked(operation, before + f"<key>{key or os.urandom(8).hex()}</key>"
                          + "".join(f"<targets>{one}</targets>" for one in targets) + more, role)
        return values_of("errandId", text)[0]

    def results(self, errand, most=1, end="finished", missing=0):
        """All that came of it, page by page, each as its part of the answer, by target; looked at by a viewer."""
        since, found = 0, {}
        while True:
            text = self.asked("GetErrand", f"<errandId>{errand}</errandId><since>{since}</since>"
                              f"<waitSeconds>60</waitSeconds><most>{most}</most>", "viewer")
            for one in text.split("<mgr:results>")[1:]:
                name = values_of("targetName", one)[0]
                self.assertNotIn(name, found)
                found[name] = one
            since = int(values_of("lastPosition", text)[0])
            self.assertEqual(since, len(found))
            state = values_of("state", text)[0]
            if state != "running":
                self.assertEqual((state, values_of("targets", text)), (end, [str(since + missing)]))
                return found

    def test_targets_are_checked_as_doctor_does_by_the_ports_of_runs(self):
        self.lab.snapshot()
        self.block_callbacks_of_host2()
        errand = self.begun("CheckTargets", ["host1", "host2", "nowhere.invalid"], self.login())
        self.assertEqual(values_of("id", self.asked("GetManagerStatus", "", "viewer")), [])  # it is no run
        found = self.results(errand)
        self.assertEqual(sorted(found), ["host1", "host2", "nowhere.invalid"])
        health = {name: dict(zip(values_of("hop", one), values_of("health", one))) for name, one in found.items()}
        self.assertEqual(set(health["host1"].values()), {"ok"}, found["host1"])
        self.assertLessEqual({"agent port", "callback port", "depot port", "removal"}, set(health["host1"]))
        self.assertEqual(values_of("road", found["host1"]), ["callback"])
        self.assertEqual(health["host2"]["callback port"], "closed", found["host2"])
        self.assertEqual(values_of("road", found["host2"]), ["polling"])
        self.assertEqual(values_of("trouble", found["nowhere.invalid"]), ["unreachable"])
        self.assertEqual([values_of("left", one) for one in found.values()], [[], [], []])
        self.clean("host1", "host2")

    def test_a_key_is_one_errand_and_what_there_is_not_is_a_fault(self):
        errands = {self.begun("CheckTargets", ["nowhere.invalid"], self.login(), key="same") for _ in range(2)}
        self.assertEqual(len(errands), 1)
        body = "<key>same</key><targets>nowhere.invalid</targets>" + self.login()
        self.assertEqual(self.refused("CleanUpTargets", body)[0], ["conflict"])
        self.assertEqual(self.refused("CheckTargets", "<key>x</key>", "operator")[0], ["invalid"])
        self.assertEqual(self.refused("CheckTargets", body, "operator")[0], ["denied"])  # names a key file
        page = "<errandId>0</errandId><since>0</since><waitSeconds>0</waitSeconds><most>1</most>"
        self.assertEqual(self.refused("GetErrand", page)[0], ["not_found"])
        status, text = self.call("VisitBmcs", "<action>burn</action><key>x</key><targets>bmc1</targets>",
                                 token=self.tokens["operator"])
        self.assertEqual((status, values_of("code", text)), (500, ["invalid"]), text)

    def cancelled(self, errand):
        """How it stands then."""
        return values_of("state", self.asked("CancelErrand", f"<errandId>{errand}</errandId>", "operator"))[0]

    def at_host2(self, key=None):
        """Id of an errand that is over with host1, and stays at host2 for some seconds; another target is to follow."""
        self.lab.snapshot()
        self.block_callbacks_of_host2()
        errand = self.begun("CheckTargets", ["host1", "host2", "nowhere.invalid"],
                            self.login() + self.option("parallel", "1"), key)
        page = f"<errandId>{errand}</errandId><since>0</since><waitSeconds>60</waitSeconds><most>1</most>"
        self.assertEqual(values_of("targetName", self.asked("GetErrand", page)), ["host1"])
        return errand

    def block_callbacks_of_host2(self):
        self.lab("block", "host2", "--direction", "from-host", "--port", 61001)
        self.addCleanup(self.lab, "unblock", "host2")

    def test_a_cancelled_errand_ends_with_the_targets_that_it_is_at(self):
        errand = self.at_host2(key="in vain")
        self.assertEqual([self.cancelled(errand) for _ in range(2)], ["running"] * 2)
        self.assertEqual(list(self.results(errand, end="interrupted", missing=1)), ["host1", "host2"])
        self.assertEqual(self.cancelled(errand), "interrupted")
        self.assertEqual(self.at_host2(key="in vain"), errand)
        self.clean("host1", "host2")
        self.assertEqual(self.refused("CancelErrand", "<errandId>0</errandId>", "operator")[0], ["not_found"])

    def test_a_manager_that_ends_leaves_nothing_on_targets_and_keeps_nobody_waiting(self):
        errand = self.at_host2()
        page = f"<errandId>{errand}</errandId><since>2</since><waitSeconds>60</waitSeconds><most>1</most>"
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(self.asked, "GetErrand", page)
            time.sleep(1)  # until it waits
            self.server.send(signal.SIGTERM)
            self.assertEqual(values_of("state", waiting.result()), ["interrupted"])
        self.ended(self.server.end(), OK)
        self.clean("host1", "host2")
        self.serve()
        self.assertEqual(self.refused("GetErrand", page)[0], ["not_found"])

    def test_calls_for_errands_are_in_the_log_of_calls(self):
        self.cancelled(self.begun("VisitBmcs", ["bmc://admin@[::1]:9"], before="<action>discover</action>"))
        calls = (Path(self.lab.data) / "serve" / "calls.log").read_text().splitlines()[-2:]
        for line, (role, operation) in zip(calls, [("admin", "VisitBmcs"), ("operator", "CancelErrand")]):
            for word in (f"a {role}", operation, "ok"):
                self.assertIn(word, line)

    def test_what_a_run_left_is_removed(self):
        self.lab.snapshot()
        self.assertEqual(values_of("removed", self.results(self.begun("CleanUpTargets", ["host1"], self.login()))["host1"]),
                         [])
        run = self.deploy(["host1"], self.counter("left", 8))
        until(lambda: "installing" in self.asked("GetRun", f"<runId>{run}</runId>"), 30, "the job")
        found = self.results(self.begun("CleanUpTargets", ["host1", "host2"], self.login()))
        self.assertTrue(values_of("removed", found["host1"]), found)  # once the job had ended
        self.assertEqual(values_of("removed", found["host2"]), [])
        self.assertEqual([values_of(name, one) for one in found.values() for name in ("left", "error")], [[]] * 4)
        self.asked("CancelRun", f"<runId>{run}</runId><endJobs>true</endJobs>")
        until(lambda: self.state(run) == "finished", 120, "the end of the run")
        self.clean("host1", "host2", may=("/root/count",))

    def bmc(self, kind):
        bmc = FakeBmc(kind, netns=self.netns).start()
        self.addCleanup(bmc.stop)
        return bmc

    def visited(self, bmc, action, more="", role="admin"):
        """The entry of the BMC's document, or the code of what went wrong."""
        target = f"bmc://{bmc.user}@{bmc.host}"
        one, = self.results(self.begun("VisitBmcs", [target], more, before=f"<action>{action}</action>", role=role)).values()
        if values_of("code", one):
            return values_of("code", one)[0]
        document = json.loads(unescape(values_of("document", one)[0], {"&quot;": '"'}))
        self.assertEqual(document["format"], "soapstone-bmc/1")
        return document["targets"][0]

    def test_a_bmc_is_discovered_looked_at_and_reset(self):
        bmc = self.bmc("generic")
        secret = f"<bmcPassword>{escape(bmc.password)}</bmcPassword>"
        found = self.visited(bmc, "discover", role="operator")
        self.assertEqual((found["trust"], found["key"][:8]), ("not known", "sha256//"))
        self.assertEqual(self.visited(bmc, "inventory", secret, "operator"), "denied")  # its key is not trusted
        accepted = self.option("accept-new") + secret
        self.assertTrue(self.visited(bmc, "inventory", accepted)["firmware"])
        self.assertEqual(self.visited(bmc, "discover", role="operator")["trust"], "trusted")
        self.assertTrue(self.visited(bmc, "logs", secret, "operator")["logs"])
        self.assertEqual(self.visited(bmc, "inventory", "<bmcPassword>wrong</bmcPassword>", "operator"), "denied")
        self.assertEqual(self.visited(bmc, "inventory", "", "operator"), "denied")
        self.assertFalse(bmc.requests("POST", "Manager.Reset"))
        self.assertEqual(self.visited(bmc, "reset", secret, "operator")["reset"], True)
        self.assertEqual(len(bmc.requests("POST", "Manager.Reset")), 1)
        self.secret_free(bmc)

    def test_a_reset_is_done_once_for_a_key_whatever_becomes_of_the_manager(self):
        bmc = self.bmc("generic")
        order = ["VisitBmcs", [f"bmc://{bmc.user}@{bmc.host}"],
                 self.option("accept-new") + f"<bmcPassword>{escape(bmc.password)}</bmcPassword>"]
        errand = self.begun(*order, before="<action>reset</action>", key="once")
        self.results(errand)
        self.assertEqual(self.begun(*order, before="<action>reset</action>", key="once"), errand)
        self.server.send(signal.SIGKILL)
        self.server.process.wait()
        self.serve()
        self.assertEqual(self.refused("VisitBmcs", f"<action>reset</action><key>once</key><targets>{order[1][0]}</targets>{order[2]}")[0],
                         ["conflict"])
        self.assertEqual(len(bmc.requests("POST", "Manager.Reset")), 1)

    def secret_free(self, bmc):
        for kept in Path(self.lab.data).rglob("*"):
            if kept.is_file():
                self.assertNotIn(bmc.password.encode(), kept.read_bytes(), kept)

    def test_an_operator_deploys_firmware_to_a_bmc(self):
        bmc = self.bmc("openbmc")
        target = f"bmc://{bmc.user}@{bmc.host}"
        secret = f"<bmcPassword>{escape(bmc.password)}</bmcPassword>"
        before = bmc.version()
        self.visited(bmc, "inventory", self.option("accept-new") + secret)
        image = Path(self.counter("firmware")).with_suffix(".tar")
        image.write_bytes(bmc.image("2.15.0"))
        self.asked("AddComponent", f"<componentName>firmware.tar</componentName><path>{image}</path>")
        text = self.asked("Deploy", f"<key>{os.urandom(8).hex()}</key><targets>{target}</targets>"
                          f"<components>firmware.tar</components>{self.option('bmc-interval', '100')}{secret}", "operator")
        run = values_of("runId", text)[0]
        until(lambda: self.state(run) == "finished", 90, "the end of the run")
        told = self.asked("GetRun", f"<runId>{run}</runId>")
        self.assertEqual(values_of("outcome", told), ["updated"], told)
        self.assertEqual(bmc.version(), "2.15.0")
        self.assertNotEqual(before, "2.15.0")
        self.secret_free(bmc)


if __name__ == "__main__":
    unittest.main()

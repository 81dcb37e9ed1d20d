#!/usr/bin/env python3
"""How the BMC test double gets images, and each knob about that."""

import time
import unittest

from bmc_case import SERVICE, BmcTest

PUSH = f"{SERVICE}/update"


class Fetching(BmcTest):
    def fetched(self, bmc, client, url, name="f.bin", version="2.0"):
        """Pulls; returns the fetches once the version is there."""
        self.assertEqual(self.pull(client, url(name)).status, 202)
        self.updated(bmc, version)
        return bmc.fetches()

    def failed(self, bmc, client, uri):
        """Pulls; returns the message with which the task failed. Nothing was written."""
        answer = self.pull(client, uri)
        self.assertEqual(answer.status, 202)
        task = client.task(answer.json["@odata.id"])
        self.assertEqual((task["TaskState"], task["TaskStatus"]), ("Exception", "Critical"))
        self.assertEqual((bmc.flashes(), bmc.version()), ([], "1.2.0"))
        return task["Messages"][-1]["Message"]

    def small(self, **knobs):
        bmc, client = self.bmc("generic", **knobs)
        return bmc, client, {"f.bin": bmc.image("2.0", size=200_000)}

    def test_no_get(self):
        bmc, client, files = self.small(no_get=True, fetch_patience=100)
        url = self.serve(files)
        self.assertIn("no data came", self.failed(bmc, client, url("f.bin")))
        self.assertEqual((url.seen, bmc.fetches()), ([], []))

    def test_nobody_is_there(self):
        bmc, client = self.bmc("generic")
        self.failed(bmc, client, "https://127.0.0.1:9/f.bin")
        self.assertTrue(all("refused" in one["error"] for one in bmc.fetches()))

    def test_other_schemes_and_statuses(self):
        bmc, client, files = self.small()
        for uri in ("file:///etc/passwd", "nfs://a/b", "", 7):
            self.assertEqual(self.pull(client, uri).status, 400, uri)
        self.assertIn("404", self.failed(bmc, client, self.serve(files)("nothing")))

    def test_a_short_read_is_resumed(self):
        bmc, client, files = self.small()
        fetches = self.fetched(bmc, client, self.serve(files, cut=70_000))
        self.assertEqual([(one["status"], one["range"]) for one in fetches], [(200, None), (206, "bytes=70000-")])

    def test_a_server_without_ranges_gives_it_whole_again(self):
        bmc, client, files = self.small()
        fetches = self.fetched(bmc, client, self.serve(files, cut=70_000, ranges=False))
        self.assertEqual([(one["status"], one["bytes"]) for one in fetches], [(200, 70_000), (200, len(files["f.bin"]))])

    def test_drop_at_resumes_or_begins_anew(self):
        for anew in (False, True):
            bmc, client, files = self.small(fetch_drop_at=100_001, fetch_no_resume=anew)
            fetches = self.fetched(bmc, client, self.serve(files))
            self.assertEqual([(one["status"], one["range"], one["bytes"]) for one in fetches],
                             [(200, None, 100_001), (200, None, len(files["f.bin"])) if anew else
                              (206, "bytes=100001-", len(files["f.bin"]) - 100_001)])

    def test_head_first_and_two_gets(self):
        bmc, client, files = self.small(fetch_head=True, fetch_times=2)
        url = self.serve(files)
        self.fetched(bmc, client, url)
        self.assertEqual([method for method, *_ in url.seen], ["HEAD", "GET", "GET"])

    def test_rate(self):
        bmc, client, files = self.small(fetch_rate=200_000)
        began = time.monotonic()
        self.fetched(bmc, client, self.serve(files))
        self.assertGreater(time.monotonic() - began, 1.2)

    def test_host_header_and_version(self):
        for knobs, host in (({}, None), ({"fetch_host": "ip"}, "127.0.0.1"),
                            ({"fetch_host": "bmc.example"}, "bmc.example")):
            bmc, client, files = self.small(fetch_http10=True, **knobs)
            url = self.serve(files)
            self.fetched(bmc, client, url)
            self.assertEqual(url.seen[0][2]["Host"], host or url("").split("/")[2])

    def test_source_address(self):
        bmc, client, files = self.small(fetch_source="127.0.0.77")
        url = self.serve(files)
        self.fetched(bmc, client, url)
        self.assertEqual(url.peers, ["127.0.0.77"])

    def test_plain_only(self):
        bmc, client, files = self.small(fetch_plain_only=True)
        self.assertEqual(self.pull(client, self.serve(files)("f.bin")).status, 400)
        self.assertEqual(client.get(SERVICE)["Actions"]["#UpdateService.SimpleUpdate"][
            "TransferProtocol@Redfish.AllowableValues"], ["HTTP"])
        self.fetched(bmc, client, self.serve(files, tls=False))

    def test_tls(self):
        bmc, client, files = self.small(fetch_tls12=True)
        url = self.serve(files)
        self.fetched(bmc, client, url)
        self.assertEqual(url.versions, ["TLSv1.2"])
        bmc, client, files = self.small(fetch_rsa_only=True)
        self.failed(bmc, client, self.serve(files, key="P-256")("f.bin"))
        bmc.wait(lambda state: not state["updating"])
        self.fetched(bmc, client, self.serve(files, key="rsa:2048"))[-1]
        bmc, client, files = self.small(fetch_verify=True)
        self.failed(bmc, client, self.serve(files)("f.bin"))
        self.assertIn("CERTIFICATE_VERIFY_FAILED", bmc.fetches()[0]["error"])

    def test_no_pull_no_push_no_multipart(self):
        bmc, client = self.bmc("generic", no_pull=True, no_multipart=True)
        service = client.get(SERVICE)
        self.assertEqual(service["Actions"], {})
        self.assertEqual([name for name in service if "PushUri" in name], ["HttpPushUri"])
        self.assertEqual(self.pull(client, "https://127.0.0.1/x").status, 404)
        bmc.knob("no-push")
        self.assertEqual(client("POST", PUSH, b"x").status, 404)
        self.assertNotIn("HttpPushUri", client.get(SERVICE))


if __name__ == "__main__":
    unittest.main()

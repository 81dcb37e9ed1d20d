"""A Redfish client of the plainest kind: urllib and ssl. It knows no more than a test tells it."""

import http.client
import json
import ssl
import time
import urllib.error
import urllib.request
from base64 import b64encode


class Answer:
    def __init__(self, status, headers, data):
        self.status, self.headers, self.data = status, headers, data

    @property
    def json(self):
        return json.loads(self.data)


class Plain:
    """Talks to one BMC; by Basic unless `log_in` was called."""

    def __init__(self, bmc, user=None, password=None):
        self.url, self.user, self.password = bmc.url, user or bmc.process.user, password or bmc.process.password
        self.token = None
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.opener = urllib.request.OpenerDirector()
        for handler in (urllib.request.HTTPSHandler(context=context), urllib.request.HTTPDefaultErrorHandler()):
            self.opener.add_handler(handler)

    def __call__(self, method, path, body=None, headers=None, auth=True, timeout=20):
        """One request; redirects and errors are answers like others."""
        headers = dict(headers or {})
        if isinstance(body, dict):
            body, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        if auth and self.token:
            headers["X-Auth-Token"] = self.token
        elif auth:
            headers["Authorization"] = "Basic " + b64encode(f"{self.user}:{self.password}".encode()).decode()
        if body is not None:
            headers.setdefault("Content-Type", "application/octet-stream")
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        with self.opener.open(request, timeout=timeout) as answer:
            return Answer(answer.status, answer.headers, answer.read())

    def get(self, path, **how):
        return self("GET", path, **how).json

    def log_in(self):
        answer = self("POST", "/redfish/v1/SessionService/Sessions",
                      {"UserName": self.user, "Password": self.password}, auth=False)
        self.token = answer.headers.get("X-Auth-Token")
        return answer

    def form(self, path, parts, headers=None):
        """A multipart POST; `parts`: [(name, file name or None, type or None, bytes)]."""
        mark = b"------------------------0123456789abcdef"
        body = b""
        for name, file, kind, content in parts:
            disposition = f'Content-Disposition: form-data; name="{name}"' + (f'; filename="{file}"' if file else "")
            body += b"--" + mark + b"\r\n" + disposition.encode() + b"\r\n"
            body += f"Content-Type: {kind}\r\n".encode() if kind else b""
            body += b"\r\n" + content + b"\r\n"
        body += b"--" + mark + b"--\r\n"
        kind = {"Content-Type": f"multipart/form-data; boundary={mark.decode()}"}
        return self("POST", path, body, {**kind, **(headers or {})})

    def push_form(self, path, image, parameters):
        return self.form(path, [("UpdateParameters", None, "application/json", json.dumps(parameters).encode()),
                                ("UpdateFile", "image.bin", "application/octet-stream", image)])

    def until(self, path, condition, seconds=30):
        """Reads until `condition(answer)`; a BMC that is away meanwhile is no error."""
        end = time.monotonic() + seconds
        while True:
            try:
                answer = self("GET", path)
                if condition(answer):
                    return answer
            except (OSError, urllib.error.URLError, http.client.HTTPException, ValueError):
                answer = None
            if time.monotonic() > end:
                raise AssertionError(f"not within {seconds} s: {path}: {answer and answer.data[:500]}")
            time.sleep(0.02)

    def task(self, path, seconds=30):
        """The task's last words."""
        return self.until(path, lambda answer: answer.status == 200 and answer.json["TaskState"] in (
            "Completed", "Exception", "Scheduled"), seconds).json

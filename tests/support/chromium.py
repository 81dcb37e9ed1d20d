"""A headless Chromium, driven over a pipe by its DevTools protocol: no library, no port.

    with Chromium() as browser:
        browser.go("https://127.0.0.1:63002/")
        browser.picture("/tmp/page.png", width=390, dark=True)
"""

import base64
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

PROGRAM = shutil.which("chromium")


class Chromium:
    def __init__(self, *options):
        self.home = tempfile.mkdtemp(prefix="soapstone-chromium-")
        to_browser, self.commands = os.pipe()
        self.answers, from_browser = os.pipe()
        words = [PROGRAM, "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu",
                 "--disable-dev-shm-usage", "--ignore-certificate-errors", "--no-first-run", "--hide-scrollbars",
                 "--disable-background-networking", "--disable-component-update", "--disable-sync",
                 f"--user-data-dir={self.home}/profile", *options, "about:blank"]

        def give_pipes():  # Chromium reads commands from 3 and answers on 4
            os.dup2(to_browser, 103)
            os.dup2(from_browser, 104)
            os.dup2(103, 3)
            os.dup2(104, 4)

        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, preexec_fn=give_pipes, close_fds=False,
                                        start_new_session=True,
                                        env={**os.environ, "HOME": self.home})
        os.close(to_browser)
        os.close(from_browser)
        self.number, self.unread, self.events, self.session = 0, b"", [], None
        target = self.call("Target.getTargets")["targetInfos"]
        page = next(one for one in target if one["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        self.call("Page.enable")
        self.call("Network.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGKILL)  # with the helpers that it has started
        self.process.wait()
        os.close(self.commands)
        os.close(self.answers)
        for _ in range(20):  # a helper may be about to write its last
            shutil.rmtree(self.home, ignore_errors=True)
            if not os.path.exists(self.home):
                break
            time.sleep(0.1)

    def message(self):
        while b"\0" not in self.unread:
            more = os.read(self.answers, 1 << 20)
            if not more:
                raise AssertionError("Chromium ended")
            self.unread += more
        text, self.unread = self.unread.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **parameters):
        self.number += 1
        command = {"id": self.number, "method": method, "params": parameters}
        if self.session and not method.startswith(("Target.", "Browser.")):
            command["sessionId"] = self.session
        os.write(self.commands, json.dumps(command).encode() + b"\0")
        while True:
            message = self.message()
            if message.get("id") == self.number:
                if "error" in message:
                    raise AssertionError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def go(self, url):
        """Goes to a page and waits until it is there. The text of the error when it cannot be had."""
        self.events.clear()
        answer = self.call("Page.navigate", url=url)
        end = time.monotonic() + 30
        while "errorText" not in answer and time.monotonic() < end:
            if self.run("document.readyState") == "complete" and self.run("location.href") != "about:blank":
                break
            time.sleep(0.05)
        return answer.get("errorText", "")

    def run(self, script):
        """The value of a JavaScript expression on the page; promises are waited for."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def look(self, width, height=900, dark=False):
        """Sets the width of the screen in CSS pixels; below 500 it is a phone's."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                  mobile=width < 500)
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def picture(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def download(self, url, folder):
        """Lets the browser download `url` into `folder`, and returns the file."""
        self.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder), eventsEnabled=True)
        self.call("Page.navigate", url=url)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            files = [name for name in os.listdir(folder) if not name.endswith(".crdownload")]
            if files:
                return os.path.join(folder, files[0])
            time.sleep(0.1)
        raise AssertionError(f"no download of {url}: {self.events[-3:]}")

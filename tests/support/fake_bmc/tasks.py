"""Tasks as Redfish shows them."""

import threading
import time

LIVE = ("New", "Starting", "Running", "Pending", "Suspended", "Downloading", "Scheduled")


class Task:
    def __init__(self, number, name):
        self.id, self.name = number, name
        self.state, self.status, self.percent = "Starting", "OK", 0
        self.messages = []
        self.began, self.ended = time.time(), None
        self.monitor_taken = False
        self.frozen = False  # says Completed whatever happens

    @property
    def live(self):
        return self.state in LIVE

    def go(self, state, percent=None):
        if self.live and not self.frozen:
            self.state = state
            self.percent = self.percent if percent is None else int(percent)

    def say(self, message_id, text, severity="OK"):
        self.messages.append({"@odata.type": "#Message.v1_1_1.Message", "MessageId": message_id, "Message": text,
                              "MessageArgs": [], "Severity": severity, "Resolution": "None."})

    def end(self, state, status="OK"):
        if self.live and not self.frozen:
            self.state, self.status, self.ended = state, status, time.time()
            self.percent = 100 if state == "Completed" else self.percent

    def words(self, path, monitor):
        words = {"@odata.id": path, "@odata.type": "#Task.v1_4_3.Task", "Id": self.id, "Name": self.name,
                 "TaskState": self.state, "TaskStatus": self.status, "PercentComplete": self.percent,
                 "StartTime": stamp(self.began), "Messages": list(self.messages)}
        if monitor:
            words["TaskMonitor"] = monitor
        if self.ended:
            words["EndTime"] = stamp(self.ended)
        return words


class Tasks:
    def __init__(self):
        self.lock = threading.Lock()
        self.all = {}
        self.count = 0

    def begin(self, name, make_id):
        with self.lock:
            self.count += 1
            task = Task(make_id(self.count), name)
            self.all[task.id] = task
            return task

    def forget(self):
        with self.lock:
            self.all.clear()


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(seconds))

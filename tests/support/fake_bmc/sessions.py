"""Who may do what: sessions, Basic, and the cookie of HPE's upload form."""

import base64
import hmac
import random
import re
import threading

from .messages import Refused


class Sessions:
    def __init__(self, bmc, user, password, seed):
        self.bmc, self.user, self.password = bmc, user, password
        self.random = random.Random(f"sessions {seed}")
        self.lock = threading.Lock()
        self.open = {}  # id -> token
        self.count = 0

    def right(self, user, password):
        same = hmac.compare_digest(f"{user}\0{password}".encode(), f"{self.user}\0{self.password}".encode())
        return same and not self.bmc.knobs["wrong-password"]

    def begin(self, request):
        """Returns (id, token) of a new session for who is named in the body."""
        words = request.body.json()
        user, password = words.get("UserName"), words.get("Password")
        request.credentials, request.secret = "login", f"{user}:{password}"
        if not self.right(user, password):
            raise Refused(401, "Base.1.8.NoValidSession", "There is no valid session established.")
        limit = self.bmc.knobs["session-limit"] or self.bmc.kind.session_limit
        with self.lock:
            if len(self.open) >= limit:
                raise Refused(503, "Base.1.8.SessionLimitExceeded", "The session limit is reached.", Retry_After="30")
            self.count += 1
            token = f"{self.random.getrandbits(160):040x}"
            self.open[str(self.count)] = token
            return str(self.count), token

    def end(self, number):
        with self.lock:
            return self.open.pop(number, None) is not None

    def forget(self):
        with self.lock:
            self.open.clear()

    def holds(self, token):
        with self.lock:
            return any(hmac.compare_digest(token.encode(), one.encode()) for one in self.open.values())

    def look(self, request):
        """Notes which credentials came, and whether they are right."""
        token = request.headers.get("X-Auth-Token")
        cookie = re.search(r"\bsessionKey=([^;\s]+)", request.headers.get("Cookie") or "")
        kind, _, value = (request.headers.get("Authorization") or "").partition(" ")
        if token:
            request.credentials, request.secret = "token", token
            request.authorized = self.holds(token)
        elif cookie:
            request.credentials, request.secret = "cookie", cookie.group(1)
            request.authorized = self.holds(cookie.group(1))
        elif kind.lower() == "basic":
            request.credentials, request.secret = "basic", decoded(value)
            user, _, password = request.secret.partition(":")
            request.authorized = not self.bmc.knobs["no-basic"] and self.right(user, password)


def decoded(value):
    try:
        return base64.b64decode(value).decode()
    except ValueError:
        return ""

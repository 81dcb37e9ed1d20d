"""Everything that can be turned on a fake BMC, while it runs too."""

import json
import threading

# name: (default, what it does). The default's type is the knob's type.
KNOBS = {
    # time
    "scale": (0.005, "factor on all the times below, which are those of real BMCs, in seconds"),
    "verify-seconds": (10.0, "an image is looked at for so long"),
    "flash-seconds": (60.0, "and written for so long"),
    "restart-delay": (20.0, "between the end of writing and the restart"),
    "restart-seconds": (90.0, "no connection is taken for so long"),
    "boot-seconds": (0.0, "after that, every answer but to GET /redfish/v1 is 503 for so long"),
    "retry-after": ("1", "header of 202 and 503: seconds, 'date' (the same as an HTTP date) or 'none'"),
    # fetching
    "no-get": (False, "a pull is accepted, and no GET ever comes; the task stays at 0 % for fetch-patience"),
    "fetch-patience": (1000.0, "a pull without data fails after so long (scaled)"),
    "fetch-delay": (0.0, "seconds (scaled) before the first GET"),
    "fetch-times": (1, "the file is got so many times, the last one counts"),
    "fetch-head": (False, "HEAD comes first"),
    "fetch-plain-only": (False, "pulls from http:// only; https:// is refused, or fails where the kind does not tell"),
    "fetch-tls12": (False, "TLS 1.2 only"),
    "fetch-rsa-only": (False, "TLS 1.2 only, and no ECDSA certificate is taken"),
    "fetch-verify": (False, "checks the certificate by the system's CAs, so that ours fails"),
    "fetch-rate": (0, "bytes per second (not scaled); 0: as fast as they come"),
    "fetch-drop-at": (0, "the connection is dropped at this byte, once; then it goes on by Range"),
    "fetch-no-resume": (False, "a short read is not resumed: begins anew, at most three times"),
    "fetch-host": ("", "Host header instead of the URI's own; 'ip': the address without port"),
    "fetch-source": ("", "source address instead of the BMC's own"),
    "fetch-http10": (False, "asks as HTTP/1.0"),
    "no-pull": (False, "SimpleUpdate is not offered and answers 404"),
    "no-push": (False, "no push URI is offered, and they answer 404"),
    "no-multipart": (False, "MultipartHttpPushUri is not offered, and answers 404"),
    # how an update goes
    "bad-signature": (False, "every image is found to be not signed as it must be"),
    "never-finishes": (False, "the task runs for ever, at 60 %"),
    "keeps-version": (False, "says Completed, and the version stays what it was"),
    "installs-version": ("", "the version that the inventory shows afterwards, whatever the image says"),
    "needs-reset": (False, "the new version comes up after Manager.Reset only"),
    "host-reboot": (False, "the new version comes up after ComputerSystem.Reset only: task Scheduled"),
    "no-restart": (False, "the new version is there without a restart of the BMC"),
    "stays-down": (False, "never comes back from the restart"),
    "new-key": (False, "comes back from the restart with another certificate key"),
    "flapping": (0, "so many reads of an inventory after the restart show old and new version in turn"),
    "rolls-back": (0, "after so many reads of the new version the old one is back"),
    "restarts-unasked": (0, "restarts on its own at the so-manieth read of a task, in the middle of the flash; the flash "
                            "is lost"),
    "no-task": (False, "an accepted update answers 200 or 204 and names no task"),
    "monitor-404": (False, "task monitors answer 404"),
    "task-404": (False, "tasks answer 404"),
    "task-completed": (False, "the task says Completed at once, while it is still flashing"),
    "fails-silently": (False, "the task ends as Exception without any message"),
    "unlicensed": (False, "supermicro: there is no licence for updates"),
    "ilo-tasks": (False, "ilo5: as from 2.30, an update names a task (that tells no percent)"),
    # busy, sessions
    "busy": (0, "so many of the next updates are refused with 503; -1: all. The service says that it is busy"),
    "session-limit": (0, "so many sessions at most; 0: as many as the kind has"),
    "no-sessions": (False, "there is no SessionService: Basic only"),
    "no-basic": (False, "Basic is refused"),
    "expire-after": (0, "all sessions are forgotten after so many reads of tasks (or of what the kind has instead), once"),
    "wrong-password": (False, "no login is right"),
    "delay": (0.0, "seconds (not scaled) before every answer"),
    # what the answers look like
    "hostile": ("", "malformed, truncated, html, huge (10 MB), deep (100000 levels), slowloris (a byte a second), stall "
                    "(headers, then nothing), redirect, foreign-links (every link goes to redirect-to), loop (nextLink to "
                    "itself), many (20000 members), wrong-types (numbers where text is due and so on), header-flood"),
    "hostile-path": ("/UpdateService/?$", "regular expression on the paths where it is hostile"),
    "hostile-times": (-1, "so often, then it behaves; -1: always"),
    "redirect-to": ("file:///etc/passwd", "where 302 and foreign links point"),
    "control-characters": (False, "versions and log texts with control characters, ANSI sequences, HTML"),
    "page-size": (50, "entries of a log a page, and members of an inventory"),
    "no-expand": (False, "$expand is not understood"),
    "legacy-tls": ("", "what it can at most: tls1.0 and tls1.1 (both with a SHA-1 certificate of 1024 bits), dh1024 (TLS 1.2 "
                       "with such a key exchange alone); only from the start"),
    "xcc-https": (False, "xcc: SimpleUpdate also knows HTTPS, as some do"),
    "no-xmldata": (False, "ilo4, ilo2: /xmldata answers 404, as before there was one"),
}


class Knobs:
    """The knobs of one BMC. Any thread may read and turn them."""

    def __init__(self, values=None, defaults=None):
        self.lock = threading.Lock()
        self.values = {name: default for name, (default, _) in KNOBS.items()}
        self.values.update(defaults or {})
        self.turn(values or {})

    def __getitem__(self, name):
        return self.values[name]

    def turn(self, values):
        """Sets all of `values`, or none: a ValueError names what is wrong."""
        checked = {name: parse(name, value) for name, value in values.items()}
        with self.lock:
            self.values.update(checked)

    def take(self, name):
        """True when the counting knob is not at 0, and one less is left; at -1 always."""
        with self.lock:
            if self.values[name] > 0:
                self.values[name] -= 1
                return True
            return self.values[name] < 0

    def seconds(self, name):
        """A time of real BMCs, as long as it is here."""
        return self.values[name] * self.values["scale"]


def parse(name, value):
    """`value` (text, or already of the right type) as the knob's own type."""
    if name not in KNOBS:
        raise ValueError(f"there is no knob '{name}'")
    kind = type(KNOBS[name][0])
    if isinstance(value, kind):
        return value
    try:
        if kind is bool:
            return {"": True, "1": True, "true": True, "on": True, "0": False, "false": False, "off": False}[
                str(value).lower()]
        return kind(value)
    except (KeyError, ValueError, TypeError):
        raise ValueError(f"knob '{name}' takes a {kind.__name__}, not {json.dumps(value)}") from None


def from_words(words):
    """['busy=3', 'no-get'] -> {'busy': 3, 'no-get': True}"""
    return {name: parse(name, value) for name, _, value in (word.partition("=") for word in words)}


def as_table():
    """For the README."""
    rows = [f"| `{name}` | `{json.dumps(default)}` | {text} |" for name, (default, text) in KNOBS.items()]
    return "\n".join(["| knob | default | |", "|---|---|---|", *rows])

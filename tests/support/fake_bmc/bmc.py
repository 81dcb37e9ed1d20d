"""One fake BMC: all that it has and knows. Its kind (personality) says how it shows that."""

import random
import threading
import time
import uuid

from . import certificate, hostile, logs, tree
from .failures import PoweredOff
from .knobs import Knobs
from .listener import Listener
from .messages import Refused, Response
from .sessions import Sessions
from .tasks import Tasks
from .update import Update
from .web import Connection


class Bmc:
    """Threads: each connection has one, and so have each update and each restart."""

    def __init__(self, index, kind, trace, user, password, address="127.0.0.1", port=0, seed=0, knobs=None, keeper=None):
        self.index, self.kind, self.trace, self.keeper = index, kind, trace, keeper
        self.knobs = Knobs(knobs, kind.defaults)
        chance = random.Random(f"{seed} {index}")
        self.uuid = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        self.serial = f"FAKE{chance.randrange(10**8):08d}"
        self.components = kind.components()
        self.logs = kind.logs()
        logs.fill(self.logs)
        self.uploads = {}  # cookie -> image, where the kind has such
        self.jobs = {}  # tasks that outlive a restart, where the kind has such
        self.tasks, self.sessions = Tasks(), Sessions(self, user, password, f"{seed} {index}")
        self.power = threading.Event()  # set when the power goes
        self.boot = 0
        self.booted_at = 0.0
        self.lock = threading.Lock()
        self.updating = False
        self.state = {"state": "Idle", "percent": None, "message": None}
        self.verified = None  # the image that waits for StartUpdate
        self.settings = dict(kind.settings)  # what clients can PATCH
        self.task_reads = 0
        self.make_certificate = lambda: None
        self.spki = b""
        self.listener = Listener(address, port, lambda connection, peer: Connection(connection, peer, self))
        self.listener.failed = lambda peer, error: self.note("handshake", **{"from": peer[0], "error": error})
        self.tree = tree.Tree(self)
        if keeper:
            keeper.load(self)

    # --- looking

    def component(self, name):
        """By the Id in the inventory, or by what images call it."""
        return next((one for one in self.components if one.called(name)), None)

    def component_at(self, path):
        """By a link that a client sent."""
        return self.kind.component_at(self, path.rstrip("/"))

    def main(self):
        """The BMC's own firmware."""
        return self.components[0]

    def note(self, event, secret=None, **facts):
        self.trace.add(self.index, event, secret, **facts)

    def log(self, name, text, severity="OK"):
        for log in self.logs:
            if log.name == name or (name == "IEL" and log is self.logs[-1]):
                log.add(text, severity)
                return

    def text(self, text):
        """A log's text as clients get to see it."""
        return text + logs.NASTY if self.knobs["control-characters"] else text

    def progress(self, state, percent=None, message=None):
        self.state = {"state": state, "percent": percent, "message": message}

    # --- time and power

    def pause(self, seconds):
        """Waits; PoweredOff when the power goes meanwhile."""
        if self.power.wait(seconds):
            raise PoweredOff

    def up(self, context):
        self.listener.context = context
        self.listener.up()

    def restart(self, why):
        """Begins a restart; returns at once."""
        with self.lock:
            boot = self.boot = self.boot + 1
            self.power.set()
        threading.Thread(target=self.cycle, args=(boot, why), daemon=True).start()

    def restart_soon(self, why):
        """After what is being answered now."""
        threading.Timer(0.1, self.restart, (why,)).start()

    def cycle(self, boot, why):
        self.listener.down()
        self.note("restart", why=why)
        self.sessions.forget()
        self.tasks.forget()
        self.settings, self.verified = dict(self.kind.settings), None
        self.progress("Idle")
        time.sleep(self.knobs.seconds("restart-seconds"))
        for component in self.components:
            if component.staged and component.staged[1] in ("bmc", "manager"):
                component.bring_up(self.knobs)
        self.save()
        if self.knobs["stays-down"] or boot != self.boot:
            return
        if self.knobs["new-key"]:
            self.make_certificate()
        self.updating = False
        self.power.clear()
        self.booted_at = time.monotonic()
        self.listener.up()
        self.note("up")

    def host_reset(self):
        """The server boots: what was waiting for that comes up."""
        self.note("host-reset")
        for component in self.components:
            if component.staged and component.staged[1] == "host":
                component.bring_up(self.knobs)
        for task in list(self.tasks.all.values()):
            if task.state in ("Scheduled", "Pending"):
                task.end("Completed")
        self.kind.host_was_reset(self)
        self.save()

    def save(self):
        if self.keeper:
            self.keeper.save(self)

    # --- updates

    def reserve(self):
        """One update at a time: from here to `release`."""
        with self.lock:
            if self.updating or self.knobs.take("busy"):
                raise self.kind.busy(self)
            self.updating = True

    def release(self, boot):
        with self.lock:
            if boot == self.boot:
                self.updating = False

    def begin(self, obtain, accepts, name="Firmware update", **more):
        """Starts an update, for which `reserve` was called. Returns its task."""
        task = self.tasks.begin(name, self.kind.task_id)
        update = Update(self, task, obtain, accepts, **more)
        update.start()
        return task

    def watched(self):
        """A client reads how far an update is."""
        self.task_reads += 1
        if self.knobs["expire-after"] and self.task_reads >= self.knobs["expire-after"]:
            self.knobs.turn({"expire-after": 0})
            self.sessions.forget()
            raise Refused(401, "Base.1.8.NoValidSession", "There is no valid session established.")
        if self.knobs["restarts-unasked"] and self.task_reads >= self.knobs["restarts-unasked"]:
            self.knobs.turn({"restarts-unasked": 0})
            self.restart("unasked")

    # --- requests

    def answer(self, request):
        if self.knobs["delay"]:
            self.power.wait(self.knobs["delay"])
        self.sessions.look(request)
        try:
            response = self.tree.answer(request)
        except Refused as refused:
            response = Response(refused.status, self.kind.error(refused), refused.headers)
        except ValueError as error:
            response = Response(400, {"error": {"code": "Base.1.8.GeneralError", "message": str(error)}})
        return hostile.spoil(response, self.knobs, request.path)

    def saw(self, request, status, sent, seconds):
        tls = request.connection.version() if hasattr(request.connection, "version") else None
        self.note("request", request.secret, method=request.method, path=request.target, credentials=request.credentials,
                  bytes_in=request.body.count, status=status, bytes_out=sent, seconds=round(seconds, 4), tls=tls,
                  host=request.headers.get("Host"), **{"from": request.peer[0]})

    def raw(self, connection):
        """RIBCL without HTTP."""
        self.kind.raw(self, connection)

    def pin(self):
        return certificate.pin(self.spki)

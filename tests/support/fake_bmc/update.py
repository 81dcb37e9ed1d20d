"""The life of one update, from the image to the new version."""

import threading

from . import fetch
from .failures import Failed, PoweredOff

STEPS = 20


def by_uri(bmc, uri):
    """An image that is fetched while the task runs."""
    def obtain(update):
        if bmc.knobs["no-get"]:
            bmc.pause(bmc.knobs.seconds("fetch-patience"))
            raise Failed("TransferFailed", "The image could not be fetched: no data came.")
        try:
            return fetch.fetch(bmc, uri, update.loaded)
        except fetch.NotFetched as error:
            raise Failed("TransferFailed", f"The image could not be fetched: {error}") from None
    return obtain


def received(image):
    """An image that came with the request."""
    return lambda update: image


class Update(threading.Thread):
    """`obtain(update)` gives the image. `accepts`: kinds of images that this way takes; `target`: what the client named;
    `apply`: 'immediate', 'reset' or 'verify' (only looked at, and kept for StartUpdate)."""

    def __init__(self, bmc, task, obtain, accepts, target=None, apply="immediate"):
        super().__init__(daemon=True)
        self.bmc, self.task, self.obtain, self.accepts = bmc, task, obtain, accepts
        self.target, self.apply = target, apply
        self.boot = bmc.boot

    def run(self):
        bmc, task = self.bmc, self.task
        if bmc.knobs["task-completed"]:
            task.end("Completed")
            task.frozen = True
        try:
            bmc.progress("Uploading", 0)
            task.go("Downloading" if bmc.kind.says_downloading else "Running", 0)
            image = self.obtain(self)
            component = self.verify(image)
            if self.apply == "verify":
                bmc.verified = image
                task.end("Completed")
                bmc.progress("Idle")
            else:
                self.write(image)
                self.settle(component, image)
        except Failed as failure:
            self.fail(failure)
        except PoweredOff:
            pass  # the power went: nothing is left of the task
        finally:
            bmc.release(self.boot)

    def loaded(self, done, total):
        self.bmc.progress("Uploading", 0)  # BMCs say 0 while they fetch

    def verify(self, image):
        """The component that the image is for."""
        bmc = self.bmc
        self.task.go("Running", 10)
        bmc.progress("Verifying", 10)
        bmc.pause(bmc.knobs.seconds("verify-seconds"))
        if image.kind not in self.accepts or image.target is None:
            raise Failed("VerificationFailed", f"An image of this kind ({image.kind}) is not supported here.")
        bmc.kind.look_at(bmc, image)
        if not image.intact:
            raise Failed("VerificationFailed", "The checksum of the image is wrong.")
        if bmc.knobs["bad-signature"]:
            raise Failed("VerificationFailed", "The signature of the image is not valid.")
        component = bmc.component(image.target)
        if not component or component.updateable is False:
            raise Failed("NoTargetsDetermined", f"The image is for '{image.target}', which is not updateable here.")
        if self.target and bmc.component_at(self.target) is not component:
            raise Failed("NoTargetsDetermined", f"The image is for '{image.target}' and not for {self.target}.")
        return component

    def write(self, image):
        bmc = self.bmc
        bmc.note("flash-begins", target=image.target, version=image.version, sha256=image.sha256)
        for step in range(1, STEPS + 1):
            percent = 10 + 85 * step // STEPS
            while bmc.knobs["never-finishes"] and percent > 60:
                bmc.pause(0.05)
            bmc.pause(bmc.knobs.seconds("flash-seconds") / STEPS)
            self.task.go("Running", percent)
            bmc.progress("Writing", percent)
        bmc.note("flash", target=image.target, version=image.version, sha256=image.sha256)

    def settle(self, component, image):
        """Brings the new version up, or says what will."""
        bmc, task = self.bmc, self.task
        if bmc.knobs["keeps-version"]:
            task.end("Completed")
            bmc.progress("Complete", 100)
            return
        how = self.how(component)
        version = bmc.knobs["installs-version"] or image.version
        component.staged = (version, how)
        bmc.log("IEL", f"Firmware flashed ({component.name} {version})")
        bmc.save()
        bmc.progress("Complete", 100)
        bmc.kind.settled(bmc, task, how)
        if how == "none":
            component.bring_up(bmc.knobs)
            bmc.save()
        elif how == "bmc":
            bmc.pause(bmc.knobs.seconds("restart-delay"))
            bmc.restart("update")

    def how(self, component):
        knobs = self.bmc.knobs
        for name, how in (("host-reboot", "host"), ("needs-reset", "manager"), ("no-restart", "none")):
            if knobs[name]:
                return how
        return "manager" if component.resets == "bmc" and self.apply == "reset" else component.resets

    def fail(self, failure):
        bmc, task = self.bmc, self.task
        if not bmc.knobs["fails-silently"]:
            task.say(bmc.kind.message_id(failure.name), failure.text, "Critical")
        task.end("Exception", "Critical")
        bmc.progress("Error", 0, bmc.kind.message_id(failure.name))
        bmc.log("IEL", f"Firmware update failed: {failure.text}", "Critical")

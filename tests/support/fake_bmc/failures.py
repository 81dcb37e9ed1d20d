"""How an update can end early."""


class Failed(Exception):
    """The update fails, and says why. `name`: of a message in DMTF's registry Update."""

    def __init__(self, name, text):
        super().__init__(text)
        self.name, self.text = name, text


class PoweredOff(Exception):
    """The BMC restarted under what was going on."""

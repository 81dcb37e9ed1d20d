"""Running other programs, and the one kind of error this command knows."""

import subprocess


class LabError(Exception):
    """Something a person must read: names the thing, the reason and the way out."""


def run(*command, given=None, check=True):
    """Runs `command`, feeds it the text `given`, and returns what it printed.

    With check, an exit status other than 0 becomes a LabError with the program's own words.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, input=given or "", capture_output=True, text=True)
    except FileNotFoundError:
        raise LabError(f"{words[0]}: no such program; 'scripts/setup' installs what the lab needs") from None
    if check and done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()
        raise LabError(f"{' '.join(words[:6])}: exit status {done.returncode}: {'; '.join(said[-3:])}")
    return done.stdout

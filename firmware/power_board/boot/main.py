"""/main.py of a board: starts the application's good slot, or gives a new one three tries.

Two folders, /app_a and /app_b, take turns. Which one runs is said by small files whose first letter
is the slot; each changes by a rename, so that a power cut leaves the old or the new and never half:

    /slot_good    runs
    /slot_trial   is tried first, one mark behind the letter for each try; the application renames
                  it to /slot_good once it has run for a while (slot.py)
    /slot_failed  what a trial becomes that was never confirmed
    /hold         do not start this time: the host wants the prompt
"""

import os
import sys

TRIES = 3
RESET_EXIT_CODE = 79  # on the unix port, whose `machine` cannot reset: 75 + "soft" (ports/virtual)


def read(name: str) -> str:
    """A small file's text; empty where there is none."""
    try:
        with open(name) as stream:
            return str(stream.read())
    except OSError:
        return ""


def choose() -> "tuple[str, bool]":
    """The slot to start and whether it is on trial; counts the try."""
    trial = read("/slot_trial")
    if trial[:1] in ("a", "b"):
        if len(trial) <= TRIES:
            with open("/slot_new", "w") as stream:
                stream.write(trial + ".")
            os.rename("/slot_new", "/slot_trial")
            return trial[0], True
        print("boot: slot " + trial[0] + " did not confirm itself; back to the last good one")
        os.rename("/slot_trial", "/slot_failed")
    return read("/slot_good")[:1], False


def reset() -> None:
    """Start anew."""
    try:
        from machine import reset as reset_chip
    except ImportError:
        sys.exit(RESET_EXIT_CODE)
    reset_chip()


def start() -> None:
    """Run the application; returns to the prompt where it is held or there is none."""
    try:
        os.remove("/hold")
        print("boot: held for the host")
        return
    except OSError:
        pass
    slot, on_trial = choose()
    if slot not in ("a", "b"):
        print("boot: no application; `wenhuo flash power` puts one here")
        return
    os.chdir("/app_" + slot)
    try:
        __import__("main")
    except Exception as error:
        if not on_trial:
            raise
        sys.print_exception(error)  # type: ignore[attr-defined,unused-ignore]
        reset()


start()

"""What the board holds, as one line of JSON. Run through the prompt by `wenhuo flash power`."""

import hashlib
import json
import os
import sys

_DIRECTORY = 0x4000


def text(name: str) -> str:
    """A small file's text; empty where there is none."""
    try:
        with open(name) as stream:
            return str(stream.read())
    except OSError:
        return ""


def digest(path: str) -> str:
    """SHA-256 of a file, hexadecimal; empty where there is none."""
    total = hashlib.sha256()
    block = bytearray(512)
    try:
        with open(path, "rb") as stream:
            size = stream.readinto(block)
            while size:
                total.update(memoryview(block)[:size])
                size = stream.readinto(block)
    except OSError:
        return ""
    return "".join(["%02x" % byte for byte in total.digest()])


def tree(folder: str, prefix: str = "") -> "dict[str, str]":
    """Digest of each file below a folder, by its name in it."""
    found: "dict[str, str]" = {}
    try:
        entries = list(os.ilistdir(folder))  # type: ignore[attr-defined,unused-ignore]
    except OSError:
        return found
    for entry in entries:
        path = folder + "/" + entry[0]
        if entry[1] == _DIRECTORY:
            found.update(tree(path, prefix + entry[0] + "/"))
        else:
            found[prefix + entry[0]] = digest(path)
    return found


def unique_id() -> str:
    """The chip's own number, hexadecimal; empty where it has none."""
    try:
        from machine import unique_id as read_id
    except ImportError:
        return ""
    return "".join(["%02x" % byte for byte in read_id()])


def survey() -> "dict[str, object]":
    """Everything that decides what is written."""
    stats = os.statvfs("/")  # type: ignore[attr-defined,unused-ignore]
    return {
        "platform": sys.platform,
        "bytecode": sys.implementation._mpy & 0xFF,  # type: ignore[attr-defined,unused-ignore]
        "running": os.getcwd().startswith("/app_"),
        "unique_id": unique_id(),
        "free_bytes": stats[0] * stats[3],
        "good": text("/slot_good")[:1],
        "trial": text("/slot_trial")[:1],
        "failed": text("/slot_failed")[:1],
        "identity": text("/identity.json"),
        "boot": digest("/main.py"),
        "slots": {"a": tree("/app_a"), "b": tree("/app_b")},
    }


print(json.dumps(survey()))

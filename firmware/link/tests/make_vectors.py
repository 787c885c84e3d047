"""Writes vectors.json beside this file: run it once after a change of the protocol's version."""

from __future__ import annotations

import json
import random
import struct
from pathlib import Path

from wenhuo_link import protocol as p
from wenhuo_link.crc16 import crc16
from wenhuo_link.frame import FrameWriter
from wenhuo_link.messages import MESSAGES, dictionary_hash

_SAMPLES = {"B": (0, 7, 255), "H": (0, 1000, 65535), "I": (0, 70000, 2**32 - 1)}
_SAMPLES |= {"h": (0, -1234, 32767), "i": (0, -150000, 2**31 - 1)}


def messages() -> list[dict]:
    """Each message of the table with three sets of values, and its frame."""
    rows = []
    writer = FrameWriter()
    for kind, name, fields in MESSAGES:
        layout = p.FORMATS[kind]
        for pick in range(3 if fields else 1):
            values: list[int | str] = []
            for code in layout[1:].replace("24s", "s"):
                values.append("virtual"[: pick * 3] if code == "s" else _SAMPLES[code][pick])
            raw = [v.encode() if isinstance(v, str) else v for v in values]
            payload = struct.pack(layout, *raw)
            writer.payload[: len(payload)] = payload
            frame = bytes(writer.build(kind, pick * 100 + 1, len(payload))).hex()
            rows.append({"name": name, "seq": pick * 100 + 1, "values": values, "frame": frame})
    return rows


def main() -> None:
    """Write the file."""
    rng = random.Random(1)
    blocks = [b"", b"123456789", bytes(10), bytes(range(64)), rng.randbytes(64)]
    vectors = {
        "dictionary": dictionary_hash(),
        "crc16": [[block.hex(), crc16(block, len(block))] for block in blocks],
        "messages": messages(),
    }
    path = Path(__file__).with_name("vectors.json")
    path.write_text(json.dumps(vectors, indent=1) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()

"""Checks vectors.json with whatever interpreter runs this: CPython in the tests, MicroPython too.

Arguments: the folder of the package, the vectors. Prints the number of checks, or what is wrong.
"""

import json
import struct
import sys
from binascii import hexlify, unhexlify

sys.path.insert(0, sys.argv[1])

from wenhuo_link import protocol as p
from wenhuo_link.crc16 import crc16
from wenhuo_link.frame import FrameReader, FrameWriter
from wenhuo_link.host import unpack
from wenhuo_link.messages import MESSAGES, dictionary_hash

KINDS = {row[1]: row[0] for row in MESSAGES}
TABLE = {row[0]: row for row in MESSAGES}
checks = []


def expect(got, wanted, what):
    """Stop with a line where two things differ."""
    checks.append(what)
    if got != wanted:
        print(what, repr(got), "instead of", repr(wanted))
        sys.exit(1)


def check_message(row):
    """Pack, frame, read back byte by byte, unpack."""
    kind = KINDS[row["name"]]
    values = [v.encode() if isinstance(v, str) else v for v in row["values"]]
    writer = FrameWriter()
    struct.pack_into(p.FORMATS[kind], writer.payload, 0, *values)
    frame = bytes(writer.build(kind, row["seq"], p.SIZES[kind]))
    expect(hexlify(frame).decode(), row["frame"], row["name"] + " frame")
    seen = []
    reader = FrameReader(lambda k, s, view, n: seen.append((k, s, bytes(view[:n]))))
    for byte in frame:
        reader.feed(bytes([byte]), 1)
    expect(len(seen), 1, row["name"] + " frames read")
    expect(seen[0][:2], (kind, row["seq"]), row["name"] + " type and sequence")
    fields = unpack(kind, seen[0][2])
    names = [field for field, _ in TABLE[kind][2]]
    expect([fields[name] for name in names], row["values"], row["name"] + " fields")


with open(sys.argv[2]) as stream:
    vectors = json.load(stream)
expect(dictionary_hash(), vectors["dictionary"], "dictionary")
for text, crc in vectors["crc16"]:
    data = unhexlify(text)
    expect(crc16(data, len(data)), crc, "crc16 of " + text)
for message in vectors["messages"]:
    check_message(message)
print("ok", len(checks))

"""Consistent overhead byte stuffing (Cheshire and Baker 1999): frames without a zero byte inside.

Both functions work on buffers that the caller owns, so that the board allocates nothing.
"""


def encode_into(out: bytearray, data: "bytes | bytearray | memoryview", length: int) -> int:
    """Stuff the first `length` bytes of `data` into `out`; returns the bytes written.

    `out` must hold length + length // 254 + 1 bytes. The delimiter is not written.
    """
    code_at = 0
    write = 1
    code = 1
    for i in range(length):
        byte = data[i]
        if byte:
            out[write] = byte
            write += 1
            code += 1
        if not byte or code == 0xFF:
            out[code_at] = code
            code_at = write
            write += 1
            code = 1
    out[code_at] = code
    return write


def decode_in_place(buf: bytearray, length: int) -> int:
    """Unstuff the first `length` bytes of `buf` where they lie; the new length, -1 if malformed."""
    read = 0
    write = 0
    while read < length:
        code = buf[read]
        end = read + code
        if code == 0 or end > length:
            return -1
        read += 1
        while read < end:
            buf[write] = buf[read]
            write += 1
            read += 1
        if code != 0xFF and read < length:
            buf[write] = 0
            write += 1
    return write

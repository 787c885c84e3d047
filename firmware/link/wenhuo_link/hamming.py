"""Half a byte to a byte on the wire: one wrong bit in it is mended, two are seen.

The code is the extended Hamming [8,4,4] (the first-order Reed-Muller code of three variables),
shifted by 0x03, two bits from all of its words: so that no word is zero, which ends a frame, nor
becomes it by one wrong bit. Both functions work on buffers that the caller owns, so that the board
allocates nothing.
"""

_SHIFT = 0x03
_BROKEN = 0x80


def _word(nibble: int) -> int:
    rows = (0x55, 0x33, 0x0F, 0xFF)
    word = _SHIFT
    for bit in range(4):
        if nibble >> bit & 1:
            word ^= rows[bit]
    return word


def _nearest(words: bytes) -> bytearray:
    """The nibble of each byte: of the word itself or one bit beside it, else _BROKEN."""
    found = bytearray([_BROKEN] * 256)
    for nibble in range(16):
        found[words[nibble]] = nibble
        for bit in range(8):
            found[words[nibble] ^ 1 << bit] = nibble
    return found


_WORDS = bytes([_word(nibble) for nibble in range(16)])
_NIBBLES = _nearest(_WORDS)


def encode_into(out: bytearray, at: int, data: "bytes | bytearray", length: int) -> int:
    """Write the first `length` bytes of `data` into `out` from `at` on; returns where it ends."""
    for i in range(length):
        byte = data[i]
        out[at] = _WORDS[byte >> 4]
        out[at + 1] = _WORDS[byte & 15]
        at += 2
    return at


def decode_in_place(buf: bytearray, length: int) -> int:
    """Put the bytes that `length` words of `buf` stand for at its beginning; how many, -1 where a
    word is broken. A single word at the end is none: a spoilt end of the frame."""
    size = length // 2
    for i in range(size):
        high = _NIBBLES[buf[2 * i]]
        low = _NIBBLES[buf[2 * i + 1]]
        if (high | low) & _BROKEN:
            return -1
        buf[i] = high << 4 | low
    return size

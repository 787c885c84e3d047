"""Frames: the same vectors on both interpreters, any split of the bytes, any noise."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wenhuo_link
from wenhuo_link import fault_table, faults, messages
from wenhuo_link import protocol as p
from wenhuo_link.crc16 import crc16
from wenhuo_link.frame import MAX_PAYLOAD, FrameReader, FrameWriter
from wenhuo_link.hamming import decode_in_place, encode_into
from wenhuo_link.messages import MESSAGES

HERE = Path(__file__).parent
PACKAGE = Path(wenhuo_link.__file__).parent.parent
Frame = tuple[int, int, bytes]

payloads = st.binary(max_size=MAX_PAYLOAD)
frames = st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255), payloads), max_size=6)


def encoded(kind: int, seq: int, payload: bytes) -> bytes:
    writer = FrameWriter()
    writer.payload[: len(payload)] = payload
    return bytes(writer.build(kind, seq, len(payload)))


def reader_into(seen: list[Frame]) -> FrameReader:
    return FrameReader(lambda kind, seq, view, n: seen.append((kind, seq, bytes(view[:n]))))


@pytest.mark.parametrize("interpreter", ["python", "micropython"])
def test_both_interpreters_agree_on_every_vector(interpreter):
    command = [
        Path(sys.executable).with_name(interpreter),
        HERE / "check_vectors.py",
        PACKAGE,
        HERE / "vectors.json",
    ]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.stdout.startswith("ok "), done.stdout + done.stderr


def test_crc16_is_the_published_one():
    assert crc16(b"123456789", 9) == 0x29B1


def words(data: bytes) -> bytes:
    out = bytearray(2 * len(data))
    assert encode_into(out, 0, data, len(data)) == len(out)
    return bytes(out)


def test_any_two_words_differ_in_four_bits_and_none_is_near_to_zero():
    all_words = [words(bytes([nibble]))[1] for nibble in range(16)]
    for i, word in enumerate(all_words):
        assert word.bit_count() >= 2
        assert all((word ^ other).bit_count() >= 4 for other in all_words[:i])


@given(st.binary(max_size=MAX_PAYLOAD), st.randoms(use_true_random=False))
def test_words_come_undone_with_a_wrong_bit_in_each(data, rng):
    spoilt = bytearray(byte ^ (1 << rng.randrange(8)) for byte in words(data))
    assert bytes(spoilt[: decode_in_place(spoilt, len(spoilt))]) == data


@given(st.binary(min_size=1, max_size=MAX_PAYLOAD), st.data())
def test_a_word_with_two_wrong_bits_is_seen(data, draw):
    spoilt = bytearray(words(data))
    at = draw.draw(st.integers(0, len(spoilt) - 1))
    for bit in draw.draw(st.sets(st.integers(0, 7), min_size=2, max_size=2)):
        spoilt[at] ^= 1 << bit
    assert decode_in_place(spoilt, len(spoilt)) == -1


@given(frames, st.lists(st.integers(1, 40), min_size=1))
def test_frames_come_through_however_the_bytes_are_split(sent, cuts):
    stream = b"".join(encoded(*frame) for frame in sent)
    seen: list[Frame] = []
    reader = reader_into(seen)
    turn = 0
    while stream:
        size = min(cuts[turn % len(cuts)], len(stream))
        reader.feed(stream[:size], size)
        stream, turn = stream[size:], turn + 1
    assert seen == sent
    assert reader.bad_frames == 0


@settings(max_examples=300)
@given(st.lists(st.binary(max_size=200), max_size=8), payloads)
def test_after_any_noise_the_next_frame_is_read(noise, payload):
    seen: list[Frame] = []
    reader = reader_into(seen)
    for piece in noise:
        reader.feed(piece, len(piece))
    seen.clear()
    frame = encoded(5, 6, payload)
    reader.feed(frame, len(frame))
    assert seen[-1] == (5, 6, payload)


@settings(max_examples=300)
@given(payloads, st.data())
def test_a_frame_with_up_to_five_flipped_bits_is_read_as_it_was_sent_or_not_at_all(payload, data):
    """Five bits can make one word into another, and such a burst is what a CRC always sees."""
    frame = bytearray(encoded(9, 17, payload))
    bits = st.integers(0, len(frame) * 8 - 1)
    for bit in data.draw(st.sets(bits, min_size=1, max_size=5)):
        frame[bit // 8] ^= 1 << (bit % 8)
    seen: list[Frame] = []
    reader_into(seen).feed(bytes(frame), len(frame))
    assert seen in ([], [(9, 17, payload)])


@given(payloads, st.data())
def test_a_frame_with_a_flipped_bit_anywhere_and_the_next_one_are_read(payload, data):
    """A word is mended; of the zeros around it, one may be spoilt."""
    frame = bytearray(encoded(9, 17, payload))
    bit = data.draw(st.integers(8, len(frame) * 8 - 1))
    frame[bit // 8] ^= 1 << (bit % 8)
    seen: list[Frame] = []
    both = bytes(frame) + encoded(1, 18, b"x")
    reader_into(seen).feed(both, len(both))
    assert seen == [(9, 17, payload), (1, 18, b"x")]


def test_a_frame_longer_than_any_message_is_dropped():
    seen: list[Frame] = []
    reader = reader_into(seen)
    reader.feed(b"\x01" * 5000, 5000)
    frame = encoded(1, 2, b"abc")
    reader.feed(frame, len(frame))
    assert seen == [(1, 2, b"abc")]
    assert reader.bad_frames == 1


def test_the_table_is_sound():
    numbers = [row[0] for row in MESSAGES]
    assert len(set(numbers)) == len(numbers)
    assert max(p.SIZES.values()) <= MAX_PAYLOAD
    assert set(numbers) == set(p.FORMATS)
    for row in MESSAGES:
        assert len(p.FORMATS[row[0]].replace("24s", "s")) - 1 == len(row[2]), row[1]


def test_names_on_the_wire_are_the_contracts():
    schedule = pytest.importorskip("wenhuo.schedule")
    assert tuple(kind.value for kind in schedule.PhaseKind) == messages.PHASE_KINDS
    assert tuple(until.value for until in schedule.Until) == messages.UNTIL


def test_every_fault_says_what_it_is_why_and_what_to_do():
    codes = [row[0] for row in fault_table.FAULTS]
    named = {value for name, value in vars(faults).items() if name.isupper() and name != "WARNINGS"}
    assert set(codes) == named - {faults.NONE}
    names = [row[1] for row in fault_table.FAULTS]
    assert codes == sorted(set(codes))
    assert len(set(names)) == len(names)
    for code, name, line, causes, remedy in fault_table.FAULTS:
        assert 0 < code < 256
        assert name.isidentifier()
        assert line.endswith(".")
        assert causes
        assert remedy
        assert fault_table.fault_name(code) == name
    assert fault_table.fault_name(0) == "none"
    assert fault_table.fault_name(250) == "unknown"
    assert [code for code in codes if not fault_table.stops(code)] == sorted(faults.WARNINGS)

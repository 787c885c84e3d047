"""`wenhuo bench llm`: rounds in turn over all engines, then one table and its ratios."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from wenhuo.boards import Product
from wenhuo_tools.bench import memory
from wenhuo_tools.bench.engines import Engine, Kind, kinds
from wenhuo_tools.bench.sentences import sentences

THREADS = (1, 2)


def measure(
    product: Product,
    model: Path,
    peers: Path | None,
    *,
    rounds: int,
    count: int,
    said: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Ratios and rows (see the README). Raises ModelError where an engine does not load.

    peers: the folder that `make bench-peers` filled; None: our own rows only. rounds: of the fast
    engines; Gemma, which takes seconds a sentence, has one. count: sentences.
    """
    texts = sentences(product)[:count]
    found = kinds(model, peers, list(product.menu))
    engines = [Engine(kind, threads, product) for kind in found for threads in _threads(kind)]
    try:
        for engine in engines:
            engine.start()
        for number in range(rounds):
            for engine in engines:
                if number == 0 or engine.kind.plans:
                    said(f"round {number + 1} of {rounds}: {engine.kind.name}, {engine.threads}")
                    engine.round(texts)
        rows = [engine.row() for engine in engines]
    finally:
        for engine in engines:
            engine.close()
    folder = model if model.is_dir() else model.parent
    return summary(rows, folder)


def _threads(kind: Kind) -> Sequence[int]:
    return THREADS if kind.plans else THREADS[-1:]


def summary(rows: Sequence[dict[str, Any]], folder: Path) -> dict[str, Any]:
    """Rows, ratios, the memory's limit and the projection. A ratio is null without its peer."""
    int8 = _best(rows, "wenhuo int8", "decode_tok_s") or _best(rows, "wenhuo", "decode_tok_s")
    roof = memory.roofline(folder, int8["decode_tok_s"]) if int8 else None
    ratios = {
        "plan_vs_llamacpp_q8": _worst(rows, "wenhuo int8", "llama.cpp q8_0", _faster),
        "plan_vs_gemma270m": _worst(rows, "wenhuo int8", "Gemma 3", _faster),
        "decode_vs_llamacpp_q4": _worst(rows, "wenhuo int4", "llama.cpp q4_0", _decodes),
        "roofline_int8": roof["share"] if roof else None,
    }
    share = roof["share"] if roof else 0.0
    return {
        "ratios": ratios,
        "rows": list(rows),
        "roofline": roof,
        "projection": memory.projection(folder, share),
    }


def _worst(
    rows: Sequence[dict[str, Any]],
    ours: str,
    theirs: str,
    ratio: Callable[[dict[str, Any], dict[str, Any]], float],
) -> float | None:
    """The least of the ratios at equal threads; None where there is nothing to compare."""
    pairs = [
        ratio(a, b)
        for a in rows
        for b in rows
        if a["engine"].startswith(ours)
        and b["engine"].startswith(theirs)
        and a["threads"] == b["threads"]
    ]
    return round(min(pairs), 3) if pairs else None


def _faster(ours: dict[str, Any], theirs: dict[str, Any]) -> float:
    return float(theirs["plan_p50_ms"] / ours["plan_p50_ms"])


def _decodes(ours: dict[str, Any], theirs: dict[str, Any]) -> float:
    return float(ours["decode_tok_s"] / theirs["decode_tok_s"])


def _best(rows: Sequence[dict[str, Any]], name: str, key: str) -> dict[str, Any] | None:
    """One core's row: the copy that it is held against is one core's too."""
    named = [r for r in rows if r["engine"].startswith(name) and r["threads"] == 1]
    return max(named, key=lambda row: row[key], default=None)

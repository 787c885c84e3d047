"""What memory allows: the bytes of weights that a token reads, over how fast they can be read."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from wenhuo.llm.artifact import MANIFEST

_LARGE_BYTES = 256 << 20
_FEWEST_COPIES = 5
# Copy bandwidth in GB/s as published, and where. No figure for the Cortex-A53 boards was found:
# theirs is what SmolLM-360M Q4_K_M (210 MB) at 2.6 tok/s on a Zero 2 W amounts to.
PUBLISHED = (
    ("Pi Zero 2 W", 0.55, "derived: llm-inference.com, 210 MB at 2.6 tok/s"),
    ("Pi 3", 0.55, "as Zero 2 W: the same cores and memory"),
    ("Pi 4", 2.8, "tinymembench, board reviews"),
    ("Pi 5", 5.56, "tinymembench, raspberrypi/firmware issue 1876"),
)


def weights_per_token(folder: Path) -> int:
    """How many weights one token multiplies: the blocks' matrices and the head's rows."""
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
    c, outputs = manifest["config"], manifest["shape"]["outputs"]
    heads = c["num_attention_heads"] + 2 * c["num_key_value_heads"]
    attention = c["hidden_size"] * c["head_dim"] * (heads + c["num_attention_heads"])
    forward = 3 * c["hidden_size"] * c["intermediate_size"]
    return int(c["num_hidden_layers"] * (attention + forward) + outputs * c["hidden_size"])


def copy_gb_s(size: int, at_least_s: float = 0.5) -> float:
    """Best copy bandwidth of one core, GB/s: bytes copied (read once, written once) a second.

    A buffer of the weights' size, copied again and again, is as cached as the weights are.
    """
    source, target = np.ones(size, np.uint8), np.ones(size, np.uint8)  # pages are there
    best_s, end, copies = float("inf"), time.perf_counter() + at_least_s, 0
    while time.perf_counter() < end or copies < _FEWEST_COPIES:
        copies += 1
        begun = time.perf_counter()
        np.copyto(target, source)
        best_s = min(best_s, time.perf_counter() - begun)
    return size / best_s / 1e9


def roofline(folder: Path, decode_tok_s: float) -> dict[str, Any]:
    """int8: the limit in tokens a second by both bandwidths, and our share of the stricter one."""
    size = weights_per_token(folder)
    cached, large = copy_gb_s(size), copy_gb_s(_LARGE_BYTES)
    return {
        "weights_bytes": size,
        "copy_gb_s": {"weights_size": round(cached, 2), "256_mib": round(large, 2)},
        "limit_tok_s": round(cached * 1e9 / size, 1),
        "limit_256_mib_tok_s": round(large * 1e9 / size, 1),
        "share": round(decode_tok_s * size / (cached * 1e9), 3),
    }


def projection(folder: Path, share: float) -> list[dict[str, Any]]:
    """Decode speed to expect of int8 on the boards: published bandwidth times our share of the
    limit here, at most all of it. A projection, not a measurement."""
    size = weights_per_token(folder)
    return [
        {
            "board": board,
            "copy_gb_s": gb_s,
            "source": source,
            "decode_tok_s": round(min(1.0, share) * gb_s * 1e9 / size, 1),
        }
        for board, gb_s, source in PUBLISHED
    ]

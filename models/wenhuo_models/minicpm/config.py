"""Configurations of the MiniCPM architecture, as rows: student sizes and the published ones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from wenhuo.errors import ModelError


@dataclass(frozen=True, slots=True)
class MiniCPMConfig:
    """Sizes and scalings; the names are those of the official config.json.

    scale_emb multiplies embeddings, scale_depth / sqrt(num_hidden_layers) each residual branch, and
    logits are divided by hidden_size / dim_model_base (MiniCPM, arXiv 2404.06395, section 3).
    rope_factors: what the frequency of each pair is divided by (LongRoPE, arXiv 2402.13753); empty
    for plain rope.
    """

    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    max_position_embeddings: int
    scale_emb: float = 12.0
    scale_depth: float = 1.4
    dim_model_base: int = 256
    rms_norm_eps: float = 1e-5
    rope_theta: float = 10000.0
    initializer_range: float = 0.1
    rope_factors: tuple[float, ...] = ()

    @property
    def residual_scale(self) -> float:
        """Factor of each residual branch."""
        return self.scale_depth / math.sqrt(self.num_hidden_layers)

    @property
    def logits_divisor(self) -> float:
        """What the output logits are divided by."""
        return self.hidden_size / self.dim_model_base

    def with_vocab(self, vocab_size: int) -> MiniCPMConfig:
        """The same model over another vocabulary."""
        return replace(self, vocab_size=vocab_size)


# The student's own width is its dim_model_base, so that its logits are not divided: it is the
# base model in the sense of the paper's width transfer.
CONFIGS: dict[str, MiniCPMConfig] = {
    "test-tiny": MiniCPMConfig(512, 32, 64, 2, 4, 2, 8, 256, dim_model_base=32),
    "nano": MiniCPMConfig(4096, 256, 640, 6, 8, 2, 32, 256),
    "base": MiniCPMConfig(4096, 384, 1024, 12, 6, 2, 64, 512, dim_model_base=384),
    "minicpm-1b": MiniCPMConfig(73440, 1536, 3840, 52, 24, 8, 64, 4096),
    "minicpm-2b": MiniCPMConfig(122753, 2304, 5760, 40, 36, 36, 64, 4096),
    "minicpm4-0.5b": MiniCPMConfig(73448, 1024, 4096, 24, 16, 2, 64, 32768),
}


def from_hf_config(values: Mapping[str, Any], where: str = "config.json") -> MiniCPMConfig:
    """The configuration that an official config.json describes; every value is taken from it.

    Of a LongRoPE model, what it was pretrained on: up to original_max_position_embeddings. Raises
    ModelError, naming `where`, for values that are missing, and for parts that this architecture
    lacks (another rope, biases, another activation, a head of its own).
    """
    missing = [name for name in _NEEDED if name not in values]
    if missing:
        raise ModelError(f"{where}: no {', '.join(missing)}; this is no MiniCPM configuration")
    for name, supported in _FIXED.items():
        if values.get(name, supported) != supported:
            raise ModelError(
                f"{where}: {name} {values[name]!r} is not supported, only {supported!r} is"
            )
    numbers: dict[str, Any] = {name: int(values[name]) for name in _NEEDED_INT}
    numbers |= {name: float(values[name]) for name in _NEEDED_FLOAT}
    heads, longest = numbers["num_attention_heads"], numbers["max_position_embeddings"]
    head_dim = int(values.get("head_dim") or numbers["hidden_size"] // heads)
    numbers["rope_factors"], longest = _rope(values.get("rope_scaling"), longest, where)
    if len(numbers["rope_factors"]) not in {0, head_dim // 2}:
        raise ModelError(f"{where}: rope_scaling: short_factor must have {head_dim // 2} numbers")
    return MiniCPMConfig(
        **{**numbers, "max_position_embeddings": longest},
        head_dim=head_dim,
        rope_theta=float(values.get("rope_theta", 10000.0)),
    )


def _rope(
    scaling: dict[str, Any] | None, longest: int, where: str
) -> tuple[tuple[float, ...], int]:
    """rope_factors and the longest context of a config.json's rope_scaling."""
    scaling = scaling or {}
    kind = scaling.get("rope_type") or scaling.get("type") or "default"
    if kind == "default":
        return (), longest
    if kind != "longrope":
        raise ModelError(f"{where}: rope_scaling {kind!r} is not supported, only longrope is")
    pretrained = int(scaling.get("original_max_position_embeddings", longest))
    if pretrained < longest:
        # Stretched further, the angles are scaled by a number that depends on the stretch.
        raise ModelError(
            f"{where}: longrope stretched from {pretrained} to {longest} positions is not "
            f"supported; set max_position_embeddings to {pretrained}"
        )
    return tuple(map(float, scaling["short_factor"])), pretrained


_NEEDED_INT = (
    "vocab_size",
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "max_position_embeddings",
    "dim_model_base",
)
_NEEDED_FLOAT = ("scale_emb", "scale_depth", "rms_norm_eps")
_NEEDED = (*_NEEDED_INT, *_NEEDED_FLOAT)
_FIXED = {"hidden_act": "silu", "attention_bias": False, "tie_word_embeddings": True}

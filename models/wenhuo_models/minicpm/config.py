"""Configurations of the MiniCPM architecture, as rows: student sizes and the published ones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class MiniCPMConfig:
    """Sizes and scalings; the names are those of the official config.json.

    scale_emb multiplies embeddings, scale_depth / sqrt(num_hidden_layers) each residual branch, and
    logits are divided by hidden_size / dim_model_base (MiniCPM, arXiv 2404.06395, section 3).
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


def from_hf_config(values: Mapping[str, object]) -> MiniCPMConfig:
    """The configuration that an official config.json describes; every value is taken from it.

    Raises ValueError for a model with parts that this architecture lacks (another rope, biases).
    """
    scaling = values.get("rope_scaling")
    if scaling not in (None, {}) and dict(scaling).get("rope_type", "default") != "default":  # type: ignore[call-overload]
        raise ValueError(f"rope_scaling {scaling!r} is not supported: only plain rope is")
    if values.get("attention_bias"):
        raise ValueError("attention_bias is not supported: MiniCPM has no biases")
    heads = _int(values, "num_attention_heads")
    hidden = _int(values, "hidden_size")
    return MiniCPMConfig(
        vocab_size=_int(values, "vocab_size"),
        hidden_size=hidden,
        intermediate_size=_int(values, "intermediate_size"),
        num_hidden_layers=_int(values, "num_hidden_layers"),
        num_attention_heads=heads,
        num_key_value_heads=_int(values, "num_key_value_heads"),
        head_dim=_int(values, "head_dim") if "head_dim" in values else hidden // heads,
        max_position_embeddings=_int(values, "max_position_embeddings"),
        scale_emb=_float(values, "scale_emb"),
        scale_depth=_float(values, "scale_depth"),
        dim_model_base=_int(values, "dim_model_base"),
        rms_norm_eps=_float(values, "rms_norm_eps"),
        rope_theta=_float(values, "rope_theta") if "rope_theta" in values else 10000.0,
    )


def _int(values: Mapping[str, object], key: str) -> int:
    return int(str(values[key]))


def _float(values: Mapping[str, object], key: str) -> float:
    return float(str(values[key]))

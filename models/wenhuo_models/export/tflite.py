"""The student as a TFLite file: three signatures over one set of weights, float or int8."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from wenhuo.llm.runtime import INPUTS, SIGNATURE
from wenhuo_models.export.graph import DeviceModel
from wenhuo_models.minicpm.model import MiniCPM

# A prompt is mostly under 64 tokens, the conditions written by the host are 16 to 19.
FEED_SIZES = (1, 24, 64)


def sample_inputs(model: MiniCPM, size: int, context: int) -> tuple[Tensor, ...]:
    """Zeros in the shapes of DeviceModel.forward, for a signature of `size` tokens."""
    c = model.config
    groups = c.num_attention_heads // c.num_key_value_heads
    cache = torch.zeros(c.num_hidden_layers, c.num_key_value_heads, context, c.head_dim)
    return (
        torch.zeros(size, dtype=torch.int32),
        torch.zeros(size, dtype=torch.int32),
        torch.zeros(1, dtype=torch.int32),
        torch.zeros(1, groups * size, context + size),
        cache,
        cache.clone(),
    )


def export_float(model: MiniCPM, outputs: int, context: int, path: Path) -> None:
    """Convert; `outputs` functional tokens get logits, the cache has `context` rows."""
    import litert_torch  # noqa: PLC0415  # takes seconds to import, and only this step needs it

    device_model = DeviceModel(model, outputs, context).eval()
    converter = litert_torch.Converter()
    for size in FEED_SIZES:
        sample = dict(zip(INPUTS, sample_inputs(model, size, context), strict=True))
        converter.signature(f"{SIGNATURE}{size}", device_model, sample_kwargs=sample)
    path.unlink(missing_ok=True)
    converter.convert().export(str(path))


def quantize_int8(source: Path, path: Path) -> None:
    """Weights int8 per channel, activations quantized as they come; the rest stays float32."""
    from ai_edge_quantizer import quantizer, recipe  # noqa: PLC0415

    worker = quantizer.Quantizer(str(source))
    worker.load_quantization_recipe(recipe.dynamic_wi8_afp32())
    path.unlink(missing_ok=True)
    worker.quantize().export_model(str(path))

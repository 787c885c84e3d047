"""The student as a TFLite file: signatures over one set of weights, float or quantized."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ai_edge_quantizer import quantizer
from ai_edge_quantizer.qtyping import QuantGranularity, TFLOperationName

from wenhuo.llm.runtime import CACHE, INPUTS
from wenhuo_models.export.graph import DeviceModel

# Tokens and rows of cache of each signature; each takes about 1.2 MB of memory. Words are mostly 6
# to 24 tokens, conditions 17 to 19, both where a line begins, and few lines grow beyond 64. Five:
# a token and guesses; longer words follow a first call by fives as fast as by one of their length.
FEEDS = ((1, 64), (1, 128), (1, 256), (5, 64), (12, 0), (20, 0))
_MOST_LOGITS = 5  # tokens whose logits a signature gives: the last one's, and those of the guesses

Rule = tuple[str, TFLOperationName, int, QuantGranularity]

_MATRIX, _LOOKUP = TFLOperationName.FULLY_CONNECTED, TFLOperationName.EMBEDDING_LOOKUP
_CHANNEL = QuantGranularity.CHANNELWISE


@dataclass(frozen=True, slots=True)
class Format:
    """A way to store the weights. Activations are quantized as they come, unless `computed` is
    False: then the weights are made float32 before they are used. The rest is float32.

    rules: name pattern, operation, bits and granularity; a later rule overrides an earlier one.
    snapped: GPTQ moves the weights onto the grid first (export.gptq). runtime: the oldest library
    that answers rightly; the newer one, ai-edge-litert, takes every format.
    """

    name: str
    says: str
    runtime: str
    rules: tuple[Rule, ...]
    snapped: bool = False
    computed: bool = True


FORMATS = (
    Format(
        "int4",
        "int4 in blocks of 32 by GPTQ; embedding and head int8",
        "ai-edge-litert",
        (
            (".*", _LOOKUP, 8, _CHANNEL),
            (".*", _MATRIX, 4, QuantGranularity.BLOCKWISE_32),
            (".*Linear_head.*", _MATRIX, 8, _CHANNEL),
        ),
        snapped=True,
    ),
    Format(
        "int8",
        "int8, a scale per channel",
        "ai-edge-litert",
        ((".*", _LOOKUP, 8, _CHANNEL), (".*", _MATRIX, 8, _CHANNEL)),
    ),
    # tflite-runtime 2.14 answers zeros, without a word, for int8 embeddings, and computes with int8
    # matrices wrongly where they have a scale per channel, or one per matrix other than the newer
    # library (196 of 200 lines the same). As float32 both write the same lines.
    Format(
        "int8-weights",
        "int8, a scale per channel, used as float32; embedding float32",
        "tflite-runtime",
        ((".*", _MATRIX, 8, _CHANNEL),),
        computed=False,
    ),
)


def export_float(model: DeviceModel, path: Path) -> None:
    """Convert to a file with float32 weights, one signature for each of FEEDS."""
    import litert_torch  # noqa: PLC0415  # takes seconds to import, and only this step needs it

    converter = litert_torch.Converter()
    for size, rows in FEEDS:
        names = (*INPUTS, *CACHE) if rows else INPUTS
        arguments = model.inputs(size, rows, min(size, _MOST_LOGITS))
        sample = dict(zip(names, arguments, strict=True))
        converter.signature(f"feed_{size}_{rows}", model.eval(), sample_kwargs=sample)
    path.unlink(missing_ok=True)
    converter.convert().export(str(path))


def replace_weights(source: Path, path: Path, before: DeviceModel, after: DeviceModel) -> None:
    """A copy of the float file of one model with the weights of another of the same shape.

    Converting takes half a minute, and only these bytes would differ. Raises ValueError where a
    weight is not found exactly once in the file.
    """
    content = source.read_bytes()
    others = dict(after.named_parameters())
    for name, weight in before.named_parameters():
        old, new = (w.detach().contiguous().numpy().tobytes() for w in (weight, others[name]))
        if content.count(old) != 1:
            raise ValueError(f"{source}: {name} is there {content.count(old)} times, not once")
        content = content.replace(old, new)
    path.write_bytes(content)


def quantize(source: Path, path: Path, chosen: Format) -> None:
    """Store the weights of a float file in another format; the largest weight sets a scale."""
    worker = quantizer.Quantizer(str(source))
    add = worker.add_dynamic_config if chosen.computed else worker.add_weight_only_config
    for pattern, operation, bits, granularity in chosen.rules:
        add(pattern, operation, bits, granularity)
    path.unlink(missing_ok=True)
    worker.quantize().export_model(str(path))

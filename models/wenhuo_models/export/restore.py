"""A student back from the int8 file that ships: weights to train on from, without a checkpoint.

The way of export.graph in reverse. Norm weights come back as ones, folded into the matrices behind
them; rounding to int8 stays in. What the student answers is the file's answer to that rounding.
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import numpy as np
import torch
from ai_edge_litert.interpreter import Interpreter
from torch import Tensor

from wenhuo.errors import ModelError
from wenhuo.llm.artifact import MANIFEST
from wenhuo_models.minicpm.config import MiniCPMConfig
from wenhuo_models.minicpm.model import Block, MiniCPM

_FORMAT = "int8"
_LAYERS = ("qkv", "out", "gate_up", "down")
_LAYER = re.compile(r"(?:DeviceBlock_(?P<block>\d+)/.*)?Linear_(?P<layer>\w+);?$")
_EMBEDDING = ("", "embedding")


def restore(folder: Path) -> MiniCPM:
    """The student of a folder with an int8 file.

    Raises ModelError where the folder has none, or the file holds another graph.
    """
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    if _FORMAT not in manifest["formats"]:
        raise ModelError(f"{folder}: has no {_FORMAT} file to train on from")
    path = folder / manifest["formats"][_FORMAT]["file"]
    config = MiniCPMConfig(**manifest["config"] | {"rope_factors": ()})
    model = MiniCPM(config)
    try:
        _fill(model, _matrices(path))
    except (KeyError, RuntimeError) as error:
        raise ModelError(f"{path}: not the graph of this version: {error}") from error
    return model


def _matrices(path: Path) -> dict[tuple[str, str], Tensor]:
    """The int8 matrices of a file as float32, by block number and layer."""
    interpreter = Interpreter(str(path))
    found: dict[tuple[str, str], Tensor] = {}
    for detail in interpreter.get_tensor_details():
        scales = detail["quantization_parameters"]["scales"]
        if detail["dtype"] is np.int8 and len(detail["shape"]) == 2 and len(scales) > 1:
            codes = interpreter.get_tensor(detail["index"]).astype(np.float32)
            name = _LAYER.search(detail["name"])
            key = (name["block"] or "", name["layer"]) if name else _EMBEDDING
            found[key] = torch.from_numpy(codes * scales[:, None])
    return found


@torch.no_grad()
def _fill(model: MiniCPM, matrices: dict[tuple[str, str], Tensor]) -> None:
    c = model.config
    table = matrices[_EMBEDDING] / c.scale_emb
    model.model.embed_tokens.weight.copy_(table)
    head = matrices["", "head"] * c.logits_divisor
    seen = table[: len(head)]  # the head is the same table, times the last norm's weights
    model.model.norm.weight.copy_((head * seen).sum(0) / (seen * seen).sum(0))
    heads = (c.num_attention_heads * c.head_dim, *[c.num_key_value_heads * c.head_dim] * 2)
    for i, block in enumerate(model.model.layers):
        assert isinstance(block, Block)
        of = {name: matrices[str(i), name] for name in _LAYERS}
        attention, mlp = block.self_attn, block.mlp
        q, k, v = torch.split(of["qkv"], list(heads))
        gate, up = of["gate_up"].chunk(2)
        for layer, weight in (
            (attention.q_proj, q * math.sqrt(c.head_dim)),
            (attention.k_proj, k),
            (attention.v_proj, v),
            (attention.o_proj, of["out"] / c.residual_scale),
            (mlp.gate_proj, gate),
            (mlp.up_proj, up),
            (mlp.down_proj, of["down"] / c.residual_scale),
        ):
            layer.weight.copy_(weight)

"""Official checkpoints: a folder with config.json and safetensors, by their own tensor names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from wenhuo.errors import ModelError
from wenhuo_models.minicpm.config import MiniCPMConfig, from_hf_config
from wenhuo_models.minicpm.model import MiniCPM

CONFIG, SINGLE, INDEX = "config.json", "model.safetensors", "model.safetensors.index.json"
_HEAD, _TABLE = "lm_head.weight", "model.embed_tokens.weight"
_COMPUTED = "rotary_emb.inv_freq"  # in some older files; it follows from config.json
_NAMED_MOST = 3


def load_checkpoint(folder: Path) -> MiniCPM:
    """The model in a folder of the official format: one file, or shards with an index; float32.

    Raises ModelError: no or broken files, another architecture, tensors that are missing, too many
    or of another shape than config.json says, a head that is not the embedding.
    """
    model = MiniCPM(from_hf_config(_json(folder / CONFIG), str(folder / CONFIG)))
    expected = dict(model.named_parameters())
    found: set[str] = set()
    head = None
    for path, tensors in _parts(folder):
        for name, tensor in tensors.items():
            if name == _HEAD:
                head = tensor
            elif not name.endswith(_COMPUTED):
                _copy(expected, name, tensor, path)
                found.add(name)
    if missing := sorted(expected.keys() - found):
        raise ModelError(f"{folder}: {len(missing)} tensors are missing: {_some(missing)}")
    table = model.model.embed_tokens.weight
    if head is not None and not torch.equal(head.float(), table):
        raise ModelError(f"{folder}: {_HEAD} is not {_TABLE}; only tied embeddings are supported")
    return model


def _copy(expected: Mapping[str, Tensor], name: str, tensor: Tensor, path: Path) -> None:
    if name not in expected:
        raise ModelError(f"{path}: {name} is no tensor of MiniCPM; this is another architecture")
    wanted = expected[name].shape
    if tensor.shape != wanted:
        raise ModelError(
            f"{path}: {name} is {list(tensor.shape)}, by {CONFIG} it must be {list(wanted)}"
        )
    with torch.no_grad():
        expected[name].copy_(tensor)


def _parts(folder: Path) -> Iterator[tuple[Path, dict[str, Tensor]]]:
    """The files of a checkpoint, one after the other, so that one at a time is in memory."""
    names = [SINGLE]
    if (folder / INDEX).is_file():
        where = _json(folder / INDEX).get("weight_map")
        if not isinstance(where, dict) or not where:
            raise ModelError(f"{folder / INDEX}: no weight_map")
        names = sorted(set(where.values()))
    for name in names:
        path = folder / name
        if not path.is_file():
            raise ModelError(f"{path}: no such file; copy the whole checkpoint folder")
        try:
            yield path, load_file(path)
        except SafetensorError as error:
            raise ModelError(f"{path}: not a whole safetensors file ({error})") from error


def _json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"{path}: no such file; copy the whole checkpoint folder") from error
    except ValueError as error:
        raise ModelError(f"{path}: not JSON ({error})") from error
    if not isinstance(values, dict):
        raise ModelError(f"{path}: not a JSON object")
    return values


def _some(names: list[str]) -> str:
    more = len(names) - _NAMED_MOST
    return ", ".join(names[:_NAMED_MOST]) + (f" and {more} more" if more > 0 else "")


def save_checkpoint(model: MiniCPM, folder: Path) -> None:
    """Write the model in the official format, one file (load_checkpoint reads it back)."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_hf_config(model.config), indent=2) + "\n"
    (folder / CONFIG).write_text(text, "utf-8")
    tensors = {k: v.detach().cpu().contiguous() for k, v in model.state_dict().items()}
    save_file(tensors, folder / SINGLE)


def _hf_config(config: MiniCPMConfig) -> dict[str, Any]:
    values = asdict(config)
    factors = values.pop("rope_factors")
    if factors:
        values["rope_scaling"] = {
            "rope_type": "longrope",
            "short_factor": list(factors),
            "long_factor": list(factors),
            "original_max_position_embeddings": config.max_position_embeddings,
        }
    return {"architectures": ["MiniCPMForCausalLM"], "tie_word_embeddings": True, **values}

"""Official checkpoints: a folder with config.json and *.safetensors, by their tensor names."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors.torch import load_file, save_file

from wenhuo_models.minicpm.config import from_hf_config
from wenhuo_models.minicpm.model import MiniCPM


def load_checkpoint(folder: Path) -> MiniCPM:
    """The model in a folder of the official format, single-file or sharded.

    Raises FileNotFoundError, ValueError (another architecture), RuntimeError (missing tensors).
    """
    model = MiniCPM(from_hf_config(json.loads((folder / "config.json").read_text("utf-8"))))
    tensors = {}
    for part in sorted(folder.glob("*.safetensors")):
        tensors.update(load_file(part))
    if not tensors:
        raise FileNotFoundError(f"{folder}: no *.safetensors file")
    head = tensors.pop("lm_head.weight", None)
    if head is not None and not head.equal(tensors["model.embed_tokens.weight"]):
        raise ValueError(f"{folder}: embeddings are not tied; this architecture ties them")
    model.load_state_dict(tensors)
    return model


def save_checkpoint(model: MiniCPM, folder: Path) -> None:
    """Write the model in the official format (load_checkpoint reads it back)."""
    folder.mkdir(parents=True, exist_ok=True)
    c = model.config
    fields = {name: getattr(c, name) for name in c.__dataclass_fields__}
    values = {"architectures": ["MiniCPMForCausalLM"], "tie_word_embeddings": True, **fields}
    (folder / "config.json").write_text(json.dumps(values, indent=2) + "\n", "utf-8")
    tensors = {k: v.detach().cpu().contiguous() for k, v in model.state_dict().items()}
    save_file(tensors, folder / "model.safetensors")

"""The folder that ships: TFLite file, tokenizer, manifest."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from wenhuo.llm.artifact import FORMAT, MANIFEST, MODEL, TOKENIZER, file_hash, language_hash
from wenhuo_models.minicpm.config import MiniCPMConfig


def write_artifact(
    folder: Path,
    *,
    files: Mapping[str, Path],
    config: MiniCPMConfig,
    dishes: Sequence[str],
    sizes: Mapping[str, int],
    provenance: Mapping[str, object],
) -> None:
    """Copy model and tokenizer to the folder and write its manifest.

    files: MODEL and TOKENIZER to their paths. sizes: context and outputs. provenance: whatever
    tells how it was made; it is kept, not read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in (MODEL, TOKENIZER):
        if files[name] != folder / name:
            shutil.copyfile(files[name], folder / name)
    shape = {
        "context": sizes["context"],
        "outputs": sizes["outputs"],
        "layers": config.num_hidden_layers,
        "kv_heads": config.num_key_value_heads,
        "groups": config.num_attention_heads // config.num_key_value_heads,
        "head_dim": config.head_dim,
    }
    manifest = {
        "format": FORMAT,
        "files": {name: file_hash(folder / name) for name in (MODEL, TOKENIZER)},
        "language": language_hash(dishes),
        "dishes": list(dishes),
        "shape": shape,
        "config": asdict(config),
        "provenance": dict(provenance),
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, "utf-8")

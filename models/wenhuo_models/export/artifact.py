"""The folder that ships: TFLite file, tokenizer, manifest; other formats of the file beside it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from wenhuo.llm.artifact import FORMAT, MANIFEST, MODEL, TOKENIZER, file_hash, language_hash
from wenhuo_models.minicpm.config import MiniCPMConfig


@dataclass(frozen=True, slots=True)
class Label:
    """What a manifest says of its model: configuration, dishes, rows of cache, tokens with logits,
    and how it was made (provenance: kept, not read)."""

    config: MiniCPMConfig
    dishes: Sequence[str]
    context: int
    outputs: int
    provenance: Mapping[str, object]


def write_artifact(
    folder: Path,
    label: Label,
    files: Mapping[str, Path],
    formats: Mapping[str, Mapping[str, object]] | None = None,
) -> None:
    """Copy files to the folder and write its manifest; a .tflite file not among them is removed.

    files: name in the folder to path, MODEL and TOKENIZER among them. formats: what each .tflite
    file is, by the format's name; `file` in it names the file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in set(folder.glob("*.tflite")) - {folder / name for name in files}:
        old.unlink()
    for name, path in files.items():
        if path != folder / name:
            shutil.copyfile(path, folder / name)
    c = label.config
    shape = {
        "context": label.context,
        "outputs": label.outputs,
        "layers": c.num_hidden_layers,
        "kv_heads": c.num_key_value_heads,
        "groups": c.num_attention_heads // c.num_key_value_heads,
        "head_dim": c.head_dim,
    }
    manifest = {
        "format": FORMAT,
        "files": {name: file_hash(folder / name) for name in files},
        "language": language_hash(label.dishes),
        "dishes": list(label.dishes),
        "shape": shape,
        "config": asdict(c),
        "formats": {name: dict(facts) for name, facts in (formats or {}).items()},
        "provenance": dict(label.provenance),
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, "utf-8")


def model_files(tokenizer: Path, model: Path) -> dict[str, Path]:
    """The files of a folder with one format."""
    return {MODEL: model, TOKENIZER: tokenizer}

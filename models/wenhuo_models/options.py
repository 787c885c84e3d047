"""From the factory to the folder that ships, one command: `python -m wenhuo_models.pipeline`.

Steps: corpus, tokenizer, teacher (if one is named), train, export, eval of each format, numerics,
ship, cook, card. Each is skipped while the fingerprint of its inputs is unchanged; training goes on
from its last checkpoint. Everything is seeded and logged to log.txt in the work folder.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from wenhuo_models.minicpm.config import CONFIGS

MODELS = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says; see --help."""

    size: str
    rows: int
    seed: int
    minutes: float
    steps: int | None
    decay: float
    rate: float
    batch_tokens: int
    eval_rows: int
    cooks: int
    keep_training: bool
    begin_with: Path | None
    teacher: str | None
    teacher_steps: int
    kl_weight: float
    work: Path
    out: Path


def read_options(arguments: list[str] | None = None) -> Options:
    """The options of a command line."""
    parser = argparse.ArgumentParser(prog="wenhuo_models.pipeline", description=__doc__)
    add = parser.add_argument
    add("--size", default="nano", choices=[*CONFIGS], help="row of the configurations")
    add("--rows", type=int, default=260_000, help="training rows")
    add("--seed", type=int, default=1)
    add("--minutes", type=float, default=45, help="training time; measured, then fixed as steps")
    add("--steps", type=int, help="training steps, instead of --minutes")
    add("--decay", type=float, default=0.4, help="last share of the steps, in which the rate falls")
    add(
        "--rate",
        type=float,
        default=1.0,
        help="of the usual learning rates; less keeps more of what a run begins with",
    )
    add("--batch-tokens", type=int, default=3072)
    add("--eval-rows", type=int, default=2000, help="rows judged of each split")
    add("--cooks", type=int, default=500, help="cooks in the twin; 0 leaves them out")
    add(
        "--keep-training",
        action="store_true",
        help="go on from the checkpoint although the corpus changed (its tokenizer stays)",
    )
    add(
        "--begin-with",
        type=Path,
        metavar="DIR",
        help="train on from a folder that ships: its int8 weights, its tokenizer",
    )
    add(
        "--teacher",
        metavar="SIZE|DIR",
        help="a row of the configurations, trained first, or an official checkpoint's folder",
    )
    add("--teacher-steps", type=int, default=3000, help="training steps of the teacher")
    add("--kl-weight", type=float, default=0.5, help="share of the teacher in the loss, 0 to 1")
    add("--work", type=Path, default=MODELS / "work", help="intermediate files")
    add("--out", type=Path, help="the folder that ships; models/artifacts/SIZE by default")
    given = vars(parser.parse_args(arguments))
    given["out"] = given["out"] or MODELS / "artifacts" / given["size"]
    return Options(**given)

"""Lines by a model that knows nothing: the grammar alone must see to it that they can be read.

    python -m wenhuo_models.eval.nonsense --count 10000

Makes a tiny student with random weights, has it answer random words under random conditions, and
prints one JSON object: n, how many lines had a schedule, and the failures.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch

from wenhuo.conditions import Conditions
from wenhuo.errors import WenhuoError
from wenhuo.intent import Texture
from wenhuo.language.answer import PHASES, condition_tokens
from wenhuo.language.parse import parse_intent, parse_schedule
from wenhuo.language.prompt import hear, prompt
from wenhuo.language.vocabulary import END
from wenhuo.llm.artifact import default_folder, read_label
from wenhuo.llm.engine import Engine
from wenhuo.llm.tokenizer import Tokenizer
from wenhuo_models.export.artifact import Label, model_files, write_artifact
from wenhuo_models.export.graph import DeviceModel
from wenhuo_models.export.tflite import export_float
from wenhuo_models.minicpm.config import CONFIGS
from wenhuo_models.minicpm.model import MiniCPM

LETTERS = "帮我煮四个人的白粥稠一点早上七点吃 cook rice for two people by 7 pm ?!<|> 🍚ßé龘"
_LONGEST = 60  # characters


@dataclass(slots=True)
class Tally:
    """n lines, of which `planned` had a schedule; failures: the words and what was wrong."""

    n: int = 0
    planned: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)


def parse_nonsense(engine: Engine, dishes: Sequence[str], count: int, rng: random.Random) -> Tally:
    """Have `count` lines written and read each of them back."""
    tally = Tally()
    for _ in range(count):
        words = "".join(rng.choice(LETTERS) for _ in range(rng.randrange(1, _LONGEST)))
        known = Conditions(
            dish=rng.choice(dishes),
            texture=rng.choice(list(Texture)),
            dry_g=50 * rng.randrange(1, 30),
            later=rng.random() < 0.5,
            keep_warm_min=rng.randrange(0, 240),
        )
        made = engine.generate(prompt(words), lambda _, known=known: condition_tokens(known))  # type: ignore[misc]
        tally.n += 1
        try:
            if made.tokens[-1] != END:
                raise WenhuoError(f"it ends with {made.tokens[-1]}")
            parse_intent(hear(words).written_out(made.tokens))
            if PHASES in made.tokens:
                tally.planned += 1
                parse_schedule(made.tokens)
        except WenhuoError as error:
            tally.failures.append((words, str(error)))
    return tally


def random_student(folder: Path, seed: int) -> Engine:
    """A tiny student with random weights, in float32, as a model folder and loaded."""
    label = read_label(default_folder())
    words = Tokenizer.load(label.tokenizer, label.dishes)
    torch.manual_seed(seed)
    model = MiniCPM(CONFIGS["test-tiny"].with_vocab(words.size)).eval()
    for name, weight in model.named_parameters():
        if "proj" in name:  # chaotic enough to say something else to each prompt
            weight.data *= 4
    outputs = len(words.names)
    export_float(DeviceModel(model, outputs, label.context), folder / "float.tflite")
    files = model_files(label.tokenizer, folder / "float.tflite")
    about = Label(model.config, label.dishes, label.context, outputs, {"seed": seed})
    write_artifact(folder / "model", about, files)
    return Engine.load(folder / "model", threads=1)


def main() -> int:
    """Write, read back, print; 1 where a line could not be read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=3)
    given = parser.parse_args()
    dishes = read_label(default_folder()).dishes
    with tempfile.TemporaryDirectory() as folder:
        engine = random_student(Path(folder), given.seed)
        tally = parse_nonsense(engine, dishes, given.count, random.Random(given.seed))
    print(json.dumps(asdict(tally), ensure_ascii=False))  # noqa: T201
    return 1 if tally.failures else 0


if __name__ == "__main__":
    raise SystemExit(main())

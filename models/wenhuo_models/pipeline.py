"""From the factory to the folder that ships, one command: `python -m wenhuo_models.pipeline`.

Steps: corpus, tokenizer, train, export, quantize, artifact, eval. Each is skipped while the
fingerprint of its inputs is unchanged; training goes on from its last checkpoint. Everything is
seeded and logged to models/work/log.txt.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer as Backend

import wenhuo.language
import wenhuo.planning
import wenhuo_tools.twin
from wenhuo.boards import data_root, load_product
from wenhuo.errors import WenhuoError
from wenhuo.language.vocabulary import functional_tokens
from wenhuo.llm.artifact import MODEL, TOKENIZER, file_hash, language_hash
from wenhuo.llm.engine import Engine
from wenhuo.llm.tokenizer import Tokenizer
from wenhuo_models.distill.rows import Encoded, encode_rows, read_rows
from wenhuo_models.distill.tokenizer import build_tokenizer
from wenhuo_models.distill.train import Trainer, TrainOptions, steps_for
from wenhuo_models.eval.card import EVALUATION, write_card
from wenhuo_models.eval.independent import bare, leaked
from wenhuo_models.eval.score import judge, report, write_misses
from wenhuo_models.export.artifact import write_artifact
from wenhuo_models.export.tflite import export_float, quantize_int8
from wenhuo_models.factory import build
from wenhuo_models.minicpm.config import CONFIGS, MiniCPMConfig

log = logging.getLogger("wenhuo_models")

MODELS = Path(__file__).resolve().parent.parent
LONGEST_ROW = 224
PLANNED_SHARE = 0.25  # of the training rows with a schedule, how many keep it (encode_rows)
TRAIN, VALID, HELD_OUT = "train", "valid", "heldout"
CORPUS_SOURCES = (
    data_root(),
    Path(wenhuo.planning.__file__).parent,
    Path(wenhuo.language.__file__).parent,
    Path(wenhuo_tools.twin.__file__).parent,
)


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says; see --help."""

    size: str
    rows: int
    seed: int
    minutes: float
    steps: int | None
    batch_tokens: int
    eval_rows: int
    keep_training: bool
    work: Path
    out: Path


class Pipeline:
    """The steps and where they keep their results."""

    def __init__(self, options: Options) -> None:
        self.o = options
        self.work = options.work
        self.corpus = options.work / "corpus"
        self.tokenizer_file = options.work / TOKENIZER
        self.run_file = options.work / "train.json"
        self.checkpoint = options.work / "train.pt"
        self.float_folder = options.work / "float"
        self.dishes = list(load_product().menu)

    def run(self) -> None:
        """All steps, in order."""
        o = self.o
        split_files = [self.corpus / f"{name}.jsonl" for name in (TRAIN, VALID, HELD_OUT)]
        made_from = self._sources("factory", *CORPUS_SOURCES)
        self._step("corpus", (made_from, o.rows, o.seed), self._corpus, split_files)
        rows = [file_hash(f) for f in split_files]
        if not (o.keep_training and self.tokenizer_file.exists()):
            language = language_hash(self.dishes)
            self._step(
                "tokenizer", (rows[0], o.size, language), self._tokenizer, [self.tokenizer_file]
            )
        recipe = (file_hash(self.tokenizer_file), rows[0], o.size, o.seed, o.batch_tokens)
        wanted = (*recipe, o.steps or o.minutes)
        self._step("train", wanted, lambda: self._train(recipe), [self.checkpoint])
        trained = (file_hash(self.checkpoint), self._sources("export"))
        self._step("export", trained, self._export, [self.float_folder / MODEL])
        exported = (file_hash(self.float_folder / MODEL),)
        self._step("quantize", exported, self._quantize, [o.out / MODEL])
        judged = (file_hash(o.out / MODEL), self._sources("eval"), *rows, o.eval_rows)
        self._step("eval", judged, self._eval, [o.out / EVALUATION])

    def _step(
        self, name: str, inputs: Iterable[object], run: Callable[[], None], made: list[Path]
    ) -> None:
        stamp = hashlib.sha256(repr(tuple(inputs)).encode()).hexdigest()
        file = self.work / "stamps.json"
        stamps = json.loads(file.read_text("utf-8")) if file.exists() else {}
        if stamps.get(name) == stamp and all(path.exists() for path in made):
            log.info("%s: unchanged, skipped", name)
            return
        log.info("%s: begins", name)
        run()
        stamps[name] = stamp
        file.write_text(json.dumps(stamps, indent=1), "utf-8")

    def _sources(self, package: str, *others: Path) -> str:
        """Fingerprint of what a step's result depends on: its code, the language, other folders."""
        folders = [MODELS / "wenhuo_models" / package, *others]
        digest = hashlib.sha256(language_hash(self.dishes).encode())
        for folder in folders:
            for path in sorted(folder.rglob("*")):
                if path.suffix in {".py", ".toml", ".tsv"}:
                    digest.update(path.read_bytes())
        return digest.hexdigest()

    @cached_property
    def _vocabulary(self) -> Tokenizer:
        return Tokenizer.load(self.tokenizer_file, self.dishes)

    @cached_property
    def _config(self) -> MiniCPMConfig:
        return CONFIGS[self.o.size].with_vocab(self._vocabulary.size)

    def _encoded(self, split: str, most: int | None = None) -> Encoded:
        rows = read_rows(self.corpus / f"{split}.jsonl")[:most]
        by_hand = leaked(row["text"] for row in rows)  # a judge must not have been a teacher
        rows = [row for row in rows if bare(row["text"]) not in by_hand]
        share = PLANNED_SHARE if split == TRAIN else 1.0
        return encode_rows(rows, self._vocabulary, LONGEST_ROW, planned_share=share)

    def _corpus(self) -> None:
        part = self.work / "corpus.part"  # a build that fails leaves the old corpus as it was
        stats = build(part, self.o.rows, self.o.seed, workers=os.cpu_count() or 1)
        shutil.rmtree(self.corpus, ignore_errors=True)
        part.rename(self.corpus)
        log.info("corpus: %s", json.dumps(stats, ensure_ascii=False))

    def _tokenizer(self) -> None:
        texts = (row["prompt"] for row in read_rows(self.corpus / f"{TRAIN}.jsonl"))
        backend: Backend = build_tokenizer(texts, self.dishes, CONFIGS[self.o.size].vocab_size)
        backend.save(str(self.tokenizer_file))
        log.info("tokenizer: %d tokens", backend.get_vocab_size())

    def _train(self, recipe: tuple[object, ...]) -> None:
        rows = self._encoded(TRAIN)
        key = hashlib.sha256(repr(recipe).encode()).hexdigest()
        before = self._run_state()
        begun = self.checkpoint.exists() and (self.o.keep_training or before["recipe"] == key)
        if not begun:
            self.checkpoint.unlink(missing_ok=True)
            before = {"recipe": key, "options": {}, "corpora": []}
        options = self._train_options(before["options"].get("steps"), rows)
        trainer = Trainer(self._config, options, self.checkpoint)
        corpora, sha256 = before["corpora"], file_hash(self.corpus / f"{TRAIN}.jsonl")
        if not corpora or corpora[-1]["sha256"] != sha256:
            corpora.append({"from_step": trainer.step, "sha256": sha256})
        state = {"recipe": key, "options": asdict(options), "corpora": corpora}
        self.run_file.write_text(json.dumps(state, indent=1), "utf-8")
        log.info("train: %s", state)
        trainer.run(rows, {split: self._encoded(split, 400) for split in (VALID, HELD_OUT)})

    def _run_state(self) -> dict[str, Any]:
        """The run under way: recipe, options, and from which step on it saw which corpus."""
        if not self.run_file.exists():
            return {"recipe": "", "options": {}, "corpora": []}
        state: dict[str, Any] = json.loads(self.run_file.read_text("utf-8"))
        return state

    def _train_options(self, begun_with: int | None, rows: Encoded) -> TrainOptions:
        o = self.o
        options = TrainOptions(
            steps=o.steps or begun_with or 0,
            functional=len(self._vocabulary.names),
            tokens=o.batch_tokens,
            seed=o.seed,
        )
        if options.steps:
            return options
        return replace(options, steps=steps_for(o.minutes, self._config, options, rows))

    def _export(self) -> None:
        trainer = Trainer(self._config, self._run_options(), self.checkpoint)
        sizes = self._sizes()
        self.float_folder.mkdir(parents=True, exist_ok=True)
        export_float(trainer.model.eval(), sizes["outputs"], sizes["context"], self._float_file)
        self._write(self.float_folder, self._float_file)

    @property
    def _float_file(self) -> Path:
        return self.float_folder / MODEL

    def _run_options(self) -> TrainOptions:
        return TrainOptions(**self._run_state()["options"])

    def _sizes(self) -> dict[str, int]:
        return {
            "context": self._config.max_position_embeddings,
            "outputs": len(functional_tokens(self.dishes)),
        }

    def _quantize(self) -> None:
        small = self.work / "int8.tflite"
        quantize_int8(self._float_file, small)
        self._write(self.o.out, small)
        small.unlink()

    def _write(self, folder: Path, model: Path) -> None:
        write_artifact(
            folder,
            files={MODEL: model, TOKENIZER: self.tokenizer_file},
            config=self._config,
            dishes=self.dishes,
            sizes=self._sizes(),
            provenance=self._provenance(),
        )

    def _provenance(self) -> dict[str, object]:
        stats: dict[str, Any] = json.loads((self.corpus / "stats.json").read_text("utf-8"))
        run = asdict(self._run_options())
        return {
            "command": f"python -m wenhuo_models.pipeline --size {self.o.size} --rows {self.o.rows}"
            f" --seed {self.o.seed} --steps {run['steps']} --batch-tokens {run['tokens']}",
            "corpus_rows": {split: stats[split]["rows"] for split in (TRAIN, VALID, HELD_OUT)},
            "training": run,
            "corpora": self._run_state()["corpora"],
            "commit": _commit(),
            "torch": torch.__version__,
        }

    def _eval(self) -> None:
        found: dict[str, dict[str, Any]] = {}
        for name, folder in (("int8", self.o.out), ("float", self.float_folder)):
            engine = Engine.load(folder, self.dishes, os.cpu_count())
            found[name] = {}
            for split in (VALID, HELD_OUT):
                rows = read_rows(self.corpus / f"{split}.jsonl")[: self.o.eval_rows]
                outcomes = list(judge(engine, rows))
                write_misses(outcomes, self.work / f"misses-{name}-{split}.jsonl")
                found[name][split] = report(outcomes)
                exact = found[name][split]["intent"]["all"]
                log.info("eval %s %s: %.1f %% of %d", name, split, 100 * exact["share"], exact["n"])
        text = json.dumps(found, indent=1) + "\n"
        (self.o.out / EVALUATION).write_text(text, "utf-8")
        write_card(self.o.out)


def _commit() -> str:
    made = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=MODELS,
        capture_output=True,
        text=True,
        check=False,
    )
    return made.stdout.strip() or "unknown"


def read_options(arguments: list[str] | None = None) -> Options:
    """The options of a command line."""
    parser = argparse.ArgumentParser(prog="wenhuo_models.pipeline", description=__doc__)
    add = parser.add_argument
    add("--size", default="nano", choices=[*CONFIGS], help="row of the configurations")
    add("--rows", type=int, default=260_000, help="training rows")
    add("--seed", type=int, default=1)
    add("--minutes", type=float, default=45, help="training time; measured, then fixed as steps")
    add("--steps", type=int, help="training steps, instead of --minutes")
    add("--batch-tokens", type=int, default=3072)
    add("--eval-rows", type=int, default=2000, help="rows judged of each split")
    add(
        "--keep-training",
        action="store_true",
        help="go on from the checkpoint although the corpus changed (its tokenizer stays)",
    )
    add("--work", type=Path, default=MODELS / "work", help="intermediate files")
    add("--out", type=Path, help="the folder that ships; models/artifacts/SIZE by default")
    given = vars(parser.parse_args(arguments))
    given["out"] = given["out"] or MODELS / "artifacts" / given["size"]
    return Options(**given)


def main(arguments: list[str] | None = None) -> int:
    """Run the pipeline. Returns the exit code."""
    options = read_options(arguments)
    options.work.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(message)s",
        handlers=[logging.FileHandler(options.work / "log.txt"), logging.StreamHandler()],
    )
    try:
        Pipeline(options).run()
    except WenhuoError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())

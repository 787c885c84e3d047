"""The pipeline: its steps, what each needs and where it keeps its results (options: options.py)."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer as Backend

import wenhuo.agent
import wenhuo.language
import wenhuo.planning
import wenhuo_tools.twin
from wenhuo.boards import data_root, load_product
from wenhuo.errors import WenhuoError
from wenhuo.language.vocabulary import functional_tokens
from wenhuo.llm.artifact import MANIFEST, MODEL, TOKENIZER, file_hash, language_hash
from wenhuo.llm.tokenizer import Tokenizer
from wenhuo_models.distill.rows import Encoded, encode_rows, parts, read_rows
from wenhuo_models.distill.teacher import TopLogits, ask, load_teacher
from wenhuo_models.distill.tokenizer import build_tokenizer
from wenhuo_models.distill.train import Trainer, TrainOptions, steps_for
from wenhuo_models.eval.card import CARD, NUMERICS, SCHEDULES
from wenhuo_models.eval.independent import bare, leaked
from wenhuo_models.export.artifact import Label
from wenhuo_models.export.numerics import has_llama
from wenhuo_models.export.restore import restore
from wenhuo_models.factory import build
from wenhuo_models.factory.corpus import HELD_OUT, PLANS, TRAIN, VALID
from wenhuo_models.minicpm.config import CONFIGS, MiniCPMConfig
from wenhuo_models.minicpm.model import MiniCPM
from wenhuo_models.options import MODELS, Options, read_options
from wenhuo_models.shipping import Shipping
from wenhuo_models.steps import Steps, sources

log = logging.getLogger("wenhuo_models")

LONGEST_ROW = 224
PLANNED_SHARE = 0.5  # of the training rows' schedules, how many are learned (encode_rows)
CALIBRATION_ROWS = 1024  # of the training rows, for GPTQ
COMPARED_ROWS = 64  # of the valid rows, for the numerics
CORPUS_SOURCES = (
    data_root(),
    Path(wenhuo.planning.__file__).parent,
    Path(wenhuo.language.__file__).parent,
    Path(wenhuo_tools.twin.__file__).parent,
)


class Pipeline:
    """The steps and where they keep their results."""

    def __init__(self, options: Options) -> None:
        self.o = options
        self.work = options.work
        self.steps = Steps(options.work)
        self.corpus = options.work / "corpus"
        self.tokenizer_file = options.work / TOKENIZER
        self.run_file = options.work / "train.json"
        self.checkpoint = options.work / "train.pt"
        self.teacher_checkpoint = options.work / "teacher.pt"
        self.teacher_says = options.work / "teacher.npz"
        self.shipping = Shipping(options.work, options.out)
        self.dishes = list(load_product().menu)

    def run(self) -> None:
        """All steps, in order."""
        self._make_student()
        self._make_folder()

    def _make_student(self) -> None:
        o = self.o
        split_files = [self._split_file(name) for name in (TRAIN, VALID, HELD_OUT, PLANS)]
        made_from = self._sources("factory", *CORPUS_SOURCES)
        self.steps.do("corpus", (made_from, o.rows, o.seed), self._corpus, split_files)
        rows = file_hash(split_files[0])
        if o.begin_with:
            shutil.copyfile(o.begin_with / TOKENIZER, self.tokenizer_file)
        elif not (o.keep_training and self.tokenizer_file.exists()):
            inputs = (rows, o.size, language_hash(self.dishes))
            self.steps.do("tokenizer", inputs, self._tokenizer, [self.tokenizer_file])
        tokens = file_hash(self.tokenizer_file)
        recipe: tuple[object, ...] = (tokens, rows, o.size, o.seed, o.batch_tokens, o.rate)
        if o.teacher:
            taught = (*recipe, o.teacher, _hash_of(o.teacher), o.teacher_steps)
            self.steps.do("teacher", taught, lambda: self._teach(taught), [self.teacher_says])
            recipe = (*recipe, file_hash(self.teacher_says), o.kl_weight)
        if o.begin_with:
            recipe = (*recipe, "begun with", file_hash(o.begin_with / MANIFEST))
        wanted = (*recipe, o.steps or o.minutes)
        self.steps.do("train", wanted, lambda: self._train(recipe), [self.checkpoint])

    def _make_folder(self) -> None:
        o, ship = self.o, self.shipping
        trained = (file_hash(self.checkpoint), self._sources("export"))
        self.steps.do("export", trained, self._export, ship.files)
        splits = {name: self._split_file(name) for name in (VALID, HELD_OUT)}
        judges = self._sources("eval", Path(wenhuo.agent.__file__).parent, *CORPUS_SOURCES)
        judged = (*(file_hash(f) for f in splits.values()), judges, o.eval_rows)
        for run in ship.runs:
            self.steps.do(
                f"eval {run}",
                (file_hash(ship.file(run)), *judged),
                lambda run=run: ship.evaluate(run, splits, o.eval_rows),  # type: ignore[misc]
                [ship.verdict(run)],
            )
        compared = (*trained, has_llama())
        self.steps.do("numerics", compared, self._compare, [self.work / NUMERICS])
        found = [file_hash(ship.verdict(run)) for run in ship.runs]
        inputs = (*found, file_hash(self.work / NUMERICS), *(file_hash(f) for f in ship.files))
        self.steps.do("ship", inputs, lambda: ship.ship(self._label), [o.out / MANIFEST])
        if o.cooks:
            planner = (file_hash(o.out / MODEL), judges, self._sources("factory"), o.cooks)
            self.steps.do("cook", planner, lambda: ship.cook(o.cooks), [o.out / SCHEDULES])
        evidence = [file_hash(p) for p in sorted(o.out.iterdir()) if p.suffix in {".json", ".csv"}]
        self.steps.do("card", (*evidence, self._sources("eval")), ship.card, [o.out / CARD])

    def _split_file(self, split: str) -> Path:
        return self.corpus / f"{split}.jsonl"

    def _sources(self, package: str, *others: Path) -> str:
        """Fingerprint of what a step's result depends on: its code, the language, other folders."""
        folder = MODELS / "wenhuo_models" / package
        return sources(folder, *others, language=language_hash(self.dishes))

    @cached_property
    def _vocabulary(self) -> Tokenizer:
        return Tokenizer.load(self.tokenizer_file, self.dishes)

    @cached_property
    def _config(self) -> MiniCPMConfig:
        return CONFIGS[self.o.size].with_vocab(self._vocabulary.size)

    def _encoded(self, split: str, most: int | None = None) -> Encoded:
        rows = read_rows(self._split_file(split))[:most]
        by_hand = leaked(row["text"] for row in rows)  # a judge must not have been a teacher
        rows = [row for row in rows if bare(row["text"]) not in by_hand]
        if split != TRAIN:
            return encode_rows(rows, self._vocabulary, LONGEST_ROW)
        plans = read_rows(self._split_file(PLANS))[:most]
        return encode_rows(
            rows, self._vocabulary, LONGEST_ROW, planned_share=PLANNED_SHARE, plans=plans
        )

    def _lines(self, split: str, most: int) -> list[list[int]]:
        """Ids of the first lines of a split, what is read and what is written."""
        found = self._encoded(split, most)
        return [ids[:n].tolist() for ids, n in zip(found.ids, found.lengths, strict=True)]

    def _corpus(self) -> None:
        part = self.work / "corpus.part"  # a build that fails leaves the old corpus as it was
        stats = build(part, self.o.rows, self.o.seed, workers=os.cpu_count() or 1)
        shutil.rmtree(self.corpus, ignore_errors=True)
        part.rename(self.corpus)
        log.info("corpus: %s", json.dumps(stats, ensure_ascii=False))

    def _tokenizer(self) -> None:
        texts = (row["prompt"] for row in read_rows(self._split_file(TRAIN)))
        backend: Backend = build_tokenizer(texts, self.dishes, CONFIGS[self.o.size].vocab_size)
        backend.save(str(self.tokenizer_file))
        log.info("tokenizer: %d tokens", backend.get_vocab_size())

    def _teach(self, recipe: tuple[object, ...]) -> None:
        """Train the teacher on the corpus and keep what it thinks of every training row."""
        named, begun = str(self.o.teacher), self.teacher_checkpoint.with_suffix(".recipe")
        if not begun.exists() or begun.read_text("utf-8") != repr(recipe):
            self.teacher_checkpoint.unlink(missing_ok=True)
        begun.write_text(repr(recipe), "utf-8")
        rows, steps = self._encoded(TRAIN), self.o.teacher_steps
        options = replace(self._train_options(steps, rows), steps=steps)
        if named in CONFIGS:
            config, initial = CONFIGS[named].with_vocab(self._vocabulary.size), None
        else:
            initial = load_teacher(Path(named), self._vocabulary)
            config = initial.config
        trainer = Trainer(config, options, self.teacher_checkpoint, initial)
        trainer.run(rows, {split: self._encoded(split, 400) for split in (VALID, HELD_OUT)})
        ask(trainer.model.eval(), rows, options.functional).save(self.teacher_says)

    def _train(self, recipe: tuple[object, ...]) -> None:
        rows = self._encoded(TRAIN)
        key = hashlib.sha256(repr(recipe).encode()).hexdigest()
        before = self._run_state()
        begun = self.checkpoint.exists() and (self.o.keep_training or before["recipe"] == key)
        if not begun:
            self.checkpoint.unlink(missing_ok=True)
            before = {"recipe": key, "options": {}, "corpora": []}
            if self.o.begin_with:
                before["begun_with"] = _ancestor(self.o.begin_with)
        options = self._train_options(before["options"].get("steps"), rows)
        initial = restore(self.o.begin_with) if self.o.begin_with and not begun else None
        trainer = Trainer(self._config, options, self.checkpoint, initial)
        corpora, sha256 = before["corpora"], file_hash(self._split_file(TRAIN))
        if not corpora or corpora[-1]["sha256"] != sha256:
            made = {"rows": self.o.rows, "seed": self.o.seed, "commit": _commit()}
            corpora.append({"from_step": trainer.step, **made, "sha256": sha256})
        state = before | {"recipe": key, "options": asdict(options), "corpora": corpora}
        self.run_file.write_text(json.dumps(state, indent=1), "utf-8")
        log.info("train: %s", state)
        teacher = TopLogits.load(self.teacher_says) if self.o.teacher else None
        watched = {split: self._encoded(split, 400) for split in (VALID, HELD_OUT)}
        trainer.run(rows, watched, teacher=teacher)

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
            decay=o.decay,
            kl_weight=o.kl_weight if o.teacher else 0.0,
            seed=o.seed,
        )
        options = replace(
            options,
            matrix_rate=o.rate * options.matrix_rate,
            vector_rate=o.rate * options.vector_rate,
        )
        if options.steps:
            return options
        return replace(options, steps=steps_for(o.minutes, self._config, options, rows))

    def _run_options(self) -> TrainOptions:
        return TrainOptions(**self._run_state()["options"])

    def _trained(self) -> MiniCPM:
        return Trainer(self._config, self._run_options(), self.checkpoint).model.cpu().eval()

    def _export(self) -> None:
        lines = self._lines(TRAIN, CALIBRATION_ROWS)
        self.shipping.export(self._trained(), self._label, lines)

    def _compare(self) -> None:
        """Compare where the model writes: from a prompt's last token to the end of the intent."""
        lines = []
        for row in read_rows(self._split_file(VALID))[:COMPARED_ROWS]:
            prompt, intent = self._vocabulary.encode(row["prompt"]), parts(row["answer"])[0]
            lines.append(([*prompt, *self._vocabulary.ids(intent[:-1])], len(prompt) - 1))
        self.shipping.compare(self._trained(), self._vocabulary, lines)

    @property
    def _label(self) -> Label:
        return Label(
            config=self._config,
            dishes=self.dishes,
            context=self._config.max_position_embeddings,
            outputs=len(functional_tokens(self.dishes)),
            provenance=self._provenance(),
        )

    def _provenance(self) -> dict[str, object]:
        stats: dict[str, Any] = json.loads((self.corpus / "stats.json").read_text("utf-8"))
        run, o = asdict(self._run_options()), self.o
        command = (
            f"python -m wenhuo_models.pipeline --size {o.size} --rows {o.rows}"
            f" --seed {o.seed} --steps {run['steps']} --batch-tokens {run['tokens']}"
            f" --decay {run['decay']}"
        )
        if o.rate != 1.0:
            command += f" --rate {o.rate}"
        if o.teacher:
            command += (
                f" --teacher {o.teacher} --teacher-steps {o.teacher_steps}"
                f" --kl-weight {o.kl_weight}"
            )
        if o.begin_with:
            command += f" --begin-with {o.begin_with}"
        return {
            "command": command,
            "corpus_rows": {
                split: stats[split]["rows"] for split in (TRAIN, VALID, HELD_OUT, PLANS)
            },
            "training": run,
            "corpora": self._run_state()["corpora"],
            **({"begun_with": begun} if (begun := self._run_state().get("begun_with")) else {}),
            "commit": _commit(),
            "torch": torch.__version__,
        }


def _hash_of(teacher: str) -> tuple[str, ...]:
    """Fingerprint of an official checkpoint's files; nothing for the name of a configuration."""
    return tuple(file_hash(p) for p in sorted(Path(teacher).glob("*.*")) if teacher not in CONFIGS)


def _ancestor(folder: Path) -> dict[str, object]:
    """What a student that began with a shipped one keeps of it: files' hashes and provenance."""
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    return {"files": manifest["files"], "provenance": manifest["provenance"]}


def _commit() -> str:
    made = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=MODELS,
        capture_output=True,
        text=True,
        check=False,
    )
    return made.stdout.strip() or "unknown"


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

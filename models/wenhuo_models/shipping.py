"""From a trained student to the folder that ships: formats made, judged and chosen."""

from __future__ import annotations

import copy
import json
import logging
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wenhuo.llm.artifact import MODEL, TOKENIZER
from wenhuo.llm.engine import Engine
from wenhuo.llm.tokenizer import Tokenizer
from wenhuo_models.distill.curve import CURVE
from wenhuo_models.eval import formats, schedules
from wenhuo_models.eval.card import EVALUATION, NUMERICS, SCHEDULES, write_card
from wenhuo_models.eval.formats import FLOAT, evaluate
from wenhuo_models.eval.older import OlderEngine
from wenhuo_models.eval.older import available as older_is_there
from wenhuo_models.export import numerics
from wenhuo_models.export.artifact import Label, model_files, write_artifact
from wenhuo_models.export.gguf import KINDS, write_gguf
from wenhuo_models.export.gptq import snap
from wenhuo_models.export.graph import DeviceModel
from wenhuo_models.export.numerics import Line
from wenhuo_models.export.tflite import FORMATS, export_float, quantize, replace_weights
from wenhuo_models.minicpm.model import MiniCPM

log = logging.getLogger(__name__)

OLDER = "tflite-runtime"
_ON_OLDER = f" on {OLDER}"


@dataclass(frozen=True, slots=True)
class Shipping:
    """The folders on the way: work/NAME for float and each format, then `out`.

    Each is a whole model folder, so that the device's own engine judges it.
    """

    work: Path
    out: Path

    @property
    def names(self) -> list[str]:
        """The model folders, float first."""
        return [FLOAT, *(form.name for form in FORMATS)]

    @property
    def runs(self) -> list[str]:
        """What is judged: each folder, and those made for the older runtime on that too."""
        older = [form.name for form in FORMATS if form.runtime == OLDER and older_is_there()]
        return [*self.names, *(name + _ON_OLDER for name in older)]

    def folder(self, run: str) -> Path:
        """The model folder that is judged in a run."""
        return self.work / run.removesuffix(_ON_OLDER)

    def file(self, run: str) -> Path:
        """The TFLite file that is judged in a run."""
        return self.folder(run) / MODEL

    def verdict(self, run: str) -> Path:
        """What a run found."""
        return self.work / "verdicts" / f"{run}.json"

    @property
    def files(self) -> list[Path]:
        """The TFLite files of all names."""
        return [self.file(name) for name in self.names]

    @contextmanager
    def _engine(self, run: str) -> Iterator[Engine]:
        if run.endswith(_ON_OLDER):
            with OlderEngine(self.folder(run)) as engine:
                yield engine
        else:
            yield Engine.load(self.folder(run), threads=os.cpu_count())

    def export(self, model: MiniCPM, label: Label, lines: Sequence[Sequence[int]]) -> None:
        """All formats. lines: token ids on which GPTQ calibrates."""
        device_model = DeviceModel(model, label.outputs, label.context)
        whole, snapped = self.work / "float.tflite", self.work / "snapped.tflite"
        export_float(device_model, whole)
        moved = copy.deepcopy(device_model)
        snap(moved, lines)
        replace_weights(whole, snapped, device_model, moved)
        self._folder(FLOAT, whole, label)
        for form in FORMATS:
            small = self.work / f"{form.name}.tflite"
            quantize(snapped if form.snapped else whole, small, form)
            self._folder(form.name, small, label)
            small.unlink()
        whole.unlink()
        snapped.unlink()

    def _folder(self, name: str, model: Path, label: Label) -> None:
        write_artifact(self.folder(name), label, model_files(self.work / TOKENIZER, model))

    def evaluate(self, run: str, splits: Mapping[str, Path], most: int) -> None:
        """Judge a run (eval.formats.evaluate); the rows missed are kept in work/misses/RUN."""
        misses = self.work / "misses" / run
        misses.mkdir(parents=True, exist_ok=True)
        with self._engine(run) as engine:
            found = evaluate(engine, splits, most, misses)
        for split, figures in found.items():
            log.info("eval %s %s: %s", run, split, figures["intent"]["all"])
        self.verdict(run).parent.mkdir(exist_ok=True)
        self.verdict(run).write_text(json.dumps(found, indent=1) + "\n", "utf-8")

    def compare(self, model: MiniCPM, words: Tokenizer, lines: Sequence[Line]) -> None:
        """Our numbers against other engines' on these lines; those not installed are named."""
        peers = {"transformers Granite": numerics.granite(model)}
        peers |= {f"TFLite {name}": numerics.tflite(self.folder(name)) for name in self.names}
        absent = {}
        if numerics.has_llama():
            for kind in KINDS:
                write_gguf(model, words, self.work / f"{kind}.gguf", kind)
                peers[f"llama.cpp {kind}"] = numerics.llama(self.work / f"{kind}.gguf")
        else:
            absent["llama.cpp"] = {"left_out": numerics.NO_PEER}
        found = numerics.compare(model, peers, lines) | absent
        (self.work / NUMERICS).write_text(json.dumps(found, indent=1) + "\n", "utf-8")

    def ship(self, label: Label) -> None:
        """Choose the format that ships by default and fill the folder, the evidence with it."""
        found = {run: json.loads(self.verdict(run).read_text("utf-8")) for run in self.runs}
        lost = formats.losses(found)
        sizes = {form.name: self.file(form.name).stat().st_size for form in FORMATS}
        default = formats.choose(lost, sizes)
        log.info("ship: %s by default", default)
        files = model_files(self.work / TOKENIZER, self.file(default))
        facts: dict[str, dict[str, Any]] = {}
        for form in FORMATS:
            name = MODEL if form.name == default else f"{form.name}.tflite"
            files[name] = self.file(form.name)
            facts[form.name] = {
                "file": name,
                "weights": form.says,
                "runtime": form.runtime,
                "bytes": sizes[form.name],
                "loss": lost.get(form.name + _ON_OLDER, lost[form.name]),
            }
        write_artifact(self.out, label, files, facts)
        text = json.dumps(formats.without_flags(found), indent=1) + "\n"
        (self.out / EVALUATION).write_text(text, "utf-8")
        (self.out / SCHEDULES).unlink(missing_ok=True)  # another model's
        for name in (NUMERICS, CURVE):
            shutil.copyfile(self.work / name, self.out / name)

    def cook(self, cooks: int) -> None:
        """Cook with the shipped model's schedules in the twin (eval.schedules)."""
        arguments = ["--model", str(self.out), "--cooks", str(cooks)]
        code = schedules.main([*arguments, "--json", str(self.out / SCHEDULES)])
        log.info("cook: %s", "all bars are met" if code == 0 else "bars are missed, see the card")

    def card(self) -> None:
        """Write the model card from what lies in the folder."""
        write_card(self.out)

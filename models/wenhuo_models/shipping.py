"""From a trained student to the folder that ships: formats made, judged and chosen."""

from __future__ import annotations

import copy
import json
import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wenhuo.llm.artifact import MODEL, TOKENIZER
from wenhuo.llm.tokenizer import Tokenizer
from wenhuo_models.distill.curve import CURVE
from wenhuo_models.eval import formats
from wenhuo_models.eval.card import EVALUATION, NUMERICS, write_card
from wenhuo_models.eval.formats import FLOAT
from wenhuo_models.export.artifact import Label, model_files, write_artifact
from wenhuo_models.export.gptq import snap
from wenhuo_models.export.graph import DeviceModel
from wenhuo_models.export.numerics import compare
from wenhuo_models.export.tflite import FORMATS, export_float, quantize, replace_weights
from wenhuo_models.minicpm.model import MiniCPM

log = logging.getLogger(__name__)

_COMPARED_LINES = 64


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

    def folder(self, name: str) -> Path:
        """The model folder of a format."""
        return self.work / name

    def file(self, name: str) -> Path:
        """The TFLite file of a format."""
        return self.folder(name) / MODEL

    def verdict(self, name: str) -> Path:
        """What eval found for a format."""
        return self.folder(name) / EVALUATION

    @property
    def files(self) -> list[Path]:
        """The TFLite files of all names."""
        return [self.file(name) for name in self.names]

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

    def evaluate(self, name: str, splits: Mapping[str, Path], most: int) -> None:
        """Judge one format (eval.formats.evaluate)."""
        found = formats.evaluate(self.folder(name), splits, most)
        self.verdict(name).write_text(json.dumps(found, indent=1) + "\n", "utf-8")

    def compare(self, model: MiniCPM, words: Tokenizer, lines: Sequence[Sequence[int]]) -> None:
        """Our numbers against other engines' on these lines."""
        folders = [self.folder(name) for name in self.names]
        found = compare(model, words, folders, lines[:_COMPARED_LINES])
        (self.work / NUMERICS).write_text(json.dumps(found, indent=1) + "\n", "utf-8")

    def ship(self, label: Label) -> None:
        """Choose the format that ships by default and fill the folder, the evidence with it."""
        found = {name: json.loads(self.verdict(name).read_text("utf-8")) for name in self.names}
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
                "loss": lost[form.name],
            }
        write_artifact(self.out, label, files, facts)
        text = json.dumps(formats.without_flags(found), indent=1) + "\n"
        (self.out / EVALUATION).write_text(text, "utf-8")
        for name in (NUMERICS, CURVE):
            shutil.copyfile(self.work / name, self.out / name)

    def card(self) -> None:
        """Write the model card from what lies in the folder."""
        write_card(self.out)

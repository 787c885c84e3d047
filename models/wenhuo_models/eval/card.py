"""The model card, written from the manifest and the evaluation on disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from wenhuo.llm.artifact import MANIFEST, MODEL

EVALUATION, CARD = "eval.json", "card.md"


def write_card(folder: Path) -> None:
    """card.md from manifest.json and eval.json of a model folder."""
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    evaluation = json.loads((folder / EVALUATION).read_text("utf-8"))
    lines = [
        f"# Model card: {folder.name}",
        "",
        "A MiniCPM-architecture student that turns a sentence into a line of the schedule "
        "language. This file is written by `make model`; do not edit it.",
        "",
        *_facts(manifest, folder),
        "",
        *_tables(evaluation),
        "",
        "The labels' conditions are given to the model, so the schedule column judges the second "
        "half of a line by itself. Intervals are 95 % (Wilson).",
    ]
    (folder / CARD).write_text("\n".join(lines) + "\n", "utf-8")


def _facts(manifest: dict[str, Any], folder: Path) -> list[str]:
    rows = [("file", f"{(folder / MODEL).stat().st_size / 1e6:.2f} MB, int8 weights")]
    rows += [(key, value) for key, value in manifest["config"].items()]
    rows += [(key, value) for key, value in manifest["provenance"].items()]
    return ["| what | value |", "|---|---|", *(f"| {k} | {v} |" for k, v in rows)]


def _tables(evaluation: dict[str, Any]) -> list[str]:
    lines = []
    for run, splits in evaluation.items():
        lines += [
            f"## {run}",
            "",
            "| split | group | n | all slots exact | interval |",
            "|---|---|---|---|---|",
        ]
        for split, found in splits.items():
            shares = [*found["intent"].items(), ("schedule", found["schedule"])]
            for group, s in shares:
                interval = f"{100 * s['low']:.1f}–{100 * s['high']:.1f}"
                lines.append(
                    f"| {split} | {group} | {s['n']} | {100 * s['share']:.1f} % | {interval} |"
                )
        times = [
            f"{split} {f['ms']['p50']:.1f} / {f['ms']['p99']:.1f}" for split, f in splits.items()
        ]
        lines += ["", f"Model time a sentence, p50 / p99, ms: {'; '.join(times)}.", ""]
    return lines

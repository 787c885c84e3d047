"""The model card, from what lies in a model folder: `python -m wenhuo_models.eval.card [DIR]`.

manifest.json and eval.json must be there; numerics.json, schedules.json and train_curve.csv are
reported where they are. The loss curve is drawn to train_curve.png beside the card.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from wenhuo.errors import ModelError, WenhuoError
from wenhuo.llm.artifact import MANIFEST, default_folder
from wenhuo_models.distill.curve import CURVE

EVALUATION, NUMERICS, SCHEDULES = "eval.json", "numerics.json", "schedules.json"
CARD, PLOT = "card.md", "train_curve.png"
SPLITS = {
    "valid": "in distribution: the training families, no sentence of the training rows",
    "heldout": "held-out families and phrase authors, none of which train",
    "clean": "independent: written by hand one by one, never in training",
    "heard": "independent, as a speech recognizer leaves them",
}
Found = dict[str, Any]


def write_card(folder: Path) -> None:
    """Write card.md, and the plot of the loss where there is a curve.

    Raises ModelError where manifest or evaluation is absent.
    """
    manifest, evaluation = _read(folder, MANIFEST), _read(folder, EVALUATION)
    if manifest is None or evaluation is None:
        raise ModelError(f"{folder}: no {MANIFEST} or no {EVALUATION}; run `make model`")
    lines = [
        f"# Model card: {folder.name}",
        "",
        "A MiniCPM-architecture student that turns a sentence into a line of the schedule "
        "language. Written by `python -m wenhuo_models.eval.card` from the files beside it; do "
        "not edit it.",
        "",
        *_facts(manifest),
        *_formats(manifest),
        *_splits(evaluation),
        *_detail(evaluation, _default(manifest)),
        *_schedules(_read(folder, SCHEDULES)),
        *_numerics(_read(folder, NUMERICS)),
        *_curve(folder),
    ]
    (folder / CARD).write_text("\n".join(lines).rstrip() + "\n", "utf-8")


def _read(folder: Path, name: str) -> Found | None:
    path = folder / name
    if not path.is_file():
        return None
    found: Found = json.loads(path.read_text("utf-8"))
    return found


def _table(heads: str, rows: Sequence[Sequence[object]]) -> list[str]:
    names = heads.split("|")
    body = ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return ["| " + " | ".join(names) + " |", "|" + "---|" * len(names), *body, ""]


def _percent(share: Mapping[str, float]) -> str:
    if not share["n"]:
        return "–"
    low, high = 100 * share["low"], 100 * share["high"]
    return f"{100 * share['share']:.1f} % ({low:.1f}–{high:.1f}) of {share['n']}"


def _default(manifest: Found) -> str:
    """The format of the file that ships by default."""
    return next(str(n) for n, f in manifest["formats"].items() if f["file"] == "model.tflite")


def _facts(manifest: Found) -> list[str]:
    last, *before = _ancestry(manifest["provenance"])
    told = ("command", "begun_with")
    rows = [(key, value) for key, value in last.items() if key not in told]
    sizes = ", ".join(f"{key} {value}" for key, value in manifest["config"].items())
    return [
        f"Made by `{last['command']}`.",
        "",
        *_table("what|value", [("configuration", sizes), *rows]),
        *(f"It began with what `{b['command']}` made at commit {b['commit']}.\n" for b in before),
    ]


def _ancestry(provenance: Found) -> list[Found]:
    """This student's provenance, then those of the students it was trained on from, back to the
    first."""
    begun = provenance.get("begun_with")
    return [provenance, *(_ancestry(begun["provenance"]) if begun else [])]


def _formats(manifest: Found) -> list[str]:
    """One row a format; what it loses is counted on the same sentences as float."""
    rows = []
    for name, f in manifest["formats"].items():
        lost = (_points(f["loss"][split]) for split in ("heldout", "clean", "heard"))
        rows.append(
            (name, f["file"], f["weights"], f["runtime"], f"{f['bytes'] / 1e6:.2f} MB", *lost)
        )
    return [
        "## Formats",
        "",
        "`model.tflite` is the smallest that loses at most 0.7 points on the held-out and on the "
        "clean independent sentences. Points lost against float, with their 95 % interval "
        "(paired); a negative figure is a gain.",
        "",
        *_table("format|file|weights|runs on|size|held-out|clean|heard", rows),
    ]


def _points(loss: Mapping[str, float]) -> str:
    return f"{loss['points']:+.1f} ({loss['low']:+.1f} to {loss['high']:+.1f})"


def _splits(evaluation: Found) -> list[str]:
    """Action and all slots exact, by split and format."""
    rows = [
        (says, *(_percent(found[split]["intent"]["all"]) for found in evaluation.values()))
        for split, says in SPLITS.items()
    ]
    for split in ("valid", "heldout"):
        own = [found[split] for found in evaluation.values()]
        times = (f"{f['ms']['p50']:.1f} / {f['ms']['p99']:.1f}" for f in own)
        rows += [
            (f"schedules exact, {split}", *(_percent(f["schedule"]) for f in own)),
            (f"model time a sentence, p50 / p99 ms, {split}", *times),
        ]
    return [
        "## Action and every slot right",
        "",
        "Shares with their 95 % interval (Wilson). Schedules: the second half of a line, under the "
        "label's conditions, equal to the label's token by token.",
        "",
        *_table("split|" + "|".join(evaluation), rows),
    ]


def _detail(evaluation: Found, name: str) -> list[str]:
    """Languages, actions and slots of the format that ships by default."""
    found = evaluation[name]
    groups = list(dict.fromkeys(g for split in SPLITS for g in found[split]["intent"]))
    rows = [(g, *_cells(found, "intent", g)) for g in sorted(groups)]
    slots = list(dict.fromkeys(s for split in SPLITS for s in found[split]["slots"]))
    slot_rows = [(f"slot {s}", *_cells(found, "slots", s)) for s in slots]
    heads = "group|" + "|".join(SPLITS)
    return [
        f"## By language, action and slot ({name})",
        "",
        "A slot's n are the sentences that have it; “+k” counts those that got it without having "
        "it. Corpus labels and plans name some slots differently.",
        "",
        *_table(heads, [*rows, *slot_rows]),
    ]


def _cells(found: Found, kind: str, group: str) -> Iterator[str]:
    for split in SPLITS:
        share = found[split][kind].get(group)
        invented = share.get("invented") if share else 0
        yield (_percent(share) if share else "") + (f" +{invented:.0f}" if invented else "")


def _schedules(found: Found | None) -> list[str]:
    """Cooks in the twin with the student's schedules, the expert's and the menu's."""
    if found is None:
        return []
    rows = [
        (
            planner,
            c["all"]["n"],
            *(_ratio(c["all"][key], c["all"]["n"]) for key in ("right", "clean")),
            _ratio(c["all"]["on_time"], c["all"]["feasible"]),
            f"{c['all']['energy_wh']:.1f}",
            c["all"]["refused"],
        )
        for planner, c in found.items()
    ]
    dishes = [
        (
            dish,
            *(f"{_ratio(c[dish]['right'], c[dish]['n'])}" for c in found.values()),
        )
        for dish in next(iter(found.values()))
        if dish != "all"
    ]
    heads = "planner|cooks|done and on texture|no boil-over|within 3 min|Wh a cook|refused"
    return [
        "## Schedules, cooked in the twin",
        "",
        *_table(heads, rows),
        "Done and on texture, by dish:",
        "",
        *_table("dish|" + "|".join(found), dishes),
    ]


def _ratio(count: float, n: float) -> str:
    return f"{100 * count / n:.1f} % of {n}" if n else "–"


def _numerics(found: Found | None) -> list[str]:
    """Logits of this model in other engines."""
    if found is None:
        return []
    rows = [
        (name, f["left_out"], "", "")
        if "left_out" in f
        else (
            name,
            f"{f['absolute']:.1e}",
            f"{f['relative']:.1e}",
            f"{100 * f['same_token']:.2f} % of {f['positions']}",
        )
        for name, f in found.items()
    ]
    return [
        "## The same weights in other engines",
        "",
        "Largest difference of a logit from ours (torch, float32), on the trained weights, where "
        "the model writes the intents of rows of the valid split; relative to the largest logit.",
        "",
        *_table("engine|absolute|relative|same most probable token", rows),
    ]


def _curve(folder: Path) -> list[str]:
    """Draw the loss curve; the lines that show it."""
    if not (folder / CURVE).is_file():
        return []
    import matplotlib as mpl  # noqa: PLC0415  # slow to import, and only this part draws

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    with (folder / CURVE).open(encoding="utf-8") as file:
        points = list(csv.DictReader(file))
    figure, axes = plt.subplots(figsize=(7, 3.5))
    for series in dict.fromkeys(p["series"] for p in points):
        own = [p for p in points if p["series"] == series]
        axes.plot([int(p["step"]) for p in own], [float(p["loss"]) for p in own], label=series)
    axes.set(xlabel="step", ylabel="loss of a word", yscale="log")
    axes.legend()
    figure.tight_layout()
    figure.savefig(folder / PLOT, dpi=110)
    plt.close(figure)
    return [
        "## Training",
        "",
        f"![loss by step]({PLOT})",
        "",
        f"Drawn from {CURVE}. The training loss weighs the intent's words; the others do not.",
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the card of a folder. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m wenhuo_models.eval.card", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="model folder; the shipped by default")
    try:
        write_card(parser.parse_args(arguments).folder or default_folder())
    except WenhuoError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Prints how many of the hand-written sentences the shipped model plans rightly."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wenhuo.agent import Planner
from wenhuo_models.eval.independent.score import Outcome, report, score
from wenhuo_models.eval.independent.sentences import Part, read_heard, read_utterances


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table for the clean sentences, then for the heard ones; the misses too, but those of
    the fresh set, on which nobody is to tune."""
    options = _options(arguments)
    plan = Planner.load(model_dir=options.model).plan
    part: Part = options.set
    figures: dict[str, Any] = {"set": part}
    for name, sentences in (("clean", read_utterances(part)), ("heard", read_heard(part))):
        outcomes = score(plan, sentences)
        figures[name] = report(outcomes)
        misses = [] if part is Part.FRESH else _misses(outcomes)
        sys.stdout.write("\n".join([name, *_table(figures[name]), *misses]) + "\n")
    if options.json:
        text = json.dumps(figures, ensure_ascii=False, indent=1)
        options.json.write_text(text + "\n", encoding="utf-8")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m wenhuo_models.eval.independent")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--model", type=Path, metavar="DIR", help="another model than the shipped")
    parser.add_argument(
        "--set",
        type=Part,
        choices=tuple(Part),
        default=Part.FIRST,
        help="which sentences: first (the default), or fresh, whose misses are not listed",
    )
    options = parser.parse_args(arguments)
    if options.json and not options.json.parent.is_dir():
        parser.error(f"--json: no folder {options.json.parent}; make it first")
    return options


def _table(figures: dict[str, Any]) -> list[str]:
    rows = {**figures["plans"], **{f"slot {k}": v for k, v in figures["slots"].items()}}
    return [
        f"  {name:21} {row['right']:4}/{row['n']:<4} {row['share']:6.1%}"
        f"  [{row['low']:.1%}, {row['high']:.1%}]"
        + (f"  invented {row['invented']}" if row.get("invented") else "")
        for name, row in rows.items()
    ]


def _misses(outcomes: Sequence[Outcome]) -> list[str]:
    return [
        f"  {o.utterance.text}  [{', '.join(f'{k}: {e} got {g}' for k, (e, g) in o.wrong.items())}]"
        for o in outcomes
        if o.wrong
    ]


if __name__ == "__main__":
    sys.exit(main())

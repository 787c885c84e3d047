"""Scores the sessions and prints the figure, and every turn that was wrong."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from wenhuo.agent.planner import Planner
from wenhuo_models.eval.sessions.score import play
from wenhuo_models.eval.sessions.script import read_sessions


def main(arguments: Sequence[str] | None = None) -> int:
    """Print sessions right in every turn, turns right, and what was wrong."""
    parser = argparse.ArgumentParser(prog="python -m wenhuo_models.eval.sessions")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--model", type=Path, metavar="DIR", help="another model than the shipped")
    parser.add_argument("--only", metavar="WORD", help="sessions whose name holds it")
    parser.add_argument("--talk", action="store_true", help="print all that is said")
    options = parser.parse_args(arguments)
    if options.json and not options.json.parent.is_dir():
        parser.error(f"--json: no folder {options.json.parent}; make it first")
    planner = Planner.load(model_dir=options.model)
    sessions = [s for s in read_sessions() if options.only is None or options.only in s.name]
    played = [play(session, planner) for session in sessions]
    out = sys.stdout
    for one in played:
        if options.talk or one.wrong:
            out.write(f"{one.session.name}\n")
        if options.talk:
            for step, answer in zip(one.session.steps, one.answers, strict=True):
                by = f"{step.by}: " if step.by else ""
                out.write(f"    {by}{step.say}\n        → {answer.reply}\n")
        for number, say, problem in one.wrong:
            out.write(f"  turn {number + 1} {say}: {problem}\n")
    turns = sum(len(one.session.steps) for one in played)
    wrong = {(id(one), number) for one in played for number, _, _ in one.wrong}
    figures = {
        "sessions": len(played),
        "sessions_right": sum(not one.wrong for one in played),
        "turns": turns,
        "turns_right": turns - len(wrong),
    }
    out.write(
        f"sessions right in every turn: {figures['sessions_right']}/{figures['sessions']}; "
        f"turns right: {figures['turns_right']}/{figures['turns']}\n"
    )
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

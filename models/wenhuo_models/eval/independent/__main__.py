"""Prints how many of the hand-written sentences the shipped model plans rightly."""

from __future__ import annotations

import sys
from collections import defaultdict

from wenhuo.agent import Planner
from wenhuo_models.eval.independent.score import Outcome, score


def main() -> int:
    """Print the table, then each miss."""
    outcomes = score(Planner.load().plan)
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        for group in ("all", outcome.lang, outcome.utterance.expected["action"]):
            groups[group].append(outcome)
    lines = []
    for group, members in groups.items():
        right = sum(not o.wrong for o in members)
        lines.append(f"{group:12} {right:4}/{len(members):<4} {right / len(members):6.1%}")
    for outcome in outcomes:
        if outcome.wrong:
            wrong = ", ".join(f"{k}: {e} got {g}" for k, (e, g) in outcome.wrong.items())
            lines.append(f"  {outcome.utterance.text}  [{wrong}]")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

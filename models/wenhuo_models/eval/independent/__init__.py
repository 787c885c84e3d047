"""Sentences written by hand, never in training, and what a plan for each must say.

`python -m wenhuo_models.eval.independent` plans each with the shipped model and prints the share of
plans in which action and every slot are right, by language, action and slot, with what was missed:
once for clean sentences (utterances*.tsv), once for those that a recognizer garbled (heard_*.tsv).
`--set fresh` judges by a second set (fresh_*.tsv), on which nobody tunes: it lists no misses.
"""

from wenhuo_models.eval.independent.score import Outcome, bare, leaked, report, score
from wenhuo_models.eval.independent.sentences import (
    Part,
    Utterance,
    read_all,
    read_heard,
    read_utterances,
)

__all__ = [
    "Outcome",
    "Part",
    "Utterance",
    "bare",
    "leaked",
    "read_all",
    "read_heard",
    "read_utterances",
    "report",
    "score",
]

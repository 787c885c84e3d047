"""Sentences written by hand, never in training, and what a plan for each must say.

`python -m wenhuo_models.eval.independent` plans each with the shipped model and prints the share of
plans in which action and every slot are right, by language, action and slot, with what was missed:
once for clean sentences (utterances*.tsv), once for those that a recognizer garbled (heard_*.tsv).
"""

from wenhuo_models.eval.independent.score import Outcome, bare, leaked, report, score
from wenhuo_models.eval.independent.sentences import Utterance, read_heard, read_utterances

__all__ = [
    "Outcome",
    "Utterance",
    "bare",
    "leaked",
    "read_heard",
    "read_utterances",
    "report",
    "score",
]

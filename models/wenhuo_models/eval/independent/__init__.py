"""Sentences written by hand, never in training, and what a plan for each must say.

`python -m wenhuo_models.eval.independent` plans each with the shipped model and prints the share of
plans in which action and every slot are right, by language and action, with what was missed.
"""

from wenhuo_models.eval.independent.score import Outcome, bare, leaked, read_utterances, score

__all__ = ["Outcome", "bare", "leaked", "read_utterances", "score"]

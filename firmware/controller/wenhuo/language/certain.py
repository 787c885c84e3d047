"""Sentences whose meaning is known for certain, so that nobody need ask the model: 停, how long.

The table is made from the phrase files that the model learns from (wenhuo_models.factory.certain).
A sentence is matched as a whole: a dictionary look-up after the spelling is normalized. A template
grammar such as hassil would match no more of these, and would have to be loaded.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from wenhuo.intent import Action
from wenhuo.language.prompt import normalize

TABLE = "certain.json"
_ENDS = " .,!?;:~…'\""


def bare(text: str) -> str:
    """A sentence as the table has it: normalized, without the signs at its ends."""
    return normalize(text).strip(_ENDS)


def certain_action(text: str) -> Action | None:
    """What is asked for with these words and nothing else: to stop, pause, go on, or tell how it
    stands. None: not known for certain."""
    return _table().get(bare(text))


@cache
def _table() -> dict[str, Action]:
    text = files(__package__).joinpath(TABLE).read_text(encoding="utf-8")
    return {said: Action(name) for name, all_said in json.loads(text).items() for said in all_said}

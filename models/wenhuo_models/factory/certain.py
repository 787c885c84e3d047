"""The table of sentences that the device answers without its model, from the phrase files.

    python -m wenhuo_models.factory.certain     # writes it into the firmware

A sentence is in it where the training authors say it, without a slot, for one action only: to stop,
pause, go on, or tell how it stands. What is held out of training stays out of it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import wenhuo.language.certain as firmware
from wenhuo.intent import Action
from wenhuo_models.factory.phrasebook import Family, load
from wenhuo_models.factory.template import texts

ACTIONS = (Action.CANCEL, Action.PAUSE, Action.RESUME, Action.STATUS)
_MOST_TEXTS = 64  # of one template; one with more is said in too many ways to list
_LONGEST = 24  # characters of a sentence in the table


def certain() -> dict[str, list[str]]:
    """Action to sentences, as the firmware's table has them."""
    meant: dict[str, set[tuple[str, bool]]] = defaultdict(set)
    learnt: set[str] = set()
    for family in load().families:
        for said in _sentences(family):
            meant[said].add((family.kind, bool(family.dishes)))
            if not family.held_out:
                learnt.add(said)
    table: dict[str, list[str]] = {}
    for action in ACTIONS:
        only = {(action.value, False)}
        table[action.value] = sorted(s for s in learnt if meant[s] == only and len(s) <= _LONGEST)
    return table


def _sentences(family: Family) -> set[str]:
    found = {
        firmware.bare(text)
        for template in family.templates
        for text in texts(template, _MOST_TEXTS) or ()
    }
    return {said for said in found if said and not any(c.isdigit() for c in said)}


def main() -> None:
    """Write the table."""
    path = Path(firmware.__file__).with_name(firmware.TABLE)
    path.write_text(json.dumps(certain(), ensure_ascii=False, indent=0) + "\n", "utf-8")


if __name__ == "__main__":
    main()

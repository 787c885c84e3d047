"""The expert planner: for every dish, what the menu's programme should be for these conditions.

An optimizer (search.py) corrects the menu's programme on the twin, over sampled kitchens (cooks.py)
that differ from what the conditions say; the corrections (policy.py) are data with provenance
(store.py), and `expert_schedule` applies them. judge.py judges any planner on fresh cooks.
"""

from wenhuo_models.factory.expert.planner import expert_schedule

__all__ = ["expert_schedule"]

"""What the agent asks or refuses whatever the model says: facts that need arithmetic, not words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from wenhuo.agent.facts import Facts
from wenhuo.agent.request import Request
from wenhuo.boards import Product
from wenhuo.intent import Action, Reason

_NEEDS_A_COOK = frozenset({Action.ADJUST, Action.CANCEL, Action.PAUSE, Action.RESUME})


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a wish is not done as asked. say: the reply's key; values: what it mentions."""

    action: Action
    reason: Reason
    say: str
    values: dict[str, object]


def judge_words(facts: Facts, request: Request, product: Product) -> Verdict | None:
    """Judge what was meant, before any schedule is made. None: nothing against it."""
    action = facts.intent.action
    if action in _NEEDS_A_COOK and request.state.mode == "idle":
        return Verdict(Action.REFUSE, Reason.NOTHING_RUNNING, "nothing_running", {})
    if action is Action.COOK and facts.dish is None:
        return Verdict(Action.ASK, Reason.MISSING_DISH, "missing_dish", {})
    if action is Action.KEEP_WARM and facts.intent.target is not None:
        low, high = product.limits.keep_warm_min_c, product.limits.keep_warm_max_c
        if not low <= facts.intent.target.celsius <= high:
            values: dict[str, object] = {"low": round(low), "high": round(high)}
            return Verdict(Action.REFUSE, Reason.UNSAFE, "unsafe_warm", values)
    return None


def judge_wait(request: Request, product: Product, wait_s: float, cook_s: float) -> Verdict | None:
    """Refuse food that would wait raw in water for longer than food safety allows.

    wait_s: from now to the start of heating, before which a waiting cook has waited already;
    cook_s: from then until it is ready.
    """
    rules = product.appliance.food_safety
    hours = rules.raw_hold_hours(request.sensors.ambient_c)
    waited_s = (request.state.elapsed_s or 0.0) if request.state.mode == "waiting" else 0.0
    left_s = max(0.0, hours * 3600 - waited_s)
    if wait_s <= left_s:
        return None
    latest = request.now + timedelta(seconds=left_s + cook_s)
    values: dict[str, object] = {"hours": f"{hours:g}", "latest": latest}
    return Verdict(Action.REFUSE, Reason.UNSAFE, "unsafe_wait", values)

"""A Change in one sentence: what parted, what was changed, when it is ready now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from wenhuo.agent import replies
from wenhuo.agent.watch.partings import Kind, Parting
from wenhuo.agent.watch.watch import Change
from wenhuo.schedule import Phase, PhaseKind, Schedule, Until

_Part = tuple[str, Mapping[str, object]]
_MOST = 2  # reasons, and changes, in one sentence
_FIRE_PCT, _WARMTH_K, _SPAN_S = 3, 0.3, 60  # smaller ones are not worth a word
_EARLY_S = 240  # ready so long before the time wanted: the food cannot wait for it
_BESIDE = frozenset({PhaseKind.WAIT, PhaseKind.REST, PhaseKind.KEEP_WARM})  # not cooking
_LAST = frozenset({Kind.WISH, Kind.SLIP})  # what follows from the others, or is known already


def cannot_wait(change: Change) -> bool:
    """Whether the food is ready well before it is wanted, since it would fall apart until then."""
    return change.late_s is not None and change.late_s < -_EARLY_S


def sentence(change: Change, running: Schedule, lang: str, ready: str | None = None) -> str:
    """What is said of it. running: what was left of the schedule that ran; ready: the moment in
    words, where one is to be named."""
    why = sorted(change.why, key=lambda parting: parting.kind in _LAST)
    told = [_why(p, lang) for p in why if p.kind not in _LAST or p is why[0]][:_MOST]
    if running[0].kind is PhaseKind.WAIT:  # nothing has slipped yet
        told = [("reserve", {})]
    return replies.replan_words(told, _what(running, change, lang)[:_MOST], lang, ready)


def _why(parting: Parting, lang: str) -> _Part:
    if parting.kind is Kind.WISH:
        return parting.kind.value, {}
    key = f"{parting.kind.value}_{'more' if parting.amount >= 0 else 'less'}"
    size = abs(parting.amount)
    return key, {"grams": 10 * max(1, round(size / 10)), "span": _span(size, lang)}


def _what(running: Schedule, change: Change, lang: str) -> list[_Part]:
    """Everything that is worth a word, the most telling first."""
    new = change.schedule
    found: list[_Part] = [("cannot_wait", {})] if cannot_wait(change) else []
    if running[0].kind is PhaseKind.WAIT:
        sooner_s = running[0].duration_s - new[0].duration_s
        return [("sooner", {"span": _span(sooner_s, lang)})]
    if new[0].kind is PhaseKind.HEAT and running[0].kind is not PhaseKind.HEAT:
        found.append(("boils_again", {}))
    found += _signed(_largest(running, new, _fire), _FIRE_PCT, "more_fire", "less_fire", lang)
    if not found:
        found += _signed(_largest(running, new, _warmth), _WARMTH_K, "hotter", "cooler", lang)
    cooking_s = _timed_s(new, rest=False) - _timed_s(running, rest=False)
    found += _signed(cooking_s, _SPAN_S, "cooks_longer", "cooks_shorter", lang)
    rest_s = _timed_s(new, rest=True) - _timed_s(running, rest=True)
    found += _signed(rest_s, _SPAN_S, "rests_longer", "rests_shorter", lang)
    return found or [("little", {})]


def _signed(by: float, least: float, more: str, less: str, lang: str) -> list[_Part]:
    if abs(by) < least:
        return []
    return [(more if by > 0 else less, {"span": _span(abs(by), lang)})]


def _largest(running: Schedule, new: Schedule, of: Callable[[Phase], float]) -> float:
    """The largest difference between phases of the same kind while it cooks."""
    before = {phase.kind: phase for phase in running}
    found = [
        of(phase) - of(before[phase.kind])
        for phase in new
        if phase.kind in before and phase.kind not in _BESIDE
    ]
    return max(found, key=abs, default=0.0)


def _fire(phase: Phase) -> float:
    return float(phase.power_pct)


def _warmth(phase: Phase) -> float:
    return phase.target_c or 0.0


def _timed_s(phases: Schedule, *, rest: bool) -> float:
    """How long it rests, or cooks by the clock, s."""
    kinds = {PhaseKind.REST} if rest else set(PhaseKind) - _BESIDE
    return sum(p.duration_s for p in phases if p.kind in kinds and p.until is Until.TIME)


def _span(length_s: float, lang: str) -> str:
    return replies.length_words(timedelta(seconds=length_s), lang)

"""What was said about a schedule, applied to it: longer, less fire, another temperature."""

from __future__ import annotations

from dataclasses import replace

from wenhuo.agent.facts import Facts
from wenhuo.intent import Action, PowerChange
from wenhuo.schedule import Phase, PhaseKind, Schedule, Until

_COOKING = frozenset({PhaseKind.BOIL, PhaseKind.SIMMER, PhaseKind.STEAM, PhaseKind.DRY})
_POWER_STEP_PCT = 5
_POWER_RATIO = {PowerChange.LOWER: 0.75, PowerChange.HIGHER: 1.25}


def apply(schedule: Schedule, facts: Facts) -> Schedule:
    """The schedule as the wish changes it; the envelope judges the outcome."""
    if facts.intent.action is Action.KEEP_WARM:
        return tuple(_held(p, facts) for p in schedule)
    if facts.intent.action is not Action.ADJUST:
        return schedule
    power = facts.intent.power
    if power is not None:
        schedule = tuple(_fired(p, _POWER_RATIO[power]) for p in schedule)
    return _longer(schedule, _extra_s(facts))


def _held(phase: Phase, facts: Facts) -> Phase:
    target = facts.intent.target
    return replace(phase, target_c=float(round(target.celsius))) if target else phase


def _extra_s(facts: Facts) -> int:
    more, less = facts.intent.more, facts.intent.less
    return 60 * ((more.total_min if more else 0) - (less.total_min if less else 0))


def _fired(phase: Phase, ratio: float) -> Phase:
    if phase.kind not in _COOKING:
        return phase
    power = round(phase.power_pct * ratio / _POWER_STEP_PCT) * _POWER_STEP_PCT
    return replace(phase, power_pct=min(100, max(_POWER_STEP_PCT, power)))


def _longer(schedule: Schedule, extra_s: int) -> Schedule:
    """Lengthen (or shorten) the last phase that cooks by the clock, else the last that cooks."""
    cooking = [i for i, p in enumerate(schedule) if p.kind in _COOKING]
    timed = [i for i in cooking if schedule[i].until is Until.TIME]
    if not extra_s or not cooking:
        return schedule
    at = (timed or cooking)[-1]
    phase = schedule[at]
    longer = replace(phase, duration_s=max(60, phase.duration_s + extra_s))
    return (*schedule[:at], longer, *schedule[at + 1 :])


def shortened(schedule: Schedule, done_s: float) -> Schedule:
    """The schedule with this much of its cooking phases done already, each at least a minute."""
    phases = []
    for phase in schedule:
        spare_s = 60 * int((phase.duration_s - 60) // 60)
        cut_s = min(spare_s, 60 * round(done_s / 60)) if phase.kind in _COOKING else 0
        done_s -= cut_s
        phases.append(replace(phase, duration_s=phase.duration_s - cut_s))
    return tuple(phases)

"""Intents, conditions and schedules written in the schedule language, as lists of token names.

The order of slots and phases is that of grammar.lark; parse.py reads the same line back.
"""

from __future__ import annotations

from wenhuo.conditions import LOAD_STEP_G, Conditions
from wenhuo.errors import LanguageError
from wenhuo.intent import Action, Clock, Intent, Quantity, Span, When
from wenhuo.language.vocabulary import dish, number
from wenhuo.schedule import Phase, PhaseKind, Schedule

PLAN, PHASES = "<|plan|>", "<|phases|>"
PLANNED_ACTIONS = frozenset({Action.COOK, Action.ADJUST, Action.KEEP_WARM})


def word(name: str) -> str:
    """The token of a word of the language."""
    return f"<|{name}|>"


def amount_tokens(value: int) -> list[str]:
    """A whole number of any size up to 20,099: one token to 240, hundreds and rest above."""
    if value <= 240:
        return [number(value)]
    return [number(value // 100), word("hundred"), number(value % 100)]


def intent_tokens(intent: Intent) -> list[str]:
    """The first half of a line: action and slots, without the closing <|plan|> or <|end|>."""
    tokens = [word(intent.action)]
    tokens += [word(w) for w in (intent.reason, intent.topic) if w]
    if intent.more or intent.less:
        tokens += [word("more" if intent.more else "less"), *_span(intent.more or intent.less)]
    tokens += [word(w) for w in (intent.power, intent.change) if w]
    if intent.dish:
        tokens.append(dish(intent.dish))
    if intent.servings is not None:
        tokens += [word("servings"), number(intent.servings)]
    if intent.dry:
        tokens += [word("dry"), *(t for q in intent.dry for t in _quantity(q))]
    if intent.texture:
        tokens.append(word(intent.texture))
    if intent.target and intent.action is Action.KEEP_WARM:
        tokens += _target(intent)
    if intent.keep_warm is not None:
        tokens += [word("warm"), *_span(intent.keep_warm)]
    for name, when in (("ready", intent.ready), ("start", intent.start)):
        if when is not None:
            tokens += [word(name), *_when(when)]
    if intent.target and intent.action is Action.REFUSE:
        tokens += _target(intent)
    return tokens


def condition_tokens(conditions: Conditions) -> list[str]:
    """What the host writes between <|plan|> and the phases, closing <|phases|> included."""
    c = conditions
    tokens = [dish(c.dish), word(c.texture)]
    tokens += [word("load"), number(round(c.dry_g / LOAD_STEP_G))]
    tokens += [word("boils"), number(c.tb_c), word("mains"), number(c.mains_pct)]
    tokens += [word("begins"), number(c.start_c)]
    tokens += [word("warm"), *_span(_hours_minutes(c.keep_warm_min))]
    tokens.append(word("later" if c.later else "now"))
    if c.from_phase:
        tokens += [word("from"), word(f"p:{c.from_phase}")]
    return [*tokens, PHASES]


def schedule_tokens(schedule: Schedule) -> list[str]:
    """The phases, without the closing <|end|>.

    Raises LanguageError for numbers that the language cannot say (set-points of fractions of a
    degree, lengths of fractions of a minute).
    """
    return [token for phase in schedule for token in _phase(phase)]


def _phase(phase: Phase) -> list[str]:
    until = word(f"until:{phase.until}")
    kind = word(f"p:{phase.kind}")
    if phase.kind is PhaseKind.WAIT:
        return [kind, word("off"), number(0), word("auto"), until]
    if phase.duration_s % 60 or (phase.target_c is not None and phase.target_c % 1):
        raise LanguageError(f"{phase}: the language has whole minutes and whole degrees only")
    target = word("off") if phase.target_c is None else number(int(phase.target_c))
    minutes = phase.duration_s // 60
    if phase.kind is PhaseKind.KEEP_WARM:
        length = _span(_hours_minutes(minutes))
    elif minutes <= 240:
        length = [number(minutes)]
    else:
        length = [word("hours"), number(minutes // 60)]
    return [kind, target, number(phase.power_pct), *length, until]


def _hours_minutes(minutes: int) -> Span:
    return Span(minutes // 60, minutes % 60)


def _span(span: Span | None) -> list[str]:
    return [number(span.hours), number(span.minutes)] if span else []


def _quantity(quantity: Quantity) -> list[str]:
    half = [word("half")] if quantity.half else []
    return [*amount_tokens(quantity.whole), *half, word(quantity.unit)]


def _target(intent: Intent) -> list[str]:
    if intent.target is None:
        return []
    scale = [word("fahrenheit")] if intent.target.fahrenheit else []
    return [word("target"), number(intent.target.value), *scale]


def _when(when: When) -> list[str]:
    if isinstance(when, Clock):
        said = [word(w) for w in (when.day, when.period) if w]
        return [word("at"), *said, number(when.hour), number(when.minute)]
    return [word("in"), *_span(when)]

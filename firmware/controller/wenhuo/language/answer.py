"""Intents, conditions and schedules written in the schedule language, as lists of token names.

The order of slots and phases is that of grammar.lark; parse.py reads the same line back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wenhuo.conditions import LOAD_STEP_G, Conditions
from wenhuo.errors import LanguageError
from wenhuo.intent import Action, Day, Degrees, Intent, Quantity, Span, When
from wenhuo.language.vocabulary import BOS, dish, number, reference_kind
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


def intent_tokens(intent: Intent, said: Mapping[str, tuple[str, ...]] | None = None) -> list[str]:
    """The first half of a line: action and slots, without the closing <|plan|> or <|end|>.

    said: the measures in the words (prompt.Heard.measures); what stands there is referred to.
    """
    refs = _References(said or {})
    tokens = [word(intent.action)]
    tokens += [word(w) for w in (intent.reason, intent.topic) if w]
    longer = intent.more or intent.less
    if longer:
        tokens += [word("more" if intent.more else "less"), *refs.to("span", _span(longer))]
    tokens += [word(w) for w in (intent.power, intent.change) if w]
    if intent.dish:
        tokens.append(dish(intent.dish))
    if intent.servings is not None:
        tokens += [word("servings"), number(intent.servings)]
    if intent.dry:
        tokens += [word("dry"), *refs.to("amount", [t for q in intent.dry for t in _quantity(q)])]
    if intent.texture:
        tokens.append(word(intent.texture))
    if intent.target:
        tokens += [word("target"), *refs.to("temp", _degrees(intent.target))]
    if intent.keep_warm is not None:
        tokens += [word("warm"), *refs.to("span", _span(intent.keep_warm))]
    for name, when in (("ready", intent.ready), ("start", intent.start)):
        if when is not None:
            tokens += [word(name), *refs.to_when(when)]
    return tokens


class _References:
    """Which reference token stands for which meaning; the first of equal ones."""

    def __init__(self, said: Mapping[str, tuple[str, ...]]) -> None:
        self._tokens = {
            (reference_kind(token), meaning): token
            for token, meaning in reversed(list(said.items()))
        }

    def to(self, kind: str, meaning: list[str]) -> list[str]:
        """The reference to what was said, or the meaning itself where it stands nowhere."""
        token = self._tokens.get((kind, tuple(meaning)))
        return [token] if token else meaning

    def to_when(self, when: When) -> list[str]:
        """A time; a day or a part of day that was said apart from the clock goes before it."""
        if isinstance(when, Span):
            return [word("in"), *self.to("span", _span(when))]
        day = [word(when.day)] if when.day else []
        part = [word(when.period)] if when.period else []
        clock = [number(when.hour), number(when.minute)]
        ways = [([], [*day, *part]), (day, part), (part, day), ([*day, *part], [])]
        if when.day is None:
            ways.insert(1, ([], [word(Day.TODAY), *part]))  # 今儿晚上 may or may not name a day
        for apart, beside in ways:
            token = self._tokens.get(("time", (*beside, *clock)))
            if token:
                return [word("at"), *apart, token]
        return [word("at"), *day, *part, *clock]


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


def schedule_prompt(conditions: Sequence[str]) -> list[str]:
    """What the model reads before it writes the phases: the conditions and nothing else.

    The words are not there: a schedule is a function of its conditions, and nothing that anyone
    says can reach its numbers past the host.
    """
    return [BOS, PLAN, *conditions]


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


def _span(span: Span) -> list[str]:
    return [number(span.hours), number(span.minutes)]


def _quantity(quantity: Quantity) -> list[str]:
    half = [word("half")] if quantity.half else []
    return [*amount_tokens(quantity.whole), *half, word(quantity.unit)]


def _degrees(target: Degrees) -> list[str]:
    return [number(target.value), *([word("fahrenheit")] if target.fahrenheit else [])]

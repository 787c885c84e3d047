"""Times of day, lengths of time, amounts and temperatures in the words: one token for each.

"明早<|7|>点半吃" becomes "<|time:1|>吃", and its meaning, <|tomorrow|><|am|><|7|><|30|>, is
kept aside in the words of the schedule language. The model refers to the token; whose time it is
(to eat, to begin) stays its task. What no pattern knows stays in the text as it was said.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from wenhuo.language import moments
from wenhuo.language.moments import HUNDRED, N, values
from wenhuo.language.vocabulary import number, reference

MOST_OF_A_KIND = 4  # as many as grammar.lark has references for
_KINDS = ("time", "span", "amount", "temp")
_BLOCK, _FIRST = 0x100, 0xE000  # a private code point stands for each measure while rules run

_LETTERS_END = r"(?![a-z])"
_ZH_HOUR = r"(?:个(?:小时|钟头|钟)|小时|钟头)"
_ZH_MORE = r"(?:再来?|多|少|等|过|早|晚|加|减|煮|焖|熬|炖|蒸|温|长|短|推迟|提前|延)"
_EN_HOUR = r"(?:hours?|hrs?|h)(?![a-z<])"
_EN_MINUTE = rf"(?:minutes?|mins?|m){_LETTERS_END}"
_UNITS: tuple[tuple[str, str], ...] = (
    (rf"公斤|千克|kgs?{_LETTERS_END}|kilos?{_LETTERS_END}|kilograms?{_LETTERS_END}", "kilo"),
    (rf"量杯|杯|cupfuls?{_LETTERS_END}|cups?{_LETTERS_END}", "cup"),
    (rf"克|grams?{_LETTERS_END}|(?<![a-z])gr?{_LETTERS_END}", "gram"),
    (rf"斤|jin{_LETTERS_END}|catt(?:y|ies){_LETTERS_END}", "jin"),
    (rf"两(?![个位口天三下次])|liangs?{_LETTERS_END}", "liang"),
    (rf"磅|pounds?{_LETTERS_END}|lbs?{_LETTERS_END}", "pound"),
)
_UNIT = "|".join(pattern for pattern, _ in _UNITS)
_UNIT_NAMES = tuple((re.compile(pattern, re.ASCII), name) for pattern, name in _UNITS)
_BIG = rf"(?:{N}{HUNDRED}{N}|{N})"
_ONE_AMOUNT = (
    rf"(?:{_BIG}(?:\.<\|5\|>|\s+and\s+a\s+half|\s*个?半(?=\s*(?:{_UNIT})))?"
    rf"|半|half(?:\s+an?)?|an?\s+half|(?<![a-z])an?)\s*(?:{_UNIT})(?:半|\s+and\s+a\s+half)?"
)
_HALF = re.compile(r"\.<\|5\|>|半|half")


@dataclass(slots=True)
class _Scan:
    """A text while its measures are being taken out: kind, meaning and words of each found."""

    text: str
    found: dict[str, tuple[str, tuple[str, ...], str]] = field(default_factory=dict)

    def put(self, kind: str, meaning: tuple[str, ...], said: str) -> str:
        """Keep a measure; returns the code point that stands for it."""
        mark = chr(_FIRST + _BLOCK * _KINDS.index(kind) + len(self.found))
        self.found[mark] = (kind, meaning, self.as_said(said))
        return mark

    def as_said(self, text: str) -> str:
        """A text with its marks turned back into words."""
        return "".join(self.found[c][2] if c in self.found else c for c in text)


_Builder = Callable[[re.Match[str]], tuple[str, ...] | None]


def take_measures(text: str) -> tuple[str, dict[str, tuple[str, ...]]]:
    """The text with a reference token for each measure, and what each token means.

    text: lower case, with number tokens for its numerals. The meanings are tokens in the order of
    the grammar: day, part of day, hour, minute; hours, minutes; quantities; degrees, scale.
    """
    scan = _Scan(text)
    for kind, pattern, build in _RULES:
        _apply(scan, kind, pattern, build)
    for pattern in moments.BESIDE_A_TIME:
        _join(scan, pattern)
    _apply(scan, "time", *moments.NAMED)
    for pattern in moments.BESIDE_A_TIME:
        _join(scan, pattern)
    return _number_off(scan)


def _apply(scan: _Scan, kind: str, pattern: re.Pattern[str], build: _Builder) -> None:
    def mark(m: re.Match[str]) -> str:
        meaning = build(m)
        if meaning is None or len(scan.found) >= _BLOCK:
            return m[0]
        kept = m.groupdict().get("before") or ""
        return kept + scan.put(kind, meaning, m[0][len(kept) :])

    scan.text = pattern.sub(mark, scan.text)


def _join(scan: _Scan, pattern: re.Pattern[str]) -> None:
    """Draw the day and the part of day beside a time into it."""

    def joined(m: re.Match[str]) -> str:
        _, meaning, _ = scan.found[m["time"]]
        wider = moments.with_parts(meaning, m["words"])
        return scan.put("time", wider, m[0]) if wider != meaning else m[0]

    scan.text = pattern.sub(joined, scan.text)


def _number_off(scan: _Scan) -> tuple[str, dict[str, tuple[str, ...]]]:
    counts = dict.fromkeys(_KINDS, 0)
    meanings: dict[str, tuple[str, ...]] = {}
    parts: list[str] = []
    for char in scan.text:
        if char not in scan.found:
            parts.append(char)
            continue
        kind, meaning, said = scan.found[char]
        counts[kind] += 1
        if counts[kind] > MOST_OF_A_KIND:
            parts.append(said)
            continue
        token = reference(kind, counts[kind])
        meanings[token] = meaning
        # whether a temperature is safe is in its number, so the model sees that too
        parts.append(token + (meaning[0] if kind == "temp" else ""))
    return "".join(parts), meanings


def _degrees(m: re.Match[str]) -> tuple[str, ...] | None:
    fahrenheit = "华氏" in m[0] or re.search(r"f(?:ahrenheit)?$", m[0].strip())
    return (number(values(m[0])[0]), *(["<|fahrenheit|>"] if fahrenheit else []))


def _amount(m: re.Match[str]) -> tuple[str, ...] | None:
    tokens: list[str] = []
    for part in re.finditer(_ONE_AMOUNT, m[0]):
        said = part[0]
        unit = next(name for pattern, name in _UNIT_NAMES if pattern.search(said))
        whole = re.findall(rf"{N}|{HUNDRED}", _HALF.sub("", said))
        half = bool(_HALF.search(said))
        tokens += whole or [number(0 if half and not re.search(r"and\s+a\s+half", said) else 1)]
        tokens += [*(["<|half|>"] if half else []), f"<|{unit}|>"]
    return tuple(tokens)


def _span(hours: int, minutes: int) -> tuple[str, ...] | None:
    return (number(hours), number(minutes)) if hours <= 72 and minutes <= 240 else None


def _zh_hours(m: re.Match[str]) -> tuple[str, ...] | None:
    rest = m["rest"] or ""
    minutes = 30 if "半" in rest else 0
    if values(rest):
        minutes = values(rest)[-1] * (15 if "刻" in rest else 1)
    return _span(values(m["hours"])[0], minutes)


def _half_more(m: re.Match[str]) -> tuple[str, ...] | None:
    """两个半小时, 1.5小时."""
    return _span(values(m["hours"])[0], 30)


def _en_hours(m: re.Match[str]) -> tuple[str, ...] | None:
    head, tail = m["head"], m["tail"] or ""
    hours = 2 if "couple" in head else (values(head) or [1])[0]
    minutes = 30 if ".<" in head or "half" in head or "half" in tail else 0
    if values(tail):
        minutes = values(tail)[0]
    elif "quarter" in tail:
        minutes = 15
    return _span(hours, minutes)


def _compact(m: re.Match[str]) -> tuple[str, ...] | None:
    """2h30; 13h30 is a time."""
    hours, minutes = values(m[0])
    return _span(hours, minutes) if hours <= 12 else None


def _minutes(m: re.Match[str]) -> tuple[str, ...] | None:
    return _span(0, values(m[0])[-1] * (15 if "刻" in m[0] else 1))


def _fixed(hours: int, minutes: int) -> _Builder:
    return lambda _: _span(hours, minutes)


_Rule = tuple[str, re.Pattern[str], _Builder]


def _rule(kind: str, pattern: str, build: _Builder) -> _Rule:
    return kind, re.compile(pattern, re.ASCII), build


_RULES: tuple[_Rule, ...] = (
    _rule(
        "temp",
        rf"(?<!hundred\|>)(?:华氏\s*)?{N}\s*(?:华氏度|°\s*f{_LETTERS_END}"
        rf"|degrees?\s+f(?:ahrenheit)?{_LETTERS_END}|fahrenheit|f{_LETTERS_END}|摄氏度|度(?![数电假])"
        rf"|°\s*c?{_LETTERS_END}|degrees?(?:\s+c(?:elsius)?{_LETTERS_END})?|celsius|c{_LETTERS_END})",
        _degrees,
    ),
    _rule(
        "amount", rf"(?<!hundred\|>){_ONE_AMOUNT}(?:\s*(?:零|又|and)?\s*{_ONE_AMOUNT})?", _amount
    ),
    *(("time", pattern, build) for pattern, build in moments.ZH_CLOCKS),
    _rule("span", rf"(?P<hours>{N})(?:个半|\.<\|5\|>个?)(?:小时|钟头|钟)", _half_more),
    _rule("span", r"半个?(?:小时|钟头|钟)", _fixed(0, 30)),
    _rule(
        "span",
        rf"(?P<hours>{N}){_ZH_HOUR}(?P<rest>半|[零又]*(?:<\|0\|>)?{N}(?:分钟|分|刻钟|刻))?",
        _zh_hours,
    ),
    _rule("span", rf"{N}(?:来|多)?(?:分钟|刻钟)", _minutes),
    _rule("span", rf"{N}分(?=[之以]?[后内])", _minutes),
    _rule("span", rf"(?P<before>{_ZH_MORE}\s*){N}分(?![钟熟饱量]|之[一二三<])", _minutes),
    _rule("span", r"<\|3\|> quarters of an hour\b", _fixed(0, 45)),
    _rule("span", r"\b(?:a )?quarter(?: of an)? hour\b", _fixed(0, 15)),
    _rule("span", r"\b(?:half an? hour|a? ?half[ -]hour)\b", _fixed(0, 30)),
    _rule(
        "span",
        rf"(?P<head>{N}(?:\.<\|5\|>|\s+and\s+a\s+half)?|\ba couple(?: of)?(?=\s)"
        rf"|\ban?(?=\s+h[or]))[\s-]*{_EN_HOUR}"
        rf"(?P<tail>\s*(?:,|and)?\s*(?:a\s+half\b|half\b|a\s+quarter\b|{N}\s*{_EN_MINUTE}"
        rf"|<\|30\|>))?",
        _en_hours,
    ),
    _rule("span", rf"{N}h{N}", _compact),
    _rule("span", rf"{N}[\s-]*{_EN_MINUTE}", _minutes),
    *(("time", pattern, build) for pattern, build in moments.EN_CLOCKS),
)

"""Recorded cooks as tables: one cook with its decisions and phases, many with a row each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from wenhuo.executive.records import CookLog, PhaseSpan
from wenhuo_tools.report.record import CookRecord
from wenhuo_tools.report.words import LABELS, PHASE_WORDS, span_words

_HEAD = ("cook", "ordered", "dish", "outcome", "ready", "late", "changes", "faults")


def cook_rows(record: CookRecord) -> list[Sequence[str]]:
    """The phases as they were: from when, how long, how warm, how much heat. Temperatures in °C."""
    lang = record.plan["lang"]
    words = LABELS[lang]
    rows: list[Sequence[str]] = [[words[key] for key in ("phase", "at", "for", "target", "power")]]
    for span in record.log.spans:
        began = record.began + timedelta(seconds=span.start_s)
        length = span_words(span.end_s - span.start_s, lang)
        name = PHASE_WORDS[lang][span.kind]
        rows.append([name, f"{began:%H:%M}", length, *_readings(record.log, span)])
    return rows


def _readings(log: CookLog, span: PhaseSpan) -> tuple[str, str]:
    """The warmest bottom and the mean duty within a phase."""
    seen = [s for s in log.samples if span.start_s <= s.t_s <= span.end_s]
    warm = [s.bottom_c for s in seen if s.bottom_c is not None]
    duty_pct = sum(s.duty_pct for s in seen) / len(seen) if seen else 0.0
    return (f"{max(warm):.0f} °C" if warm else "-", f"{duty_pct:.0f} %")


def decision_lines(record: CookRecord) -> list[str]:
    """What was said and answered, and what happened, with times."""
    told = [(decision.t_s, decision.told()) for decision in record.decisions]
    decided_s = {t_s for t_s, _ in told}  # a decision has a mark too, for the picture
    told += [(t_s, what.replace("_", " ")) for t_s, what in record.marks if t_s not in decided_s]
    return [
        f"{record.began + timedelta(seconds=t_s):%H:%M:%S}  {text}"
        for t_s, text in sorted(told, key=lambda one: one[0])
    ]


def list_rows(records: Iterable[CookRecord]) -> list[Sequence[str]]:
    """One row for each cook, under a head."""
    return [_HEAD, *(_row(record) for record in records)]


def _row(record: CookRecord) -> Sequence[str]:
    result = record.result
    served_s, late_s = result["served_s"], result["ready_error_s"]
    ready = "-" if served_s is None else f"{record.began + timedelta(seconds=served_s):%H:%M}"
    return (
        result["id"],
        f"{record.began:%Y-%m-%d %H:%M}",
        record.dish_name or "-",
        result["outcome"],
        ready,
        "-" if late_s is None else f"{late_s / 60:+.0f} min",
        str(result["replans"]),
        ", ".join(result["faults"]) or "-",
    )

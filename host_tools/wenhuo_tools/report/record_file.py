"""Cook records as files: one JSON object per line, each with its kind, read back strictly.

{"kind": "cook", "format": 1, "text", "dish_name", "began", "scenario", "tail_s",
"watched"}
    and "plan" where what was cooked is not the first decision's plan, as in a dialogue
{"kind": "decision", "t_s", "request", "plan"}     request.schema.json, plan.schema.json
    and "asked": [[request, line], …] where a dialogue of wenhuod led to it
{"kind": "sample", …}  {"kind": "truth", …}  {"kind": "span", …}  {"kind": "mark", "t_s", "what"}
{"kind": "end", "outcome", "served_s", "replans", "faults", "result"}
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from wenhuo.errors import RequestError, UsageError
from wenhuo.executive.records import BoardState, CookLog, Outcome, PhaseSpan, Sample
from wenhuo.schedule import PhaseKind
from wenhuo_tools.jsonl import read_object
from wenhuo_tools.report.record import CookRecord, Decision, TruthSample

FORMAT = 1


def write_record(record: CookRecord, path: Path) -> Path:
    """Write a cook's record. Raises UsageError where the file cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8") as stream:
            for line in _lines(record):
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")
    except OSError as error:
        raise UsageError(f"cannot write the record to {path}: {error.strerror}") from None
    return path


def record_files(path: Path) -> list[Path]:
    """A folder's records by name, or the file itself. Raises UsageError where there is none."""
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    if not files or not path.exists():
        raise UsageError(f"no records in {path}; `wenhuo log pull` and `wenhuo record` make them")
    return files


def read_record(path: Path) -> CookRecord:
    """Read a record. Raises UsageError for no such file, RequestError for one that is no record."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except ValueError:
        raise RequestError(
            f"{path} is no text; give a record of `wenhuo record` or `wenhuo log pull`"
        ) from None
    reader = _Reader()
    for number, line in enumerate(text.splitlines(), 1):
        try:
            reader.take(read_object(line))
        except (RequestError, KeyError, TypeError, ValueError) as error:
            raise RequestError(f"{path}:{number}: {error}; not a whole record") from None
    if reader.record is None or not reader.ended:
        raise RequestError(f"{path} has no beginning or no end; the cook was broken off")
    return reader.record


def _lines(record: CookRecord) -> Iterator[dict[str, Any]]:
    first = record.decisions[0].plan if record.decisions else None
    yield {
        "kind": "cook",
        "format": FORMAT,
        "text": record.text,
        "dish_name": record.dish_name,
        "began": record.began.isoformat(),
        "scenario": record.scenario,
        "tail_s": record.tail_s,
        "watched": record.watched,
        **({} if record.plan == first else {"plan": record.plan}),
    }
    for decision in record.decisions:
        line = {"kind": "decision", **asdict(decision)}
        if not decision.asked:
            del line["asked"]
        yield line
    for sample in record.log.samples:
        yield {"kind": "sample", **_renamed(asdict(sample), "kind", "phase")}
    for truth in record.truth:
        yield {"kind": "truth", **asdict(truth)}
    for span in record.log.spans:
        yield {"kind": "span", **_renamed(asdict(span), "kind", "phase")}
    for t_s, what in record.marks:
        yield {"kind": "mark", "t_s": t_s, "what": what}
    log = record.log
    yield {
        "kind": "end",
        "outcome": log.outcome,
        "served_s": log.served_s,
        "replans": log.replans,
        "faults": log.faults,
        "result": record.result,
    }


class _Reader:
    """Builds a record from its lines."""

    def __init__(self) -> None:
        self.record: CookRecord | None = None
        self.ended = False

    def take(self, line: dict[str, Any]) -> None:
        """One line. Raises KeyError, TypeError, ValueError, RequestError for what is none."""
        kind = line.pop("kind")
        if kind == "cook":
            self._begin(**line)
            return
        takers: dict[str, Callable[..., None]] = {
            "decision": self._decision,
            "sample": self._sample,
            "truth": self._truth,
            "span": self._span,
            "mark": self._mark,
            "end": self._end,
        }
        if kind not in takers:
            raise RequestError(f"unknown kind {kind!r}")
        if self.record is None:
            raise RequestError("the first line must be of kind 'cook'")
        takers[kind](self.record, **line)

    def _begin(
        self,
        *,
        format: int,
        text: str,
        dish_name: str | None,
        began: str,
        scenario: dict[str, Any],
        tail_s: float,
        watched: bool = False,
        plan: dict[str, Any] | None = None,
    ) -> None:
        if format != FORMAT:
            raise RequestError(f"format {format}, this program reads {FORMAT}")
        self.record = CookRecord(
            text,
            dish_name,
            datetime.fromisoformat(began),
            plan=plan or {},
            result={},
            scenario=scenario,
            tail_s=tail_s,
            watched=watched,
        )

    def _decision(
        self,
        record: CookRecord,
        t_s: float,
        request: dict[str, Any],
        plan: dict[str, Any],
        asked: list[tuple[dict[str, Any], list[str]]] | None = None,
    ) -> None:
        questions = [(question, line) for question, line in asked or ()]
        record.decisions.append(Decision(t_s, request, plan, questions))
        record.plan = record.plan or plan

    def _sample(
        self,
        record: CookRecord,
        state: str,
        phase: str | None,
        **rest: Any,  # noqa: ANN401
    ) -> None:
        kind = PhaseKind(phase) if phase else None
        record.log.samples.append(Sample(state=BoardState(state), kind=kind, **rest))

    def _truth(self, record: CookRecord, **values: float) -> None:
        record.truth.append(TruthSample(**values))

    def _span(self, record: CookRecord, phase: str, start_s: float, end_s: float) -> None:
        record.log.spans.append(PhaseSpan(PhaseKind(phase), start_s, end_s))

    def _mark(self, record: CookRecord, t_s: float, what: str) -> None:
        record.marks.append((t_s, what))

    def _end(
        self,
        record: CookRecord,
        *,
        outcome: str | None,
        served_s: float | None,
        replans: int,
        faults: list[str],
        result: dict[str, Any],
    ) -> None:
        log: CookLog = record.log
        log.outcome = Outcome(outcome) if outcome else None
        log.served_s, log.replans, log.faults = served_s, replans, faults
        record.result = result
        self.ended = True


def _renamed(values: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    return {new if key == old else key: value for key, value in values.items()}

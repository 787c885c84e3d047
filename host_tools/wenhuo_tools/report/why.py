"""Why the cooker did what it did: a cook out of the memory, in words and for the plot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from wenhuo.boards import Product
from wenhuo.errors import RequestError
from wenhuo.executive.records import CookLog, Happening, Note, Outcome
from wenhuo.memory import Memory
from wenhuo.memory.calls import Call
from wenhuo.memory.cooks import Cook
from wenhuo.schedule import Until, read_schedule
from wenhuo_tools.report.notes import note_words
from wenhuo_tools.report.plan_view import understood
from wenhuo_tools.report.record import CookRecord, Decision
from wenhuo_tools.report.words import PHASE_WORDS, UNTIL_WORDS, span_words, texture_word

_WORDS = {
    "zh": {
        "believed": "以为",
        "decided": "决定",
        "model": "日程由模型写，",
        "menu": "日程按菜单的固定程序，",
        "passed": "安全检查通过",
        "refused": "安全检查没有通过：{why}",
        "board": "电源板：{answer}",
        "boils": "水 {tb_c} °C 开",
        "mains": "电压 {mains_pct} %",
        "starts": "锅里 {start_c} °C",
        "water": "水 {water_g} g",
        "changed": "改成",
        "problem": "（模型没有用上：{why}）",
        "expected": "预计 {at} 好",
        "ready": "好了，预计 {at}",
        "ready_plain": "好了",
        "ended": "结束：{outcome}",
        "verdict": "吃后说：{verdict}",
        "somebody": "有人",
    },
    "en": {
        "believed": "believed",
        "decided": "decided",
        "model": "the model wrote the schedule, ",
        "menu": "the menu's fixed programme, ",
        "passed": "the envelope let it pass",
        "refused": "the envelope refused the model's: {why}",
        "board": "the board: {answer}",
        "boils": "water boils at {tb_c} °C",
        "mains": "mains {mains_pct} %",
        "starts": "{start_c} °C in the pot",
        "water": "{water_g} g of water",
        "changed": "changed to",
        "problem": " (not the model's: {why})",
        "expected": "ready at {at} by forecast",
        "ready": "ready; forecast was {at}",
        "ready_plain": "ready",
        "ended": "ended: {outcome}",
        "verdict": "how it was: {verdict}",
        "somebody": "somebody",
    },
}


def find_cook(memory: Memory, number: int | None) -> Cook:
    """The cook of that number, or the last one. Raises RequestError where there is none."""
    try:
        cook = memory.cooks.last() if number is None else memory.cooks.get(number)
    except KeyError:
        cook = None
    if cook is None:
        which = "nothing has been cooked yet" if number is None else f"there is no cook {number}"
        raise RequestError(f"{which}; see `wenhuo memory cooks`")
    return cook


def why_lines(memory: Memory, cook: Cook, product: Product) -> list[str]:
    """What was heard, believed, decided, seen and changed, with times, in the cook's language."""
    lang = cook.about.get("lang", "en")
    began = _began(memory, cook)
    told = [*_calls(memory, cook, product, lang), *_notes(memory, cook, lang), *_ends(cook, lang)]
    lines = []
    for t_s, text, further in sorted(told, key=lambda one: one[0]):
        lines.append(f"{began + timedelta(seconds=t_s):%H:%M:%S}  {text}")
        lines += [f"          {line}" for line in further]
    return lines


def _calls(
    memory: Memory, cook: Cook, product: Product, lang: str
) -> Iterator[tuple[float, str, list[str]]]:
    words = _WORDS[lang]
    for call in memory.calls.of_cook(cook.id):
        who = call.speaker or (words["somebody"] if call.words else "")
        text = f"{who}: {call.words} → {call.reply}" if call.words else call.reply
        further = []
        if call.plan is not None and call.plan["schedule"]:
            at = datetime.fromtimestamp(call.at).astimezone()
            dish = product.menu.get(call.plan["dish"] or "")
            name = (dish.name_zh if lang == "zh" else dish.name_en) if dish else None
            heard = understood({**call.plan, "lang": lang}, name, at)
            further = [_believed(call, lang), f"{words['decided']}: {heard}"]
            further.append(_verdict(call, lang))
        elif call.arguments.get("schedule"):
            further = _replanned(call, lang)
        elif call.board not in ("not asked", "ok"):
            further = [words["board"].format(answer=call.board)]
        yield call.at - cook.ordered_at, text, [line for line in further if line]


def _believed(call: Call, lang: str) -> str:
    """What the schedule was made for."""
    words, known = _WORDS[lang], call.arguments.get("believed", {})
    parts = [f"{known['dry_g']} g"] if known.get("dry_g") else []
    if known.get("texture"):
        parts.append(texture_word(known["texture"], lang))
    for key in ("water", "boils", "mains", "starts"):
        name = words[key].partition("{")[2].partition("}")[0]
        if known.get(name) is not None:
            parts.append(words[key].format(**{name: known[name]}))
    if known.get("expected_at"):
        at = datetime.fromisoformat(known["expected_at"])
        parts.append(words["expected"].format(at=f"{at:%H:%M}"))
    return f"{words['believed']}: {', '.join(parts)}" if parts else ""


def _replanned(call: Call, lang: str) -> list[str]:
    """What the watch believed of the pot, what it gave the board, and whose phases they are."""
    words, known = _WORDS[lang], call.arguments
    phases = (
        PHASE_WORDS[lang][p.kind]
        + (f" {p.target_c:g} °C" if p.target_c is not None else "")
        + (f" {p.power_pct} %" if p.power_pct else "")
        + (
            f" {span_words(p.duration_s, lang)}"
            if p.until is Until.TIME
            else f" → {UNTIL_WORDS[lang][p.until]}"
        )
        for p in read_schedule(known["schedule"])
    )
    by = words["model"] if known.get("by") == "model" else words["menu"]
    problem = words["problem"].format(why=known["problem"]) if known.get("problem") else ""
    board = words["board"].format(answer=call.board)
    return [
        _believed(call, lang),
        f"{words['changed']}: {', '.join(phases)}",
        f"{by}{words['passed']}; {board}{problem}",
    ]


def _verdict(call: Call, lang: str) -> str:
    words, plan = _WORDS[lang], call.plan or {}
    by = words["model"] if plan.get("source") == "model" else words["menu"]
    passed = call.envelope == "passed"
    said = words["passed"] if passed else words["refused"].format(why=call.envelope)
    return f"{by}{said}; {words['board'].format(answer=call.board)}"


def _notes(memory: Memory, cook: Cook, lang: str) -> Iterator[tuple[float, str, list[str]]]:
    for t_s, what, detail in memory.cooks.notes(cook.id):
        text = note_words(Note(t_s, Happening(what), detail), lang)
        if text is not None:
            yield t_s, text, []


def _ends(cook: Cook, lang: str) -> Iterator[tuple[float, str, list[str]]]:
    words = _WORDS[lang]
    if cook.served_s is not None:
        text, expected = words["ready_plain"], cook.about.get("expected_at")
        if expected:
            text = words["ready"].format(at=f"{datetime.fromisoformat(expected):%H:%M}")
        yield cook.served_s, text, []
    if cook.ended_at is not None:
        text = words["ended"].format(outcome=cook.outcome)
        more = [words["verdict"].format(verdict=cook.verdict)] if cook.verdict else []
        yield cook.ended_at - cook.ordered_at, text, more


def _began(memory: Memory, cook: Cook) -> datetime:
    """When it was ordered, by the household's clock: in the zone of what the model was asked."""
    asked = [request for call in memory.calls.of_cook(cook.id) for request in call.requests]
    zone = datetime.fromisoformat(asked[0]["now"]).tzinfo if asked else None
    return datetime.fromtimestamp(cook.ordered_at).astimezone(zone)


def why_record(memory: Memory, cook: Cook, product: Product) -> CookRecord:
    """The cook for the plot and the page: readings, calls, what happened."""
    began = _began(memory, cook)
    lang = cook.about.get("lang", "en")
    calls = memory.calls.of_cook(cook.id)
    log = CookLog(outcome=Outcome(cook.outcome) if cook.outcome else None, served_s=cook.served_s)
    for sample in memory.cooks.samples(cook.id):
        log.add(sample)
    notes = memory.cooks.notes(cook.id)
    log.faults = [detail for _, what, detail in notes if what == Happening.FAULT]
    log.replans = sum(what == Happening.REPLACED for _, what, _ in notes)
    marks = [(t_s, what) for t_s, what, _ in notes if what not in _UNMARKED]
    marks += [
        (call.at - cook.ordered_at, call.tool)
        for call in calls[1:]
        if call.plan or "schedule" in call.arguments
    ]
    dish = product.menu.get(cook.dish or "")
    return CookRecord(
        text=calls[0].words if calls else "",
        dish_name=(dish.name_zh if lang == "zh" else dish.name_en) if dish else None,
        began=began,
        plan=cook.plan,
        result=_result(cook, log, began),
        log=log,
        marks=marks,
        decisions=[_decision(call, cook, product) for call in calls],
    )


_UNMARKED = (Happening.STARTED, Happening.FINISHED, Happening.PHASE_ENDED, Happening.REPLACED)


def _decision(call: Call, cook: Cook, product: Product) -> Decision:
    request = {"text": call.words, "board": product.id}
    questions = call.requests or [request] * len(call.lines)  # a watch's line has its conditions
    return Decision(
        call.at - cook.ordered_at,
        request,
        {**(call.plan or {}), "reply": call.reply},
        list(zip(questions, call.lines, strict=True)),
    )


def _result(cook: Cook, log: CookLog, began: datetime) -> dict[str, Any]:
    """As result.schema.json, as far as a cooker knows it: no truth, no energy; "on" while it is."""
    ready_error_s = None
    asked = cook.about.get("ready_at")
    if asked is not None and cook.served_s is not None:
        wanted_s = (datetime.fromisoformat(asked) - began).total_seconds()
        ready_error_s = round(cook.served_s - wanted_s, 1)
    return {
        "id": str(cook.id),
        "outcome": cook.outcome or "on",
        "served_s": cook.served_s,
        "ready_error_s": ready_error_s,
        "doneness": None,
        "faults": log.faults,
        "replans": log.replans,
    }

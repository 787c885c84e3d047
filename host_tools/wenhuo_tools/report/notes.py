"""What happens during a cook, in words."""

from __future__ import annotations

from wenhuo.executive.records import Happening, Note
from wenhuo_link.fault_table import FAULTS
from wenhuo_tools.report.words import span_words

# Not told: what the progress shows anyway.
_SHOWN_ANYWAY = (Happening.STARTED, Happening.FINISHED)
_ENDS = {
    "zh": {"boil": "水开了", "dry": "水收干了", "temp": "到温度了", "limit": "到了最长时间"},
    "en": {
        "boil": "the water boils",
        "dry": "the free water is gone",
        "temp": "the temperature is reached",
        "limit": "the longest time for this phase is over",
    },
}
_WORDS: dict[str, dict[Happening, str]] = {
    "zh": {
        Happening.PAUSED: "暂停",
        Happening.RESUMED: "继续",
        Happening.CANCELLED: "取消",
        Happening.FAULT: "故障 {detail}",
        Happening.REPLACED: "换成新方案",
        Happening.LID_OPENED: "盖子打开了",
        Happening.LID_CLOSED: "盖子合上了",
        Happening.POT_OUT: "内锅拿走了",
        Happening.POT_IN: "内锅放回了",
        Happening.WARNING: "提醒 {detail}",
        Happening.CUT_RESUMED: "来电了，电源板自己接着煮",
        Happening.CUT_REFUSED: "来电了，能不能接着煮，由控制器决定",
        Happening.LINK_LOST: "电源板没有回应，由它自己继续煮",
        Happening.LINK_BACK: "电源板恢复回应",
        Happening.POWER_BACK: "停电 {span} 后恢复，接着煮",
        Happening.POWER_LOST: "停电 {span}，时间太长，请看看锅里的食物",
    },
    "en": {
        Happening.PAUSED: "paused",
        Happening.RESUMED: "resumed",
        Happening.CANCELLED: "cancelled",
        Happening.FAULT: "fault {detail}",
        Happening.REPLACED: "a new schedule from here on",
        Happening.LID_OPENED: "the lid was opened",
        Happening.LID_CLOSED: "the lid was closed",
        Happening.POT_OUT: "the pot was taken out",
        Happening.POT_IN: "the pot is back",
        Happening.WARNING: "warning {detail}",
        Happening.CUT_RESUMED: "the power is back; the board goes on by itself",
        Happening.CUT_REFUSED: "the power is back; the controller decides whether to go on",
        Happening.LINK_LOST: "the power board does not answer; it goes on by itself",
        Happening.LINK_BACK: "the power board answers again",
        Happening.POWER_BACK: "the power was away for {span}; the cook goes on",
        Happening.POWER_LOST: "the power was away for {span}, too long: look at the food",
    },
}


def fault_text(name: str) -> str:
    """A fault of the power board in one line: its name, what it is, what to do."""
    for _, known, line, _, remedy in FAULTS:
        if known == name:
            return f"{name}: {line} {remedy[0].upper()}{remedy[1:]}."
    return name


def note_words(note: Note, lang: str) -> str | None:
    """A note for people, None for what is shown anyway."""
    if note.what is Happening.PHASE_ENDED:
        return _ENDS[lang].get(note.detail)
    if note.what in _SHOWN_ANYWAY:
        return None
    is_code = note.what in (Happening.FAULT, Happening.WARNING)
    detail = fault_text(note.detail) if is_code else note.detail
    span = span_words(float(note.detail), lang) if note.detail.isdecimal() else ""
    return _WORDS[lang][note.what].format(detail=detail, span=span)

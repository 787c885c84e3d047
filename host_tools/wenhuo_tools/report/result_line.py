"""A cook's result in one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wenhuo_tools.report.words import span_words

_OUTCOMES = {
    "zh": {
        "done": "煮好了",
        "fault": "出故障",
        "cancelled": "已取消",
        "refused": "没有照办",
        "asked": "还在等回答",
        "on": "正在煮",
    },
    "en": {
        "done": "done",
        "fault": "fault",
        "cancelled": "cancelled",
        "refused": "refused",
        "asked": "asked back",
        "on": "on",
    },
}
_WORDS = {
    "zh": {
        "late": "晚",
        "early": "早",
        "doneness": "熟度",
        "uptake": "吸水 g/g",
        "boilover": "溢出",
        "scorch": "焦糊",
        "faults": "故障码",
        "on time": "准时",
        "after": "用时",
        "replans": "改方案",
    },
    "en": {
        "late": "late by",
        "early": "early by",
        "doneness": "doneness",
        "uptake": "uptake g/g",
        "boilover": "boil-over",
        "scorch": "scorch",
        "faults": "faults",
        "on time": "on time",
        "after": "ready after",
        "replans": "replans",
    },
}
_ON_TIME_S = 30.0


def result_line(result: Mapping[str, Any], lang: str) -> str:
    """One line for a result (result.schema.json)."""
    words = _WORDS[lang]
    parts = [_OUTCOMES[lang][result["outcome"]]]
    if result["served_s"] is not None:
        parts.append(_punctuality(result, lang))
    if result["doneness"] is not None:
        parts.append(f"{words['doneness']} {result['doneness']:.2f}")
        parts.append(f"{words['boilover']} {result['boilover_g']:.0f} g")
        parts.append(f"{words['scorch']} {result['scorch']:.2f}")
        parts.append(f"{result['energy_wh']:.0f} Wh")
        parts.append(f"max {result['max_bottom_c']:.0f} °C")
    if result["faults"]:
        parts.append(f"{words['faults']} {', '.join(result['faults'])}")
    if result["replans"]:
        parts.append(f"{words['replans']} {result['replans']}")
    return " · ".join(parts)


def _punctuality(result: Mapping[str, Any], lang: str) -> str:
    words = _WORDS[lang]
    error_s = result["ready_error_s"]
    if error_s is None:
        return f"{words['after']} {span_words(result['served_s'], lang)}"
    if abs(error_s) < _ON_TIME_S:
        return words["on time"]
    return f"{words['late' if error_s > 0 else 'early']} {span_words(abs(error_s), lang)}"

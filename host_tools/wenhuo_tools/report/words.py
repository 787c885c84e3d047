"""The words and colours shown for phases, textures and the rest, in Chinese and English."""

from __future__ import annotations

from wenhuo.schedule import PhaseKind, Until

PHASE_WORDS: dict[str, dict[PhaseKind, str]] = {
    "zh": {
        PhaseKind.WAIT: "等待",
        PhaseKind.SOAK: "浸泡",
        PhaseKind.HEAT: "加热",
        PhaseKind.BOIL: "煮沸",
        PhaseKind.SIMMER: "慢煮",
        PhaseKind.STEAM: "蒸",
        PhaseKind.DRY: "收水",
        PhaseKind.REST: "焖",
        PhaseKind.KEEP_WARM: "保温",
    },
    "en": {kind: kind.value.replace("_", " ") for kind in PhaseKind},
}

UNTIL_WORDS: dict[str, dict[Until, str]] = {
    "zh": {
        Until.TIME: "到时",
        Until.TEMP: "到温",
        Until.BOIL: "水开",
        Until.DRY: "水干",
    },
    "en": {
        Until.TIME: "time",
        Until.TEMP: "temperature",
        Until.BOIL: "boiling",
        Until.DRY: "water gone",
    },
}

TEXTURE_WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "thin": "稀",
        "thick": "稠",
        "soft": "软",
        "normal": "适中",
        "firm": "硬",
        "crispy": "有锅巴",
        "thicker": "稠一点",
        "thinner": "稀一点",
        "softer": "软一点",
        "firmer": "硬一点",
    },
    "en": {},
}

LABELS: dict[str, dict[str, str]] = {
    "zh": {
        "heard": "听到",
        "understood": "明白",
        "reply": "回答",
        "note": "提示",
        "phase": "阶段",
        "at": "开始",
        "for": "时长",
        "target": "锅底",
        "power": "功率",
        "until": "直到",
        "off": "关",
        "servings": "人份",
        "dry": "干料",
        "eat at": "吃",
        "start at": "开始煮",
        "warm": "保温",
        "late": "会晚",
    },
    "en": {
        "heard": "heard",
        "understood": "understood",
        "reply": "reply",
        "note": "note",
        "phase": "phase",
        "at": "start",
        "for": "lasts",
        "target": "bottom",
        "power": "power",
        "until": "until",
        "off": "off",
        "servings": "servings",
        "dry": "dry",
        "eat at": "eat at",
        "start at": "start cooking at",
        "warm": "keep warm",
        "late": "late by",
    },
}

ACTION_WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "cook": "煮",
        "adjust": "调整",
        "cancel": "取消",
        "pause": "暂停",
        "resume": "继续",
        "keep_warm": "保温",
        "status": "问进度",
        "remember": "记住",
        "answer": "问做法",
        "ask": "还缺一点信息",
        "refuse": "不能照办",
    },
    "en": {
        "cook": "cook",
        "adjust": "adjust",
        "cancel": "cancel",
        "pause": "pause",
        "resume": "resume",
        "keep_warm": "keep warm",
        "status": "status",
        "remember": "remember",
        "answer": "a question",
        "ask": "something is missing",
        "refuse": "not possible",
    },
}

# One colour per phase, from cool to hot as the pot is; used by the terminal and by the plot.
PHASE_COLOURS: dict[PhaseKind, str] = {
    PhaseKind.WAIT: "#9aa5b1",
    PhaseKind.SOAK: "#4c8dc9",
    PhaseKind.HEAT: "#e8963e",
    PhaseKind.BOIL: "#cf4b3b",
    PhaseKind.SIMMER: "#d97a5b",
    PhaseKind.STEAM: "#3f9f98",
    PhaseKind.DRY: "#9a6a43",
    PhaseKind.REST: "#79a35e",
    PhaseKind.KEEP_WARM: "#d8b24a",
}


def texture_word(texture: str, lang: str) -> str:
    """The word for a texture or a change of texture."""
    return TEXTURE_WORDS[lang].get(texture, texture)


def span_words(duration_s: float, lang: str) -> str:
    """A length of time for people: "7 h 50 min", "12 min", "40 s"."""
    total_s = round(duration_s)
    hour, minute, second = ("小时", "分", "秒") if lang == "zh" else ("h", "min", "s")
    if total_s < 60:
        return f"{total_s} {second}"
    hours, minutes = divmod(round(total_s / 60), 60)
    parts = [f"{hours} {hour}"] if hours else []
    if minutes or not hours:
        parts.append(f"{minutes} {minute}")
    return " ".join(parts)

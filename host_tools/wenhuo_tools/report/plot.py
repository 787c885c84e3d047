"""The picture of a cook: temperatures, set-point, duty and phases over the clock (PNG)."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wenhuo.errors import UsageError
from wenhuo.executive.records import PhaseSpan
from wenhuo.schedule import PhaseKind
from wenhuo_tools.report.plan_view import understood
from wenhuo_tools.report.record import CookRecord
from wenhuo_tools.report.result_line import result_line
from wenhuo_tools.report.words import PHASE_COLOURS, PHASE_WORDS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Families that hold Chinese characters, as Debian, macOS and Windows ship them.
_CJK_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Microsoft YaHei",
    "SimHei",
)
_INK, _GREY, _GRID = "#22272e", "#6b737c", "#e4e7ea"
_BOTTOM, _LID, _CORE, _SETPOINT, _DUTY = "#c1452f", "#3b7ea1", "#2f7d4f", "#22272e", "#e8963e"
_LEAD_S = 600.0  # how much of an overnight wait is shown before the cook begins
_BOOT_S = 10.0  # a wait that starts within this is the first phase
_AFTER_S = 1200.0  # and of keep-warm after it


def plot_cook(record: CookRecord, path: Path) -> Path:
    """Write the picture of a cook to `path` (PNG) and return it.

    Raises UsageError where the file cannot be written.
    """
    import matplotlib as mpl  # noqa: PLC0415 - half a second that `wenhuo plan` must not pay

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    lang = _choose_font(record.plan["lang"])
    style: dict[Any, Any] = {
        "font.size": 10,
        "axes.edgecolor": _GRID,
        "axes.labelcolor": _GREY,
        "xtick.color": _GREY,
        "ytick.color": _GREY,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.unicode_minus": False,
    }
    with plt.rc_context(style):
        figure, (band, heat, duty) = plt.subplots(
            3,
            1,
            sharex=True,
            figsize=(12, 7),
            dpi=120,
            gridspec_kw={"height_ratios": (0.5, 6, 1.6), "hspace": 0.06},
        )
        window = _window(record)
        _draw_band(band, record.log.spans, window, lang)
        _draw_temperatures(heat, record, window)
        _draw_duty(duty, record)
        for axes in (heat, duty):
            _shade_phases(axes, record.log.spans)
        _draw_marks(heat, record, window)
        _clock_axis(duty, record.began, window)
        _titles(figure, heat, record, lang)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            figure.savefig(path, facecolor="white", bbox_inches="tight", pad_inches=0.25)
        except OSError as error:
            raise UsageError(f"cannot write the plot to {path}: {error.strerror}") from None
        finally:
            plt.close(figure)
    return path


def _choose_font(lang: str) -> str:
    """Use a font with Chinese characters where one is installed; else the picture is in English."""
    import matplotlib as mpl  # noqa: PLC0415
    from matplotlib import font_manager  # noqa: PLC0415

    names = {font.name for font in font_manager.fontManager.ttflist}
    found = next((name for name in _CJK_FONTS if name in names), None)
    if found is None:
        return "en"
    mpl.rcParams["font.sans-serif"] = ["DejaVu Sans", found]
    return lang


def _window(record: CookRecord) -> tuple[float, float]:
    """Seconds to show: a long wait before, and keeping warm after, are cut."""
    samples = record.log.samples
    first, last = 0.0, samples[-1].t_s if samples else 1.0
    for span in record.log.spans:
        if span.kind is PhaseKind.WAIT and span.start_s <= _BOOT_S:
            first = max(first, span.end_s - _LEAD_S)
    if record.log.served_s is not None:
        last = min(last, record.log.served_s + _AFTER_S)
    return first, max(last, first + 60.0)


def _draw_band(axes: Axes, spans: list[PhaseSpan], window: tuple[float, float], lang: str) -> None:
    axes.set_ylim(0, 1)
    axes.axis("off")
    shown_s = window[1] - window[0]
    for span in spans:
        start, end = max(span.start_s, window[0]), min(span.end_s, window[1])
        if end <= start:
            continue
        axes.axvspan(start, end, color=PHASE_COLOURS[span.kind], ymin=0.1, ymax=0.9, lw=0)
        name = PHASE_WORDS[lang][span.kind]
        if (end - start) / shown_s > 0.012 * len(name):
            axes.text(
                (start + end) / 2, 0.48, name, color="white", ha="center", va="center", fontsize=9
            )


def _shade_phases(axes: Axes, spans: list[PhaseSpan]) -> None:
    for span in spans:
        axes.axvspan(span.start_s, span.end_s, color=PHASE_COLOURS[span.kind], alpha=0.06, lw=0)


def _series(record: CookRecord, name: str) -> tuple[list[float], list[float]]:
    """Times and values of one reading, NaN where the board has none (a gap in the line)."""
    samples = record.log.samples
    values = [getattr(sample, name) for sample in samples]
    return [s.t_s for s in samples], [float("nan") if v is None else float(v) for v in values]


def _draw_temperatures(axes: Axes, record: CookRecord, window: tuple[float, float]) -> None:
    lines: list[tuple[list[float], list[float], str, str, dict[str, Any]]] = [
        (*_series(record, "bottom_c"), "bottom", _BOTTOM, {"lw": 1.8}),
        (*_series(record, "lid_c"), "lid", _LID, {"lw": 1.4}),
    ]
    if record.truth:
        times = [point.t_s for point in record.truth]
        core = [point.core_c for point in record.truth]
        lines.append((times, core, "food core (truth)", _CORE, {"lw": 1.8, "ls": (0, (4, 2))}))
    times, setpoint = _series(record, "setpoint_c")
    axes.step(times, setpoint, where="post", color=_SETPOINT, lw=1.0, ls=":", label="set-point")
    for xs, ys, name, colour, extra in lines:
        axes.plot(xs, ys, color=colour, label=name, **extra)
    shown = [
        y
        for xs, ys, *_ in lines
        for x, y in zip(xs, ys, strict=True)
        if window[0] <= x <= window[1] and not isnan(y)
    ]
    axes.set_ylim(0, max([110.0, *(value + 8 for value in shown)]))
    axes.set_xlim(*window)
    axes.set_ylabel("temperature, °C")
    axes.grid(axis="y", color=_GRID, lw=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)


def _draw_duty(axes: Axes, record: CookRecord) -> None:
    times, duty = _series(record, "duty_pct")
    axes.fill_between(times, duty, step="post", color=_DUTY, alpha=0.55, lw=0)
    axes.set_ylim(0, 105)
    axes.set_yticks([0, 50, 100])
    axes.set_ylabel("heater, %")
    axes.grid(axis="y", color=_GRID, lw=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)


def _draw_marks(axes: Axes, record: CookRecord, window: tuple[float, float]) -> None:
    """The scenario's events, the moment asked for, and the moment the food was ready."""
    marks = [(t_s, what, _GREY) for t_s, what in record.marks]
    if record.plan["ready_at"] is not None:
        asked = datetime.fromisoformat(record.plan["ready_at"])
        marks.append(((asked - record.began).total_seconds(), f"asked {asked:%H:%M}", _INK))
    if record.log.served_s is not None:
        ready = record.began + timedelta(seconds=record.log.served_s)
        marks.append((record.log.served_s, f"ready {ready:%H:%M}", _CORE))
    shown_s = window[1] - window[0]
    before_s = float("-inf")
    for t_s, what, colour in sorted(marks):
        if not window[0] <= t_s <= window[1]:
            continue
        beside = t_s - before_s < 0.02 * shown_s  # its neighbour's words stand to the left
        before_s = t_s
        axes.axvline(t_s, color=colour, lw=1.0)
        axes.annotate(
            what.replace("_", " "),
            (t_s, 0.0),
            xycoords=("data", "axes fraction"),
            xytext=(4 if beside else -4, 6),
            textcoords="offset points",
            rotation=90,
            ha="left" if beside else "right",
            va="bottom",
            fontsize=8.5,
            color=colour,
        )


def _clock_axis(axes: Axes, began: datetime, window: tuple[float, float]) -> None:
    """Ticks on round clock times, five to ten of them."""
    shown_min = (window[1] - window[0]) / 60
    step_s = 60 * next((m for m in (1, 2, 5, 10, 15, 30, 60) if shown_min / m <= 12), 120)
    midnight = began.replace(hour=0, minute=0, second=0, microsecond=0)
    offset_s = (began - midnight).total_seconds()
    tick_s = (window[0] + offset_s) // step_s * step_s - offset_s
    ticks = []
    while tick_s <= window[1]:
        if tick_s >= window[0]:
            ticks.append(tick_s)
        tick_s += step_s
    axes.set_xticks(ticks)
    axes.set_xticklabels([f"{began + timedelta(seconds=tick):%H:%M}" for tick in ticks])


def _titles(figure: Figure, heat: Axes, record: CookRecord, lang: str) -> None:
    plan = {**record.plan, "lang": lang}
    dish = record.dish_name if lang == record.plan["lang"] else str(record.plan["dish"] or "")
    title = understood(plan, (dish or "").replace("_", " ") or None, record.began)
    left = 0.125
    figure.text(left, 0.965, title, fontsize=15, color=_INK, weight="bold", ha="left")
    figure.text(left, 0.925, result_line(record.result, lang), fontsize=10, color=_GREY, ha="left")
    handles, labels = heat.get_legend_handles_labels()
    figure.legend(
        handles,
        labels,
        loc="upper right",
        bbox_to_anchor=(0.905, 0.915),
        ncols=4,
        frameon=False,
        fontsize=9,
        labelcolor=_INK,
    )

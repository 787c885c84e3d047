"""Live progress of a cook: a bar on a terminal, plain lines elsewhere. All of it on stderr."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol, TextIO

from wenhuo.executive.records import Sample
from wenhuo.schedule import PhaseKind
from wenhuo_tools.report.timeline import pad
from wenhuo_tools.report.words import PHASE_COLOURS, PHASE_WORDS

if TYPE_CHECKING:
    from rich.progress import Progress

_STEP = 0.1  # a plain line for each tenth


class Watcher(Protocol):
    """Who is told how a cook goes."""

    def sample(self, sample: Sample, share: float) -> None:
        """A look at the board; share of the cook that is over, 0..1."""

    def note(self, t_s: float, text: str) -> None:
        """Something happened: an event, a re-plan, a fault."""

    def close(self) -> None:
        """The cook is over."""


class Silent:
    """A watcher that shows nothing."""

    def sample(self, sample: Sample, share: float) -> None:
        """Ignore it."""

    def note(self, t_s: float, text: str) -> None:
        """Ignore it."""

    def close(self) -> None:
        """Nothing to close."""


def reading_words(sample: Sample, lang: str) -> str:
    """The readings of a sample in a few words."""
    words = ("锅底", "锅盖", "火力") if lang == "zh" else ("bottom", "lid", "heater")
    bottom, lid = (
        "    –   " if reading is None else f"{reading:5.1f} °C"
        for reading in (sample.bottom_c, sample.lid_c)
    )
    return f"{words[0]} {bottom}  {words[1]} {lid}  {words[2]} {sample.duty_pct:3.0f} %"


class PlainProgress:
    """One line for each new phase and each tenth of the cook."""

    def __init__(self, stream: TextIO, began: datetime, lang: str) -> None:
        self._stream = stream
        self._began = began
        self._lang = lang
        self._kind: PhaseKind | None = None
        self._next_share = 0.0

    def sample(self, sample: Sample, share: float) -> None:
        """Print a line where the phase is new or a tenth is full."""
        if sample.kind is self._kind and share < self._next_share:
            return
        self._kind = sample.kind
        while self._next_share <= share:
            self._next_share += _STEP
        name = PHASE_WORDS[self._lang][sample.kind] if sample.kind else sample.state.value
        clock = f"{self._began + timedelta(seconds=sample.t_s):%H:%M}"
        self._write(f"{clock}  {share:4.0%}  {pad(name, 10)}  {reading_words(sample, self._lang)}")

    def note(self, t_s: float, text: str) -> None:
        """Print a line for an event."""
        self._write(f"{self._began + timedelta(seconds=t_s):%H:%M}        {text}")

    def close(self) -> None:
        """Nothing to close."""

    def _write(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()


class BarProgress:
    """A progress bar in the colour of the phase, with the readings beside it."""

    def __init__(self, began: datetime, lang: str, *, colour: bool) -> None:
        # rich takes a tenth of a second to import: only where a bar is drawn
        from rich.console import Console  # noqa: PLC0415
        from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415

        self._began = began
        self._lang = lang
        self._progress: Progress = Progress(
            TextColumn("{task.fields[clock]}"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=32),
            TextColumn("{task.percentage:3.0f} %  {task.fields[readings]}"),
            console=Console(stderr=True, no_color=not colour),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._progress.add_task("", total=1.0, clock="", readings="")
        self._progress.start()

    def sample(self, sample: Sample, share: float) -> None:
        """Move the bar."""
        name = PHASE_WORDS[self._lang][sample.kind] if sample.kind else sample.state.value
        tint = PHASE_COLOURS[sample.kind] if sample.kind else "default"
        self._progress.update(
            self._task,
            completed=share,
            description=f"[{tint}]{name}[/]",
            clock=f"{self._began + timedelta(seconds=sample.t_s):%H:%M}",
            readings=reading_words(sample, self._lang),
        )

    def note(self, t_s: float, text: str) -> None:
        """A line above the bar."""
        line = f"{self._began + timedelta(seconds=t_s):%H:%M}  {text}"
        self._progress.console.print(line, markup=False, highlight=False)

    def close(self) -> None:
        """Take the bar away."""
        self._progress.stop()


def watcher_for(stream: TextIO, began: datetime, lang: str, *, colour: bool) -> Watcher:
    """A bar where `stream` is a terminal, plain lines elsewhere."""
    if stream.isatty():
        return BarProgress(began, lang, colour=colour)
    return PlainProgress(stream, began, lang)

"""What the commands share: options, reading lines, colours, a moment from words."""

from __future__ import annotations

import io
import os
import shlex
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

from wenhuo.errors import UsageError
from wenhuo_tools.jsonl import Answer
from wenhuo_tools.report.timeline import cell_width, pad

if TYPE_CHECKING:
    from wenhuo_tools.flash.push import Remote

_Function = TypeVar("_Function", bound=Callable[..., Any])
_MAX_WIDTH = 100


def option(*names: str, **settings: Any) -> Callable[[_Function], _Function]:  # noqa: ANN401
    """click.option whose help names its environment variable."""
    return click.option(*names, show_envvar=True, **settings)


def watch_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """--watch / --no-watch."""
    return option(
        "--watch/--no-watch",
        "watched",
        default=True,
        show_default=True,
        help="Plan again where the pot parts from the plan, as wenhuod does.",
    )(function)


def planner_options(function: _Function) -> _Function:
    """--board and --model, as every command that plans has them."""
    function = option("--board", metavar="ID", help="Product under boards/.")(function)
    return option(
        "--model",
        type=click.Path(path_type=Path),
        help="Folder of the exported model; the shipped one if not given.",
    )(function)


def now_option(function: _Function) -> _Function:
    """--now, the moment the request is taken to be made."""
    return option(
        "--now", metavar="TIME", help="Pretend that it is this moment, e.g. 2026-11-23T22:00."
    )(function)


def port_option(function: _Function) -> _Function:
    """--port, the board that is meant."""
    return option(
        "--port",
        default="auto",
        metavar="PORT",
        help="A serial port, `virtual`, `id:` and a serial number, or `auto`: the only one that "
        "fits the product.",
    )(function)


def link_option(function: _Function) -> _Function:
    """--port, the link of the board that is meant."""
    return option(
        "--port",
        default="auto",
        metavar="PORT",
        help="The link: a serial port or URL, `virtual`, or `auto`: where the product's controller "
        "has it.",
    )(function)


def controller_options(function: _Function) -> _Function:
    """--root, --host and --ssh: the controller that is meant."""
    function = option("--ssh", default="ssh -o BatchMode=yes", help="The ssh program and options.")(
        function
    )
    function = option("--host", metavar="USER@HOST", help="A running controller, over SSH.")(
        function
    )
    return option(
        "--root",
        type=click.Path(path_type=Path, file_okay=False),
        help="A controller's mounted card, or a directory tree.",
    )(function)


def remote_of(root: Path | None, host: str | None, ssh: str, *others: object) -> Remote | None:
    """The controller that runs, None where none was named. Raises UsageError for two places."""
    from wenhuo_tools.flash.push import Remote  # noqa: PLC0415 - only where it is used

    if sum(place is not None for place in (root, host, *others)) > 1:
        raise UsageError("give one place: --root (a mounted card) or --host (a running controller)")
    return None if host is None else Remote(host, shlex.split(ssh))


def plant_option(function: _Function) -> _Function:
    """--plant, an outside plant instead of one of our own."""
    return option(
        "--plant", metavar="HOST:PORT", help="Use the plant that listens there; else start one."
    )(function)


def rig_options(function: _Function) -> _Function:
    """--plant and --seed."""
    function = option("--seed", type=int, default=0, help="Seed of the sensors' noise.")(function)
    return plant_option(function)


def moment(text: str | None) -> datetime:
    """A moment with a time zone: ISO date and time, or a bare HH:MM of today; None is now.

    Raises UsageError for anything else.
    """
    local = datetime.now().astimezone().replace(microsecond=0)
    if text is None:
        return local
    try:
        if len(text) <= 5:
            clock = datetime.strptime(text, "%H:%M")
            return local.replace(hour=clock.hour, minute=clock.minute, second=0)
        given = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--now {text!r} is no time; write 2026-11-23T22:00 or 22:00") from None
    return given if given.tzinfo else given.astimezone()


@contextmanager
def opened_lines(source: str) -> Iterator[TextIO]:
    """The lines of a file, or of stdin for "-". Raises UsageError where there is no such file."""
    if source == "-":
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8", errors="replace")
        yield sys.stdin
        return
    try:
        file = open(source, encoding="utf-8", errors="replace")  # noqa: SIM115 - closed below
    except OSError as error:
        raise UsageError(f"cannot read {source}: {error.strerror}; give a file or -") from None
    with file:
        yield file


def print_answers(answers: Iterable[Answer]) -> int:
    """Print answer lines as they come; the exit code is 1 where any failed."""
    failed = False
    for answer in answers:
        click.echo(answer.line)
        sys.stdout.flush()
        failed = failed or answer.failed
    return 1 if failed else 0


def warn_of(problem: str | None) -> None:
    """Say on stderr that the rules stood in for the model, and why."""
    if problem is not None:
        click.echo(f"wenhuo: {' '.join(problem.split())}; the rules stood in", err=True)


def print_rows(rows: Iterable[Sequence[str]]) -> None:
    """Print rows of cells in columns."""
    table = list(rows)
    widths = [max(map(cell_width, column)) for column in zip(*table, strict=True)]
    for row in table:
        line = "  ".join(pad(cell, width) for cell, width in zip(row, widths, strict=True))
        click.echo(line.rstrip())


def wants_colour(stream: TextIO) -> bool:
    """Colours only on a terminal, and never where NO_COLOR is set (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


def strip_width() -> int:
    """Columns for the Gantt strip."""
    return min(_MAX_WIDTH, shutil.get_terminal_size((80, 24)).columns) - 2

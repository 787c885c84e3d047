"""Progress of sending bytes: a bar with rate and time left on a terminal, nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def transfer(what: str, total_bytes: int) -> Iterator[Callable[[int], None]]:
    """Gives a function to call with the number of bytes just sent. The bar is on stderr."""
    if not sys.stderr.isatty() or total_bytes == 0:
        yield lambda _sent: None
        return
    # rich takes a tenth of a second to import: only where a bar is drawn
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=32),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total_bytes)
        yield lambda sent: progress.update(task, advance=sent)

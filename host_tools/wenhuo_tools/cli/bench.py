"""`wenhuo bench`: how fast the model's engine is on this machine, beside its peers."""

from __future__ import annotations

import sys
from json import dumps
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from wenhuo_tools.cli.common import option, planner_options

_COLUMNS = {
    "engine": "engine",
    "threads": "threads",
    "prefill_tok_s": "prefill tok/s",
    "decode_tok_s": "decode tok/s",
    "plan_p50_ms": "plan p50 ms",
    "plan_p95_ms": "p95 ms",
    "rss_mb": "peak MB",
    "load_s": "load s",
    "file_mb": "file MB",
}


@click.group()
def bench() -> None:
    """Measure this machine.

    \b
    Example: wenhuo bench llm --peers out/bench
    """


@bench.command()
@option("--json", "json", is_flag=True, help="Print one JSON object.")
@option(
    "--peers",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder that `make bench-peers` filled; without it only our own rows.",
)
@option("--rounds", type=click.IntRange(1), default=5, help="Rounds over all engines.")
@option("--sentences", type=click.IntRange(1, 100), default=100, help="How many are said.")
@planner_options
def llm(
    *,
    json: bool,
    peers: Path | None,
    rounds: int,
    sentences: int,
    board: str | None,
    model: Path | None,
) -> None:
    """Whole sentences to plans, ours beside llama.cpp on the same weights and Gemma 3 270M.

    Medians over rounds that take turns, so that a busy moment hits all engines alike.

    \b
    Example: wenhuo bench llm --peers out/bench --json > bench.json
    """
    from wenhuo.boards import load_product  # noqa: PLC0415
    from wenhuo.llm.artifact import default_folder  # noqa: PLC0415
    from wenhuo_tools.bench.llm import measure  # noqa: PLC0415 - loads the model code

    def said(text: str) -> None:
        if sys.stderr.isatty():
            click.echo(text, err=True)

    found = measure(
        load_product(board),
        model or default_folder(),
        peers,
        rounds=rounds,
        count=sentences,
        said=said,
    )
    if json:
        click.echo(dumps(found, ensure_ascii=False))
    else:
        _show(found)


def _show(found: dict[str, Any]) -> None:
    console = Console(width=120 if not sys.stdout.isatty() else None)
    table = Table(*_COLUMNS.values())
    for row in found["rows"]:
        table.add_row(*(str(row[key]) for key in _COLUMNS))
    console.print(table)
    for name, value in found["ratios"].items():
        click.echo(f"{name}: {'no peer here' if value is None else value}")
    roof = found["roofline"]
    if roof is not None:
        click.echo(
            f"int8 reads {roof['weights_bytes'] / 1e6:.2f} MB a token; copying that much, cached "
            f"as it is, limits to {roof['limit_tok_s']:.0f} tok/s (256 MiB from memory: "
            f"{roof['limit_256_mib_tok_s']:.0f}); our share of the first is {roof['share']:.0%}"
        )
    click.echo("Projected, not measured, from published bandwidths:")
    for row in found["projection"]:
        click.echo(
            f"  {row['board']}: {row['decode_tok_s']:.0f} tok/s at {row['copy_gb_s']} GB/s "
            f"({row['source']})"
        )

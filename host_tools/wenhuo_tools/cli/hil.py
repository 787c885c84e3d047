"""`wenhuo hil`: the hardware-in-the-loop tests on a rig."""

from __future__ import annotations

from pathlib import Path

import click

from wenhuo_tools.cli.common import option


@click.command()
@option("--rig", default="virtual", help="A rig file of hil_tests, by name or path.")
@option("-k", "keyword", metavar="EXPR", help="Only tests whose name fits, as pytest's -k.")
@option("--quick", is_flag=True, help="A few faults instead of the whole matrix.")
@option(
    "--report",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("out/hil"),
    help="Folder for hil.json, hil.html and junit.xml.",
)
@option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def hil(*, rig: str, keyword: str | None, quick: bool, report: Path, as_json: bool) -> int:
    """Run the HIL tests, the whole fault matrix among them, and report.

    Exit code 0: all passed; 1: a test failed or a fault was not handled; 3: the rig is missing or
    broken.

    \b
    Example: wenhuo hil --rig virtual -k power_cut
    """
    from wenhuo_tools.hil import run_hil  # noqa: PLC0415 - only this command needs it

    result = run_hil(rig, keyword=keyword, matrix=not quick, report=report, quiet=as_json)
    if as_json:
        click.echo(result.text)
    else:
        click.echo(result.summary())
    return result.exit_code

"""docs/cli.md, written from the commands' own help: `python -m wenhuo_tools.cli.reference`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from wenhuo_tools.cli.main import ENVIRONMENT, app

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"
_WIDTH = 96
_HEAD = """# The command line

Written by `python -m wenhuo_tools.cli.reference`; a test holds it against the commands.

Data go to stdout, messages to stderr, progress only to a terminal. `NO_COLOR` switches colours off.
`WENHUO_STATE` moves the folder of the virtual board, keys and records.

| exit code | meaning |
|---|---|
| 0 | ok |
| 1 | known failure, one line says which and what to do |
| 2 | wrong usage |
| 3 | no device or rig, or it does not answer |
| 4 | more than one device fits |
| 130, 143 | interrupted, terminated |
"""


def walk(
    command: click.Command, parent: click.Context | None, name: str
) -> Iterator[click.Context]:
    """A context for the command and every command below it, in order."""
    context = click.Context(
        command,
        info_name=name,
        parent=parent,
        auto_envvar_prefix=ENVIRONMENT if parent is None else None,
        terminal_width=_WIDTH,
        max_content_width=_WIDTH,
        **command.context_settings if parent is None else {},
    )
    yield context
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            assert found is not None
            yield from walk(found, context, child)


def page() -> str:
    """The whole page."""
    parts = [_HEAD]
    for context in walk(app, None, "wenhuo"):
        with context.scope(cleanup=False):
            text = context.command.get_help(context)
        lines = "\n".join(line.rstrip() for line in text.splitlines())
        parts.append(f"## {context.command_path}\n\n```text\n{lines}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

"""`wenhuo completion`: what a shell needs to complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from wenhuo_tools.cli.common import option

_VARIABLE = "_WENHUO_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@option("--program", default="wenhuo", help="Name the command is called by.")
def completion(*, shell: str, program: str) -> None:
    """Print the completion script of a shell.

    \b
    Example: wenhuo completion bash > ~/.local/share/bash-completion/completions/wenhuo
    """
    made = get_completion_class(shell)
    assert made is not None
    root = click.get_current_context().find_root().command
    click.echo(made(root, {}, program, _VARIABLE).source())

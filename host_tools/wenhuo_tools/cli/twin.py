"""`wenhuo twin`: the cooker's physics, validated, timed, served."""

from __future__ import annotations

import importlib
import sys

import click

_PASS_ON = {"ignore_unknown_options": True, "help_option_names": []}
_MODULES = {
    "validate": "Hold the physics against published numbers and a recorded cook.",
    "bench": "Measure how fast the physics runs in batch.",
    "plant": "Serve a plant on a socket, for --plant.",
}


@click.group()
def twin() -> None:
    """The cooker's physics model. Options go to the program itself; it has its own --help.

    \b
    Example: wenhuo twin validate
    """


def _passing(name: str, text: str) -> click.Command:
    """A command that hands its arguments to wenhuo_tools.twin.<name>."""

    @click.command(name, help=text, context_settings=_PASS_ON, add_help_option=False)
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    def command(arguments: tuple[str, ...]) -> int:
        module = importlib.import_module(f"wenhuo_tools.twin.{name}")
        sys.argv = [f"wenhuo twin {name}", *arguments]  # where the program reads its options
        return int(module.main() or 0)

    return command


for _name, _text in _MODULES.items():
    twin.add_command(_passing(_name, _text))

"""Entry of the command `wenhuo`: the list of commands, and how failures become exit codes.

Exit codes: 0 ok, 1 known failure, 2 wrong usage, 3 no device or rig, 4 more than one device fits.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
from collections.abc import Sequence

import click

from wenhuo.errors import WenhuoError

# Command -> where it lives and its line in the help: a command's code is imported when it is used.
_COMMANDS = {
    "plan": ("wenhuo_tools.cli.plan:plan", "Turn a sentence into a checked schedule."),
    "cook": ("wenhuo_tools.cli.cook:cook", "Plan, cook on a rig, and show how it went."),
    "say": ("wenhuo_tools.cli.household:say", "Speak to wenhuod, the controller's daemon."),
    "why": ("wenhuo_tools.cli.household:why", "Tell why the last cook went as it did."),
    "memory": ("wenhuo_tools.cli.household:memory", "What the household likes and has cooked."),
    "sim": ("wenhuo_tools.cli.sim:sim", "Cook scenarios on the virtual rig, one per line."),
    "boards": ("wenhuo_tools.cli.boards:boards", "List, show and check the boards' data."),
    "ports": ("wenhuo_tools.cli.ports:ports", "List serial ports and say which is what."),
    "flash": ("wenhuo_tools.cli.flash:flash", "Put firmware on a board."),
    "provision": (
        "wenhuo_tools.cli.provision:provision",
        "Set up a controller: name, networks, place.",
    ),
    "calibrate": (
        "wenhuo_tools.cli.calibrate:calibrate",
        "Measure a cooker's sensors and heater.",
    ),
    "monitor": ("wenhuo_tools.cli.monitor:monitor", "Watch a board over its link."),
    "log": ("wenhuo_tools.cli.log:log", "Fetch, show and draw records of cooks."),
    "record": ("wenhuo_tools.cli.cook:record", "Cook on a rig and keep every decision."),
    "replay": ("wenhuo_tools.cli.replay:replay", "Play a recorded cook again and compare."),
    "virtual": ("wenhuo_tools.cli.virtual:virtual", "Power the virtual power board, or empty it."),
    "twin": ("wenhuo_tools.cli.twin:twin", "Validate and time the cooker's physics model."),
    "hil": ("wenhuo_tools.cli.hil:hil", "Test on a rig, faults injected."),
    "faults": ("wenhuo_tools.cli.faults:faults", "Explain the power board's fault codes."),
    "bench": ("wenhuo_tools.cli.bench:bench", "Measure the model's engine beside its peers."),
    "doctor": ("wenhuo_tools.cli.doctor:doctor", "Say what is missing on this machine."),
    "completion": ("wenhuo_tools.cli.completion:completion", "Complete commands in a shell."),
}
ENVIRONMENT = "WENHUO"  # of the options' environment variables
_INTERRUPTED, _TERMINATED = 130, 143  # what a shell gives for Ctrl-C and for `kill`


class LazyGroup(click.Group):
    """A group that imports a command only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of the table."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command; None where there is no such."""
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name][0].split(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The help's list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
)
@click.version_option(package_name="wenhuo-tools", prog_name="wenhuo")
def app() -> None:
    """Wenhuo (文火): say it, and the cooker cooks it.

    Every option can be given as an environment variable too: WENHUO_<COMMAND>_<OPTION>. Data go to
    stdout, messages to stderr. NO_COLOR switches colours off.

    \b
    Example: wenhuo cook "帮我煮四个人的白粥，稠一点，早上七点吃"

    \b
    Exit codes: 0 ok, 1 known failure, 2 wrong usage, 3 no device or rig, 4 ambiguous device.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code. A known failure is one line on stderr."""
    if threading.current_thread() is threading.main_thread():
        # a terminated command ends its rig's processes too
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))
    try:
        result = app.main(
            args=None if arguments is None else list(arguments),
            prog_name="wenhuo",
            standalone_mode=False,
            auto_envvar_prefix=ENVIRONMENT,
        )
    except WenhuoError as error:
        click.echo(f"wenhuo: {' '.join(str(error).split())}", err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("wenhuo: interrupted", err=True)
        return _INTERRUPTED
    except BrokenPipeError:  # the reader of our output left, e.g. `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing left to flush to
        return 1
    return result if isinstance(result, int) else 0

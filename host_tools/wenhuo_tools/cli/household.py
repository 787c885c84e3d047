"""`wenhuo say`, `wenhuo memory`, `wenhuo why`: speaking to wenhuod and looking into its memory."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import datetime
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from wenhuo_tools.cli.common import option, print_rows

if TYPE_CHECKING:
    from wenhuo_tools.report.record import CookRecord

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _state_option(function: _Function) -> _Function:
    return option(
        "--state-dir",
        type=click.Path(path_type=Path, file_okay=False),
        help="wenhuod's state_dir; the device's, else this user's, if not given.",
    )(function)


def _product_option(function: _Function) -> _Function:
    return option("--board", metavar="ID", help="Product under boards/.")(function)


@click.command()
@click.argument("text", required=False)
@option("--speaker", default="", help="Who says it, so that two people are not mixed up.")
@option("--socket", type=click.Path(path_type=Path, dir_okay=False), help="Where wenhuod listens.")
@option("--json", "json", is_flag=True, help="Print the answer as one line of JSON.")
@_state_option
def say(
    *, text: str | None, speaker: str, socket: Path | None, json: bool, state_dir: Path | None
) -> None:
    """Say TEXT to wenhuod and print what it answers; without TEXT, print what it says by itself.

    \b
    Examples:
      wenhuo say "煮两个人的白粥，七点吃"
      wenhuo say
    """
    from wenhuo.daemon.client import ask, listen  # noqa: PLC0415 - only where it is used
    from wenhuo.errors import RequestError  # noqa: PLC0415
    from wenhuo_tools.household import socket_of  # noqa: PLC0415

    where = socket_of(socket, state_dir)
    if text is None:
        for news in listen(where):
            click.echo(dumps(news, ensure_ascii=False) if json else news["news"])
        return
    answer = ask(where, {"say": text, "speaker": speaker, "id": uuid.uuid4().hex})
    if "error" in answer:
        raise RequestError(answer["error"])
    click.echo(dumps(answer, ensure_ascii=False) if json else answer["reply"])


@click.group()
def memory() -> None:
    """What the household likes and has cooked: list it, change it, erase it.

    \b
    Example: wenhuo memory list
    """


@memory.command(name="list")
@_state_option
@option("--json", "json", is_flag=True, help="Print one JSON object per like.")
def list_likes(*, state_dir: Path | None, json: bool) -> None:
    """List what is liked, and how the cooker came to know.

    \b
    Example: wenhuo memory list --json
    """
    from dataclasses import asdict  # noqa: PLC0415

    from wenhuo_tools.household import open_memory  # noqa: PLC0415

    with open_memory(state_dir) as opened:
        likes = opened.likes.all()
    if json:
        for like in likes:
            click.echo(dumps(asdict(like), ensure_ascii=False))
        return
    print_rows([like.dish, like.key, str(like.value), like.source.value] for like in likes)


@memory.command()
@_state_option
@option("--json", "json", is_flag=True, help="Print one JSON object per cook.")
def cooks(*, state_dir: Path | None, json: bool) -> None:
    """List the last twenty cooks, newest first.

    \b
    Example: wenhuo memory cooks
    """
    from wenhuo_tools.household import open_memory  # noqa: PLC0415

    with open_memory(state_dir) as opened:
        rows = opened.cooks.recent(20)
    for cook in rows:
        at = datetime.fromtimestamp(cook.ordered_at).astimezone()
        told = {
            "cook": cook.id,
            "ordered_at": at.isoformat(timespec="seconds"),
            "dish": cook.dish,
            "outcome": cook.outcome,
            "served_s": cook.served_s,
            "verdict": cook.verdict,
        }
        if json:
            click.echo(dumps(told, ensure_ascii=False))
            continue
        click.echo(
            f"{cook.id:5}  {at:%Y-%m-%d %H:%M}  {cook.dish or '-'}  {cook.outcome or 'on'}"
            f"  {cook.verdict or ''}".rstrip()
        )


@memory.command(name="set")
@click.argument("dish")
@click.argument("key")
@click.argument("value")
@_product_option
@_state_option
def set_like(*, dish: str, key: str, value: str, board: str | None, state_dir: Path | None) -> None:
    """Remember that KEY of DISH should be VALUE.

    Keys: texture, servings, ready (HH:MM), keep_warm_min, water_pct (% of the menu's water).

    \b
    Example: wenhuo memory set congee texture thick
    """
    from wenhuo.boards import load_product  # noqa: PLC0415
    from wenhuo.memory.likes import Like, Source, read_value  # noqa: PLC0415
    from wenhuo_tools.household import open_memory  # noqa: PLC0415

    load_product(board).dish(dish)
    like = Like(dish, key, read_value(key, value), Source.EDITED)
    with open_memory(state_dir) as opened:
        opened.likes.put(like, time.time())


@memory.command()
@click.argument("dish")
@click.argument("key", required=False)
@_state_option
def forget(*, dish: str, key: str | None, state_dir: Path | None) -> None:
    """Forget what is liked of DISH, or only its KEY.

    \b
    Example: wenhuo memory forget congee texture
    """
    from wenhuo.errors import UsageError  # noqa: PLC0415
    from wenhuo_tools.household import open_memory  # noqa: PLC0415

    with open_memory(state_dir) as opened:
        if not opened.likes.forget(dish, key):
            raise UsageError(f"nothing is remembered of {dish} {key or ''}; see the list".strip())


@memory.command()
@option("--yes", is_flag=True, help="Do not ask.")
@_state_option
def clear(*, yes: bool, state_dir: Path | None) -> None:
    """Erase everything: likes, cooks, records of calls, timers. Not while a cook is on.

    \b
    Example: wenhuo memory clear --yes
    """
    from wenhuo.errors import UsageError  # noqa: PLC0415
    from wenhuo_tools.household import open_memory  # noqa: PLC0415

    with open_memory(state_dir) as opened:
        if opened.cooks.open():
            raise UsageError("a cook is on; stop it first, or the daemon would lose sight of it")
        if not yes:
            click.confirm("Erase all that is remembered?", abort=True, err=True)
        opened.erase()


@click.command()
@option("--cook", "number", type=int, help="Number of the cook (see memory cooks); else the last.")
@option(
    "--plot",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw it too: a .png or .html file.",
)
@option("--replay", is_flag=True, help="Ask the model again and say where it answers otherwise.")
@option("--json", "json", is_flag=True, help="Print every call as one line of JSON instead.")
@_product_option
@_state_option
def why(
    *,
    number: int | None,
    plot: Path | None,
    replay: bool,
    json: bool,
    board: str | None,
    state_dir: Path | None,
) -> int:
    """Tell what the last cook's agent heard, believed, decided and changed, with times.

    Exit code 1 where --replay finds a difference.

    \b
    Example: wenhuo why --plot why.html
    """
    from dataclasses import asdict  # noqa: PLC0415

    from wenhuo.boards import load_product  # noqa: PLC0415
    from wenhuo_tools.household import open_memory  # noqa: PLC0415
    from wenhuo_tools.report.why import find_cook, why_lines, why_record  # noqa: PLC0415

    product = load_product(board)
    with open_memory(state_dir) as opened:
        cook = find_cook(opened, number)
        if json:
            for call in opened.calls.of_cook(cook.id):
                click.echo(dumps(asdict(call), ensure_ascii=False))
        elif not replay:
            for line in why_lines(opened, cook, product):
                click.echo(line)
        record = why_record(opened, cook, product)
    if plot is not None:
        from wenhuo_tools.cli.log import draw  # noqa: PLC0415

        click.echo(str(draw(record, plot)), err=json)
    return _replayed(record) if replay else 0


def _replayed(record: CookRecord) -> int:
    from wenhuo_tools.replay import replay_decisions  # noqa: PLC0415 - loads the model

    played = list(replay_decisions(record))
    for again in played:
        click.echo(f"{again.what}: {'differs' if again.differs else 'same'}")
        for difference in again.differs:
            click.echo(f"    {difference}")
    return 1 if any(again.differs for again in played) else 0

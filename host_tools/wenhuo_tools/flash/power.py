"""`wenhuo flash power`: an application for the power board, from data to a confirmed boot."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from wenhuo.boards import Product
from wenhuo.errors import FlashError, LinkError
from wenhuo.executive.board_client import PowerBoard
from wenhuo.executive.clock import RealClock
from wenhuo_tools.flash import slots
from wenhuo_tools.flash.identity import give_identity, read_identity
from wenhuo_tools.flash.repl import Repl
from wenhuo_tools.image import BYTECODE, build_image
from wenhuo_tools.report.transfer import transfer
from wenhuo_tools.rig import virtual_board
from wenhuo_tools.rig.plant_host import PlantHost

_BUSY = ("cooking", "paused", "manual")
_CONFIRM_S = 15.0  # firmware/power_board/slot.py wants 10
_PLATFORMS = {"rp2": "rp2", "esp32": "esp32", "linux": "virtual"}  # sys.platform -> port
_HOLD = "with open('/hold','w') as f:\n f.write('host')"


@dataclass(frozen=True, slots=True)
class FlashReport:
    """bytes_written and files: what was sent. slot: where the application is. verified: every file
    of it was read back and has the image's SHA-256."""

    bytes_written: int
    files: int
    slot: str
    verified: bool

    def as_json(self) -> dict[str, object]:
        """As the command prints it with --json."""
        return asdict(self)


def flash_power(
    product: Product,
    port: str = virtual_board.PORT,
    *,
    link: str | None = None,
    serial_number: str | None = None,
    say: Callable[[str], None] = lambda _line: None,
    plant: PlantHost | None = None,
) -> FlashReport:
    """Put a product's firmware, limits and calibration on a power board.

    port: its console, or "virtual". link: its other cable, by which it can be asked whether it
    cooks; a board without it keeps its prompt shut while it does. say: told the steps.
    plant: where the virtual board shows that it works; one of its own if not given.

    Raises:
        FlashError: it cooks, it is a board of another kind, or the new application does not work.
        NoDeviceError, LinkError: no such port, or the cable was pulled; the old application stays.
    """
    if port != virtual_board.PORT:
        return _flash(product, port, link, serial_number, say)
    was_running = virtual_board.running() is not None
    with virtual_board.console() as cables:
        report = _flash(product, cables.console, cables.link, serial_number, say)
    if report.bytes_written and not was_running:
        _confirm_virtual(product, report.slot, plant)
        say(f"slot {report.slot} runs and has confirmed itself")
    return report


def _flash(
    product: Product,
    port: str,
    link: str | None,
    serial_number: str | None,
    say: Callable[[str], None],
) -> FlashReport:
    if link is not None:
        refuse_while_busy(link)
    with Repl(port) as repl:
        survey = slots.Survey.of(repl)
        _check_kind(product, survey)
        was_running = survey.running
        if was_running:  # its watchdog runs on and would reset the board in the middle
            repl.run(_HOLD)
            repl.reset()
        with _image_files(product, survey) as wanted:
            update = slots.plan_update(survey, wanted)
            say(f"{update.count} of {len(wanted) + 1} files differ, {update.size} bytes")
            with transfer(f"slot {update.slot}", update.size) as sent:
                slots.apply_update(repl, update, sent)
            files = update.count + _provide_identity(repl, survey, serial_number, say)
            good = slots.verified(slots.Survey.of(repl), update.slot, wanted)
        if not good:
            raise FlashError(
                f"{port}: what was read back differs from the image; the board keeps its old "
                "application. Try again; if it comes back, its flash is worn out"
            )
        if update.activate:
            slots.activate(repl, update.slot)
        if update.activate or was_running:
            repl.reset(reopen=False)
        return FlashReport(repl.bytes_sent, files, update.slot, verified=True)


def refuse_while_busy(link: str) -> None:
    """Ask a board over its link whether it may be disturbed. Raises FlashError if not.

    A board without an application does not answer, and may be flashed.
    """
    with PowerBoard.open(link, RealClock()) as board:
        try:
            seen = board.telemetry()
        except LinkError:
            return
    if seen.state in _BUSY or seen.duty_pct > 0:
        raise FlashError(
            f"the board is {seen.state} (heater {seen.duty_pct:.0f} %); wait for the end, or "
            "cancel, then flash"
        )


def _check_kind(product: Product, survey: slots.Survey) -> None:
    port = _PLATFORMS.get(survey.platform, survey.platform)
    if port != product.power_board.port:
        raise FlashError(
            f"product {product.id} wants a board of kind {product.power_board.port}, this one is "
            f"{port}; give the right product with --board"
        )


@contextmanager
def _image_files(product: Product, survey: slots.Survey) -> Iterator[dict[str, bytes]]:
    """The image as bytecode where the board's interpreter takes ours, else as source."""
    with tempfile.TemporaryDirectory(prefix="wenhuo-") as scratch:
        compiled = survey.bytecode == BYTECODE
        image = build_image(product, Path(scratch) / "image", compiled=compiled)
        yield slots.read_image(image.folder)


def _provide_identity(
    repl: Repl, survey: slots.Survey, serial_number: str | None, say: Callable[[str], None]
) -> int:
    """Give a new board its identity; the number of files written. Raises FlashError."""
    known = read_identity(survey.identity)
    if known is None:
        given = give_identity(repl, survey.unique_id, lambda _n: None, serial_number)
        say(f"new board: serial {given.serial}, its key in {given.key_file}")
        return 1
    if serial_number is not None and serial_number != known.serial:
        raise FlashError(
            f"this board is {known.serial} already; leave --serial out, or give that number"
        )
    return 0


def _confirm_virtual(product: Product, slot: str, plant: PlantHost | None) -> None:
    """Power the virtual board until it has confirmed the slot. Raises FlashError."""
    with virtual_board.PoweredBoard(product, plant=plant) as board:
        board.run(_CONFIRM_S)
    with virtual_board.console() as cables, Repl(cables.console) as repl:
        survey = slots.Survey.of(repl)
    if survey.good != slot:
        raise FlashError(
            f"the new application in slot {slot} did not confirm itself in {_CONFIRM_S:.0f} s; "
            f"the board goes back to slot {survey.good or '(none)'}"
        )

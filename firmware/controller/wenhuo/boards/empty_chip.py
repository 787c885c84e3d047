"""How MicroPython gets onto an empty chip, as data: by a drive, or by esptool."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wenhuo.boards.table import Table


@dataclass(frozen=True, slots=True)
class Uf2Chip:
    """A chip that shows itself as a drive, on which MicroPython is copied. family: of UF2 files."""

    family: int


@dataclass(frozen=True, slots=True)
class EsptoolChip:
    """A chip that esptool writes MicroPython to. chip: its name there; offset: in its flash."""

    chip: str
    offset: int


EmptyChip = Uf2Chip | EsptoolChip


def read_empty_chip(table: Table) -> EmptyChip:
    """A power board's `empty_chip` table. Raises BoardDataError for what it cannot say."""
    readers: dict[str, Callable[[Table], EmptyChip]] = {
        "uf2": lambda t: Uf2Chip(t.integer("family", at_least=1, at_most=0xFFFFFFFF)),
        "esptool": lambda t: EsptoolChip(
            t.text("chip"), t.integer("offset", at_least=0, at_most=0x10000)
        ),
    }
    chip = table.choice("by", readers)(table)
    table.finish()
    return chip

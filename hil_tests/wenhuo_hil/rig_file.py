"""Rig files: which product hangs on a rig, and what the rig can do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wenhuo.boards import Product, load_product
from wenhuo.boards.table import Table
from wenhuo.errors import RigError

FEATURES = ("truth", "events", "fast-time")
_FOLDER = Path(__file__).parent / "rigs"


@dataclass(frozen=True, slots=True)
class RigFile:
    """features: truth (knows the food), events (can disturb the cooker), fast-time."""

    name: str
    product: Product
    features: frozenset[str]


def read_rig_file(name: str) -> RigFile:
    """A rig by name. Raises RigError for an unknown one, BoardDataError for wrong data."""
    known = sorted(path.stem for path in _FOLDER.glob("*.toml"))
    if name not in known:
        raise RigError(f"rig {name!r} is unknown; known are: {', '.join(known)}")
    table = Table.read(_FOLDER / f"{name}.toml", _FOLDER)
    product = load_product(table.text("product"))
    features = table.texts("features")
    for feature in features:
        if feature not in FEATURES:
            raise table.fail("features", f"holds {feature!r}; give some of {', '.join(FEATURES)}")
    table.finish()
    return RigFile(name, product, frozenset(features))

"""A product's file with a new [calibration]; everything else in it stays, comments too."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from wenhuo.boards import Calibration
from wenhuo.boards.product import data_root
from wenhuo.errors import BoardDataError

_HEAD = "[calibration]"


def store_calibration(product_id: str, new: Calibration) -> Path:
    """Write it into boards/products; the file. Raises BoardDataError where that cannot be."""
    path = data_root() / "products" / f"{product_id}.toml"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        start = lines.index(_HEAD)
        rest = lines[start + 1 :]
        end = next((i for i, line in enumerate(rest) if line.startswith("[")), len(rest))
        rows = [f"{name} = {value}" for name, value in asdict(new).items()]
        tail = ["", *rest[end:]] if end < len(rest) else []
        text = "\n".join([*lines[: start + 1], *rows, *tail]) + "\n"
        beside = path.with_suffix(".toml.new")
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except (OSError, ValueError) as error:
        raise BoardDataError(f"{path}: cannot store the calibration ({error})") from None
    return path

"""The corrections found, as data with provenance: one JSON file a dish in data/.

A file counts for the twin, the menu's programme and the dish that it was searched on. Where one of
them has changed since, or the file is missing, reading it is an error that says what to run: the
menu's programme never stands in unseen.
"""

from __future__ import annotations

import ast
import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import wenhuo.planning.programme
from wenhuo.boards import Product, data_root
from wenhuo.errors import WenhuoError
from wenhuo_models.factory.expert import policy
from wenhuo_models.factory.expert.policy import Knob, knobs_of
from wenhuo_tools.twin import batch, control, food, kernel, params
from wenhuo_tools.twin import dishes as twin_dishes

DATA = Path(__file__).parent / "data"
_CODE = (kernel, control, batch, food, params, twin_dishes, wenhuo.planning.programme, policy)


class ExpertDataError(WenhuoError):
    """The expert's data are missing or belong to another twin, menu or policy."""


@dataclass(frozen=True, slots=True)
class Found:
    """A dish's file. provenance: sources, seed, optimizer, evaluations, cost before and after."""

    dish: str
    corrections: dict[Knob, float]
    provenance: Mapping[str, Any]


def sources_hash(product: Product, dish_id: str) -> str:
    """Fingerprint of what a dish's corrections depend on: the twin's code and data, the menu's
    programme, the policy, the appliance, the dish. Comments and docstrings do not count."""
    digest = hashlib.sha256()
    for module in _CODE:
        digest.update(_code_text(Path(str(module.__file__))).encode())
    folder = data_root() / "appliances" / product.appliance.id
    tables = [params.DATA / "parameters.toml", folder / "appliance.toml"]
    for path in (*tables, folder / "dishes" / f"{dish_id}.toml"):
        digest.update(repr(_table(path)).encode())
    of_twin = _table(params.DATA / "dishes.toml")
    digest.update(repr((of_twin["defaults"], of_twin.get(dish_id))).encode())
    return digest.hexdigest()


@cache
def _table(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


@cache
def _code_text(path: Path) -> str:
    """A module's syntax tree without its docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node, clean=False
        ):
            node.body = node.body[1:]
    return ast.dump(tree)


def save(found: Found, folder: Path = DATA) -> Path:
    """Write a dish's file; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{found.dish}.json"
    named = {knob.name: value for knob, value in found.corrections.items()}
    content = {"dish": found.dish, "corrections": named, "provenance": dict(found.provenance)}
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    part.replace(path)
    return path


def load(product: Product, dish_id: str, folder: Path = DATA) -> Found:
    """A dish's corrections.

    Raises:
        ExpertDataError: no file, a damaged one, or one that was searched on other sources.
        BoardDataError: a dish that the menu lacks.
    """
    found = read(product, dish_id, folder)
    if found.provenance.get("sources") != sources_hash(product, dish_id):
        raise ExpertDataError(
            f"{folder / dish_id}.json: twin, menu or policy changed since it was searched; run "
            f"python -m wenhuo_models.factory.expert search --dish {dish_id}, or `confirm` to keep "
            f"it if it still serves as well"
        )
    return found


def read(product: Product, dish_id: str, folder: Path = DATA) -> Found:
    """A dish's file, whatever it was searched on. Raises as `load` does, but for old sources."""
    path = folder / f"{dish_id}.json"
    known = {knob.name: knob for knob in knobs_of(product.dish(dish_id))}
    search = f"run python -m wenhuo_models.factory.expert search --dish {dish_id}"
    try:
        content = json.loads(path.read_text("utf-8"))
        corrections = {known[name]: float(v) for name, v in content["corrections"].items()}
        provenance = dict(content["provenance"])
    except FileNotFoundError as error:
        raise ExpertDataError(f"{path}: missing; {search}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ExpertDataError(f"{path}: damaged ({error!r}); {search}") from error
    return Found(dish_id, corrections, provenance)

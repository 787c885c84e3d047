"""Trying the parts that a cook on the virtual rig needs, one by one."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from wenhuo.boards import list_products, load_product
from wenhuo.errors import ModelError, WenhuoError


@dataclass(frozen=True, slots=True)
class Finding:
    """One part: whether it works, and what was found or what to do."""

    what: str
    good: bool
    told: str

    def as_json(self) -> dict[str, object]:
        """As the command prints it with --json."""
        return {"part": self.what, "ok": self.good, "found": self.told}


def examine(*, board: str | None = None, model_dir: Path | None = None) -> Iterator[Finding]:
    """Try each part in turn; a failure never stops the rest."""
    checks: dict[str, Callable[[], str]] = {
        "python": _python,
        "boards": _boards,
        "model": lambda: _model(board, model_dir),
        "virtual rig": lambda: _rig(board),
    }
    for what, check in checks.items():
        try:
            yield Finding(what, True, check())
        except WenhuoError as error:
            yield Finding(what, False, str(error))
        except ImportError as error:
            yield Finding(what, False, f"{error}; run `make setup`")


def _python() -> str:
    return f"{platform.python_version()} at {sys.executable}"


def _boards() -> str:
    names = list_products()
    for name in names:
        load_product(name)
    return ", ".join(names)


def _model(board: str | None, model_dir: Path | None) -> str:
    from wenhuo.agent import Planner  # noqa: PLC0415 - a failed import is a finding
    from wenhuo.llm.runtime import LOOKUPS  # noqa: PLC0415

    planner = Planner.load(board, model_dir)
    about = planner.about()
    left = about.nodes - about.delegated
    if left > LOOKUPS:
        raise ModelError(
            f"XNNPACK leaves {left} of {about.nodes} nodes, {LOOKUPS} are expected; export the "
            "model with the versions in constraints.txt"
        )
    plan = planner.plan(
        {"id": "doctor", "text": "煮两个人的米饭", "now": "2026-01-01T12:00:00+08:00"}
    )
    return (
        f"planned {plan['dish']} in {plan['timing_ms']['total']:.0f} ms ({plan['source']}) on "
        f"{about.library}; XNNPACK runs {about.delegated} of {about.nodes} nodes"
    )


def _rig(board: str | None) -> str:
    from wenhuo_tools.cook import menu_pot  # noqa: PLC0415
    from wenhuo_tools.rig.virtual import VirtualRig  # noqa: PLC0415

    product = load_product(board)
    dish = next(iter(product.menu))
    nothing_said = {"dish": dish, "dry_g": None, "servings": None, "texture": None}
    with VirtualRig(product) as rig:
        rig.begin({"pot": menu_pot(nothing_said, board)}, [])
        seen = rig.board().telemetry()
    return f"board {seen.state}, bottom {seen.bottom_c} °C, mains {seen.mains_v:.0f} V"

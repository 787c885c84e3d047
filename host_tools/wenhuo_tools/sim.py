"""Many scenarios, one result line each: the real controller, firmware, model and twin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from wenhuo import contracts
from wenhuo.agent import Planner
from wenhuo.boards import load_product
from wenhuo.errors import RigError
from wenhuo_tools.jsonl import Answer, answer_lines
from wenhuo_tools.rig.virtual import RigOptions, VirtualRig
from wenhuo_tools.scenario import run_scenario


class Simulator:
    """Cooks scenarios one after the other; the model and the plant start once.

    board: for scenarios that name none. watched: as wenhuod does it, plan again where the pot parts
    from the plan. Use as a context manager.
    """

    def __init__(
        self,
        *,
        rig: RigOptions,
        board: str | None = None,
        model_dir: Path | None = None,
        watched: bool = True,
    ) -> None:
        """Raises ModelError, BoardDataError."""
        self._options, self._watched = rig, watched
        self._board = board
        self._planner = Planner.load(board, model_dir)
        self._rig: VirtualRig | None = None
        self._open = ExitStack()

    def __enter__(self) -> Simulator:
        return self

    def __exit__(self, *_error: object) -> None:
        self._close_rig()

    def _close_rig(self) -> None:
        self._open.close()
        self._rig = None

    def simulate(self, scenario: Mapping[str, Any]) -> Mapping[str, Any]:
        """The result (result.schema.json) of a scenario. Raises WenhuoError."""
        contracts.check("scenario", dict(scenario))
        board = scenario.get("board") or scenario["request"].get("board") or self._board
        rig = self._rig_for(load_product(board).id)
        request = {**scenario["request"], "board": rig.product.id}
        try:
            scenario = {**scenario, "request": request}
            return run_scenario(scenario, self._planner, rig, watched=self._watched).result
        except RigError:  # the next scenario gets a rig of its own
            self._close_rig()
            raise

    def _rig_for(self, product_id: str) -> VirtualRig:
        """The rig, started at the first cook and kept while the product stays the same."""
        if self._rig is None or self._rig.product.id != product_id:
            self._close_rig()
            self._rig = self._open.enter_context(
                VirtualRig(load_product(product_id), self._options)
            )
        return self._rig


def simulate_lines(
    lines: Iterable[str],
    *,
    rig: RigOptions,
    board: str | None = None,
    model_dir: Path | None = None,
    watched: bool = True,
) -> Iterator[Answer]:
    """Cook each line in order. Raises ModelError or BoardDataError before the first result."""
    with Simulator(rig=rig, board=board, model_dir=model_dir, watched=watched) as simulator:
        yield from answer_lines(lines, simulator.simulate)

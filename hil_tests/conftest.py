"""`pytest hil_tests --rig NAME`: the same tests on every rig; what a rig cannot do is skipped."""

from __future__ import annotations

import pytest

from wenhuo_hil.rig_file import FEATURES, read_rig_file
from wenhuo_tools.rig.virtual import VirtualRig


def pytest_addoption(parser):
    parser.addoption("--rig", default="virtual", help="a rig file of wenhuo_hil/rigs, by name")


def pytest_configure(config):
    config.addinivalue_line("markers", f"needs(feature): one of {', '.join(FEATURES)}")


@pytest.fixture(scope="session")
def rig_file(pytestconfig):
    return read_rig_file(pytestconfig.getoption("--rig", default="virtual"))


@pytest.fixture(autouse=True)
def _rig_can(request, rig_file):
    for marker in request.node.iter_markers("needs"):
        missing = set(marker.args) - rig_file.features
        if missing:
            pytest.skip(f"rig {rig_file.name} has no {', '.join(sorted(missing))}")


@pytest.fixture(scope="module")
def rig(rig_file):
    with VirtualRig(rig_file.product) as opened:
        yield opened

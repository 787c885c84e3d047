"""`pytest hil_tests --rig NAME`: the same tests on every rig; what a rig cannot do is skipped.

A rig that breaks fails the test in which it did; the rest is skipped with the reason.
"""

from __future__ import annotations

import pytest

from wenhuo.errors import RigError
from wenhuo_hil.rig_file import FEATURES, open_rig

_BROKEN = pytest.StashKey[str]()


def pytest_addoption(parser):
    parser.addoption("--rig", default="virtual", help="a rig file of wenhuo_hil/rigs, or a path")


def pytest_configure(config):
    config.addinivalue_line("markers", f"needs(feature): some of {', '.join(FEATURES)}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.excinfo is not None and call.excinfo.errisinstance(RigError) and report.failed:
        item.config.stash[_BROKEN] = str(call.excinfo.value).splitlines()[0]
    return report


@pytest.fixture(scope="session")
def opened_rig(pytestconfig):
    rig = open_rig(pytestconfig.getoption("--rig", default="virtual"))
    yield rig
    rig.close()


@pytest.fixture(autouse=True)
def _rig_can(request, opened_rig):
    broken = request.config.stash.get(_BROKEN, None)
    if broken:
        pytest.skip(f"the rig broke before: {broken}")
    for marker in request.node.iter_markers("needs"):
        missing = set(marker.args) - opened_rig.features
        if missing:
            pytest.skip(f"rig {opened_rig.name} has no {', '.join(sorted(missing))}")


@pytest.fixture
def rig(opened_rig):
    return opened_rig.cooker()


@pytest.fixture
def product(rig):
    return rig.product

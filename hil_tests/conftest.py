"""`pytest hil_tests --rig NAME`: the same tests on every rig; what a rig cannot do is skipped.

A rig that breaks fails the test in which it did; the rest is skipped with the reason.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wenhuo.errors import RigError
from wenhuo_hil.report import Case, Session
from wenhuo_hil.rig_file import FEATURES, open_rig
from wenhuo_tools.hil import NO_RIG
from wenhuo_tools.image import MANIFEST

_BROKEN = pytest.StashKey[str]()
_SESSION = pytest.StashKey[Session]()


def pytest_addoption(parser):
    parser.addoption("--rig", default="virtual", help="a rig file of wenhuo_hil/rigs, or a path")
    parser.addoption("--matrix", action="store_true", help="all of the fault matrix")
    parser.addoption(
        "--report", metavar="DIR", help="write hil.json and hil.html there, after each test"
    )


def pytest_configure(config):
    config.addinivalue_line("markers", f"needs(feature): some of {', '.join(FEATURES)}")
    config.stash[_SESSION] = Session(rig=config.getoption("--rig", default="virtual"))


def pytest_sessionfinish(session):
    _write(session.config)


def _write(config):
    folder = config.getoption("--report", default=None)
    if folder:
        config.stash[_SESSION].write(Path(folder))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.excinfo is not None and call.excinfo.errisinstance(RigError) and report.failed:
        item.config.stash[_BROKEN] = str(call.excinfo.value).splitlines()[0]
    if _note(item.config.stash[_SESSION], report):
        _write(item.config)  # a session that is broken off leaves what it has found
    return report


def _note(session, report):
    """A test counts once: by its call, or by the set-up or tear-down that did not pass."""
    if report.when != "call" and report.passed:
        return False
    why = ""
    if report.skipped and isinstance(report.longrepr, tuple):
        why = str(report.longrepr[2]).removeprefix("Skipped: ")
    elif report.failed:
        why = report.longreprtext.strip().splitlines()[-1]
    session.cases.append(Case(report.nodeid, report.outcome, round(report.duration, 2), why))
    return True


@pytest.fixture(scope="session")
def opened_rig(pytestconfig):
    try:
        rig = open_rig(pytestconfig.getoption("--rig", default="virtual"))
    except RigError as error:
        pytest.exit(str(error), returncode=NO_RIG)  # no test can run: say it once, not for each
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
def rig(opened_rig, pytestconfig, record_testsuite_property):
    cooker = opened_rig.cooker()
    session = pytestconfig.stash[_SESSION]
    if not session.image and "flash-files" in opened_rig.features:
        session.image = json.loads((cooker.image / MANIFEST).read_text(encoding="utf-8"))
        record_testsuite_property("image_git", session.image["git"])
    return cooker


@pytest.fixture
def fault_rows(pytestconfig):
    return pytestconfig.stash[_SESSION].rows


@pytest.fixture
def product(rig):
    return rig.product

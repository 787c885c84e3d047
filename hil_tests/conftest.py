"""`pytest hil_tests --rig NAME`: the same tests on every rig; what a rig cannot do is skipped.

A rig that breaks fails the test in which it did; the rest is skipped with the reason.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from wenhuo.errors import RigError
from wenhuo_hil.report import Case, Session
from wenhuo_hil.rig_file import FEATURES, open_rig
from wenhuo_tools.hil import NO_RIG
from wenhuo_tools.image import MANIFEST

_BROKEN = pytest.StashKey[str]()
_FOUND = pytest.StashKey[dict[str, Any]]()


def pytest_addoption(parser):
    parser.addoption("--rig", default="virtual", help="a rig file of wenhuo_hil/rigs, or a path")
    parser.addoption("--matrix", action="store_true", help="all of the fault matrix")
    parser.addoption(
        "--report", metavar="DIR", help="write hil.json and hil.html there, after each test"
    )


def pytest_configure(config):
    config.addinivalue_line("markers", f"needs(feature): some of {', '.join(FEATURES)}")
    if not hasattr(config, "workerinput"):  # with -n the process that hands out the tests reports
        config.pluginmanager.register(_Reporter(config), "hil-report")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config):
    """`-n auto`: one rig a core where the rig is a program, else the one that there is."""
    try:
        rig = open_rig(config.getoption("--rig", default="virtual"))
    except RigError:
        return 0  # told by opened_rig
    many = "copies" in rig.features
    rig.close()
    return os.cpu_count() or 1 if many else 0


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.excinfo is not None and call.excinfo.errisinstance(RigError) and report.failed:
        item.config.stash[_BROKEN] = str(call.excinfo.value).splitlines()[0]
    report.hil = item.stash.get(_FOUND, {})  # a report's own members travel to the reporter
    return report


class _Reporter:
    """Keeps what the tests found, whichever process they ran in."""

    def __init__(self, config):
        folder = config.getoption("--report", default=None)
        self._folder = Path(folder) if folder else None
        self._session = Session(rig=config.getoption("--rig", default="virtual"))

    def pytest_runtest_logreport(self, report):
        """A test counts once: by its call, or by what did not pass: set-up, tear-down, a process
        that died, whose report has no members of ours. What passed in other folders is not ours."""
        found = getattr(report, "hil", None)
        if report.passed and (report.when != "call" or found is None):
            return
        why = ""
        if report.skipped and isinstance(report.longrepr, tuple):
            why = str(report.longrepr[2]).removeprefix("Skipped: ")
        elif report.failed:
            why = report.longreprtext.strip().splitlines()[-1]
        case = Case(report.nodeid, report.outcome, round(report.duration, 2), why)
        self._session.add(case, **(found or {}))
        self._write()  # a session that is broken off leaves what it has found

    def pytest_sessionfinish(self):
        self._write()

    def _write(self):
        if self._folder:
            self._session.write(self._folder)


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
def found(request):
    """What the report shall say of this test beside its outcome: image, row (Session.add)."""
    return request.node.stash.setdefault(_FOUND, {})


@pytest.fixture
def rig(opened_rig, found, record_property):
    cooker = opened_rig.cooker()
    if "flash-files" in opened_rig.features:
        found["image"] = json.loads((cooker.image / MANIFEST).read_text(encoding="utf-8"))
        record_property("image_git", found["image"]["git"])
    return cooker


@pytest.fixture
def product(rig):
    return rig.product

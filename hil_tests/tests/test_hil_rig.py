"""Rig files, broken rigs, the report, `wenhuo hil`, and pyserial with and without labgrid's."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from wenhuo.errors import RigError
from wenhuo_hil.faults.case import Row
from wenhuo_hil.faults.catalogue import cases, catalogue
from wenhuo_hil.report import Case, Session
from wenhuo_hil.rig_file import FEATURES, open_rig
from wenhuo_link.fault_table import FAULTS

ROOT = Path(__file__).parents[2]


def broken_rig(folder: Path) -> Path:
    """A rig file whose plant is not there: one plant, so no copies of the rig either."""
    path = folder / "broken.yaml"
    text = (ROOT / "hil_tests/wenhuo_hil/rigs/virtual.yaml").read_text()
    nowhere = "product: virtual\n        plant: 127.0.0.1:9"
    path.write_text(text.replace("product: virtual", nowhere).replace(", copies", ""))
    return path


def wenhuo_hil(*options: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("wenhuo")), "hil", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.mark.parametrize("name", ["virtual", "bench", "farm"])
def test_every_rig_file_is_a_labgrid_environment(name):
    rig = open_rig(name)
    assert rig.features <= set(FEATURES)
    rig.environment.config.get_targets()


def test_an_unknown_rig_is_told_with_the_known_ones():
    with pytest.raises(RigError, match="known are: bench, farm, virtual"):
        open_rig("moon")


def test_an_unknown_feature_is_an_error(tmp_path):
    path = tmp_path / "odd.yaml"
    path.write_text("targets: {main: {features: [teleport]}}\n")
    with pytest.raises(RigError, match="teleport"):
        open_rig(str(path))


def test_a_broken_rig_breaks_once_and_stays_broken(tmp_path):
    path = broken_rig(tmp_path)
    rig = open_rig(str(path))
    for _ in range(2):
        with pytest.raises(RigError, match=r"broken.*no plant at 127\.0\.0\.1:9"):
            rig.cooker()
    rig.close()


def test_the_rest_of_a_session_on_a_broken_rig_is_skipped_with_the_reason(tmp_path):
    path = broken_rig(tmp_path)
    options = ["--rig", str(path), "-k", "sensor", "--quick", "--json"]
    done = wenhuo_hil(*options, "--report", str(tmp_path / "report"))
    assert done.returncode == 3, done.stderr
    result = json.loads(done.stdout)
    assert (result["passed"], result["failed"]) == (0, 1)
    assert result["skipped"] > 3
    assert "the rig broke before" in result["cases"][-1]["why"]
    assert (tmp_path / "report" / "junit.xml").is_file()
    assert (tmp_path / "report" / "hil.html").is_file()


def test_wenhuo_hil_reports_what_it_injected(tmp_path):
    done = wenhuo_hil("-k", "lid_sensor_open-wait", "--json", "--report", str(tmp_path))
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["passed"], result["failed"], result["unhandled"]) == (1, 0, 0)
    assert result["faults"] == ["lid sensor open"]
    assert result["matrix"][0]["told"] == ["lid_open_circuit"]
    assert result["image"]["git"]
    assert result["image"]["git"] in (tmp_path / "junit.xml").read_text()
    assert result["image"]["git"] in (tmp_path / "hil.html").read_text()


def test_a_row_that_is_wrong_counts_as_unhandled_and_is_shown():
    row = Row("x <b>", "soak", "stops", ("bottom_open",), 3.0, wrong=["no fault within 3 s"])
    session = Session("virtual", {}, [Case("t", "failed", 1.0, "why")], [row])
    assert session.as_json()["unhandled"] == 1
    page = session.as_html()
    assert "no fault within 3 s" in page
    assert "x &lt;b&gt;" in page


def test_the_matrix_names_only_codes_of_the_fault_table():
    names = {row[1] for row in FAULTS}
    assert {code for fault in catalogue() for code in fault.codes} <= names
    assert len(cases(quick=False)) > 100
    assert 5 < len(cases(quick=True)) < 25


_SPEAKS = """
import os, pty, sys, threading, tty, serial
master, slave = pty.openpty()
tty.setraw(slave)
for url in ("loop://", "spy://" + os.ttyname(slave) + "?file=" + os.devnull, os.ttyname(slave)):
    port = serial.serial_for_url(url, baudrate=115200, timeout=1)
    port.write(b"\\0frame\\0")
    if "loop" not in url:
        os.write(master, os.read(master, 7))
    assert port.read(7) == b"\\0frame\\0", url
    port.close()
print(serial.__file__)
"""


def test_serial_ports_work_with_pyserial_and_with_labgrids(tmp_path):
    """labgrid's pyserial overlays this environment's; the plain one is unpacked beside it."""
    plain = ROOT / ".venv" / "plain-pyserial"
    for path in ("", str(plain)):
        done = subprocess.run(
            [sys.executable, "-c", _SPEAKS], capture_output=True, text=True, check=False,
            env={"PYTHONPATH": path, "PATH": "/usr/bin"},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert ("plain-pyserial" in done.stdout) == bool(path)

"""A few of the schedules of the envelope's proof; all 100,000: `python -m wenhuo_hil.envelope`."""

from __future__ import annotations

import json
import random
import subprocess
import sys

import pytest

from wenhuo.boards import load_product
from wenhuo_hil.envelope.__main__ import BLOCK, Tally, condensed
from wenhuo_hil.envelope.fast_board import Trial
from wenhuo_hil.envelope.schedules import GrammarSchedules, hostile
from wenhuo_link import messages
from wenhuo_link import protocol as p

PRODUCT = load_product()


def prove(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "wenhuo_hil.envelope", "--seed", "11", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_two_blocks_of_schedules_leave_all_limits_whole_and_the_second_may_come_later(tmp_path):
    begun, whole = tmp_path / "begun.json", tmp_path / "whole.json"
    for count, path, *more in ((BLOCK, begun), (2 * BLOCK, begun, "--resume"), (2 * BLOCK, whole)):
        done = prove("--count", str(count), "--json", str(path), *more)
        assert done.returncode == 0, done.stdout + done.stderr
    report, same = json.loads(begun.read_text()), json.loads(whole.read_text())
    assert report.pop("cpu_s") > 0
    same.pop("cpu_s")
    assert report == same
    assert (report["schedules"], report["exceeded"]) == (2 * BLOCK, 0)
    assert report["bottom_max_c"] > 125  # hot enough to prove something
    assert report["simulated_s"] > 36_000


@pytest.mark.parametrize("text", ["", "{}", '{"product": "virtual", "seed": 12}'])
def test_a_file_of_something_else_is_not_gone_on_from(tmp_path, text):
    path = tmp_path / "other.json"
    path.write_text(text)
    done = prove("--json", str(path), "--resume")
    assert done.returncode == 2
    assert str(path) in done.stderr.splitlines()[-1]
    assert prove("--resume").returncode == 2


def test_random_walks_are_schedules_of_the_language():
    walks = GrammarSchedules(PRODUCT, random.Random(1))
    rows = [row for _ in range(50) for row in walks.next()]
    assert {row[0] for row in rows} == set(range(len(messages.PHASE_KINDS)))
    assert all(0 <= row[3] <= 1000 for row in rows)


def test_hostile_schedules_fit_the_wire_and_are_of_many_kinds():
    rng = random.Random(2)
    made = [hostile(rng, 14_500) for _ in range(200)]
    assert all(1 <= len(rows) <= p.MAX_PHASES for rows in made)
    assert len({len(rows) for rows in made}) > 10


def test_condensing_keeps_what_is_hot():
    hot = (2, 0, 14_500, 1000, 3600)
    assert condensed([hot, (0, 0, p.OFF_CC, 0, 3600), (1, 0, 6000, 500, 3600)]) == [
        hot,
        (0, 0, p.OFF_CC, 0, 60),
        (1, 0, 6000, 500, 240),
    ]


@pytest.mark.parametrize(("bottom_c", "plate_c"), [(150.1, 160.0), (150.0, 160.1)])
def test_a_broken_limit_is_kept_with_its_schedule(bottom_c, plate_c):
    tally = Tally()
    rows = [(2, 0, 14_500, 1000, 60)]
    trial = Trial(True, "done", 0, 60.0, bottom_c, plate_c, 90.0, False, False)
    tally.add("hostile", rows, trial, PRODUCT.limits)
    report = tally.report(PRODUCT, 1)
    assert report["exceeded"] == 1
    assert report["first_exceeded"][0]["rows"] == rows

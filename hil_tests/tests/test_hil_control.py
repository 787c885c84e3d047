"""A held set-point, food-side; the whole table: `python -m wenhuo_hil.control_table`."""

from __future__ import annotations

import pytest

from wenhuo_hil.control_table import hold, judge, table

pytestmark = pytest.mark.needs("truth", "fast-time")


@pytest.mark.parametrize(("dry_g", "mains_v"), [(75, 245.0), (1200, 185.0)])
def test_a_cup_on_strong_mains_and_a_full_pot_on_weak_are_held(rig, dry_g, mains_v):
    cell, trace = hold(rig, 60.0, dry_g, mains_v, 3600)
    assert cell.good, cell
    assert trace[-1][0] > 3500


def test_what_misses_the_bars_is_marked():
    steady = [(10.0 * i, 60.0, 59.0) for i in range(300)]
    high = [(t, food + 4.0 * (t == 100.0), core) for t, food, core in steady]
    off = [(t, food + 2.0 * (t > 2000), core) for t, food, core in steady]
    never = [(t, 50.0, core) for t, _, core in steady]
    cells = [judge(60.0, 300, 220.0, trace) for trace in (steady, high, off, never)]
    assert [cell.good for cell in cells] == [True, False, False, False]
    assert table(cells).count("<<") == 3
    assert "1 of 4" in table(cells)

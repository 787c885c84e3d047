"""A few kill -9 of the daemon; `python -m wenhuo_hil.kills` does two hundred."""

from __future__ import annotations

from datetime import datetime

import pytest

from wenhuo.boards import load_product
from wenhuo_hil.kills.case import ORDERS, disturbed, undisturbed
from wenhuo_hil.kills.household import Household

SEED = 5
# one with a kill while it works on words, one with kills while it cooks
NUMBERS = (4, 12)


@pytest.fixture
def home(tmp_path):
    began = datetime.fromisoformat("2026-11-23T08:00:00+08:00")
    with Household(load_product("virtual"), tmp_path, began) as opened:
        yield opened


def test_a_killed_daemon_costs_no_cook(home):
    order = ORDERS[0]
    reference = undisturbed(home, order, SEED)
    assert reference.wrong == []
    assert reference.served_s is not None
    for number in NUMBERS:
        ended = disturbed(home, order, number, reference.served_s, SEED)
        assert ended.kills
        assert ended.wrong == []

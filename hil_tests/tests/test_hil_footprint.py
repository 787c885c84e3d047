"""What the firmware costs; the whole table: `python -m wenhuo_hil.footprint`."""

from __future__ import annotations

import pytest

from wenhuo.errors import RigError
from wenhuo_hil.footprint import HEAP_MAX_BYTES, load_order, run_probe, sizes, ticks_of
from wenhuo_tools.image import build_image


@pytest.fixture
def image(tmp_path):
    return build_image("virtual", tmp_path / "image")


def test_a_heating_board_fits_the_heap(image):
    heap_bytes, spans_us = ticks_of(image, 50)
    assert 50_000 < heap_bytes <= HEAP_MAX_BYTES
    assert len(spans_us) == 50


def test_every_file_is_compiled_and_loaded_after_what_it_imports(image):
    order = load_order(image.folder)
    assert len(order) == len(set(order)) == len(sizes(image.folder)) - 1  # all but main.py
    for first, then in (("sensors", "board"), ("wenhuo_link.crc16", "wenhuo_link.frame")):
        assert order.index(first) < order.index(then)
    assert all(size["bytecode"] > 0 for size in sizes(image.folder).values())


def test_a_probe_that_says_nothing_is_told(image):
    with pytest.raises(RigError, match="printed nothing"):
        run_probe(image, "raise SystemExit")

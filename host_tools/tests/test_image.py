"""The power board's image: complete, the same each time, with the product's numbers."""

import json
import re
from pathlib import Path

import pytest

from wenhuo.boards import list_products, load_product
from wenhuo.errors import RigError
from wenhuo_tools.image import HOST_ONLY, MANIFEST, build_image, firmware_root, limits_of


@pytest.mark.parametrize("product", list_products())
def test_every_product_has_an_image(product, tmp_path):
    image = build_image(product, tmp_path / "image")
    names = {path.name for path in image.folder.iterdir()}
    assert {"main.py", "loop.py", "port.py", "limits.py", "wenhuo_link", MANIFEST} <= names
    for name in HOST_ONLY:
        assert not (image.folder / "wenhuo_link" / name).exists()
    for path in image.folder.rglob("*.py"):
        compile(path.read_text(encoding="utf-8"), str(path), "exec")
    manifest = json.loads((image.folder / MANIFEST).read_text(encoding="ascii"))
    assert manifest["sha256"] == image.sha256
    assert manifest["product"] == product


def test_the_same_sources_give_the_same_image(tmp_path):
    first = build_image("virtual", tmp_path / "one")
    second = build_image("virtual", tmp_path / "two")
    assert first.sha256 == second.sha256
    assert first.limits_crc == second.limits_crc


def test_another_product_gives_another_image(tmp_path):
    products = [p for p in list_products() if p != "virtual"]
    other = build_image(products[0], tmp_path / "one")
    assert other.sha256 != build_image("virtual", tmp_path / "two").sha256


def test_building_again_replaces_an_older_image(tmp_path):
    (build_image("virtual", tmp_path / "image").folder / "old.py").write_text("stale")
    build_image("virtual", tmp_path / "image")
    assert not (tmp_path / "image" / "old.py").exists()


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(RigError, match="empty folder"):
        build_image("virtual", tmp_path)
    assert (tmp_path / "letter.txt").exists()


def test_the_stub_of_limits_names_what_is_written():
    stub = Path(firmware_root() / "limits.pyi").read_text(encoding="utf-8")
    declared = set(re.findall(r"^([A-Z0-9_]+):", stub, re.MULTILINE))
    assert declared == set(limits_of(load_product("virtual"))) | {"PRODUCT", "DICTIONARY", "CRC"}


def test_the_absolute_maximum_is_the_reading_at_that_temperature():
    values = limits_of(load_product("virtual"))
    # 100 k, B 3950: 2.00 kilo-ohm at 150 °C; 4.7 k pull-up.
    assert values["BOTTOM_MAX_CC"] == 15000
    assert abs(values["BOTTOM_MAX_RAW"] - 65536 * 2000 / 6700) < 100

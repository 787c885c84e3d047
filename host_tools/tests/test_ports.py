"""Ports by their USB ids, and which one a command means."""

import json
from types import SimpleNamespace

import pytest

from wenhuo.boards import load_product
from wenhuo.errors import AmbiguousDeviceError, NoDeviceError
from wenhuo_tools.cli.main import main
from wenhuo_tools.ports import describe, resolve

PICO_PRODUCT, ESP_PRODUCT = "pi4_pico", "pi5_esp32s3"


def usb(device, vid, pid, serial=None, product=None):
    """A port as pyserial lists it."""
    return describe(
        SimpleNamespace(device=device, vid=vid, pid=pid, serial_number=serial, product=product)
    )


PICO = usb("/dev/ttyACM0", 0x2E8A, 0x0005, "E660")
OTHER_PICO = usb("/dev/ttyACM1", 0x2E8A, 0x0005, "E661")
CABLE = usb("/dev/ttyUSB0", 0x10C4, 0xEA60, "0001")
STRANGE = usb("/dev/ttyACM2", 0x1209, 0x0001, product="Somebody's keyboard")
BARE = usb("/dev/ttyS0", None, None)


def test_what_each_port_is():
    assert (PICO.kind, PICO.sure) == ("rp2", True)
    assert (CABLE.kind, CABLE.sure) == ("esp32", False)
    assert (STRANGE.kind, STRANGE.what) == ("", "Somebody's keyboard")
    assert (BARE.kind, BARE.what) == ("", "no USB device")


def test_the_only_board_of_the_products_kind_is_meant():
    ports = [BARE, STRANGE, CABLE, PICO]
    assert resolve("auto", load_product(PICO_PRODUCT), ports) == "/dev/ttyACM0"
    assert resolve("auto", load_product(ESP_PRODUCT), ports) == "/dev/ttyUSB0"
    assert resolve("auto", load_product("virtual"), ports) == "virtual"


def test_a_sure_board_goes_before_a_mere_cable():
    board = usb("/dev/ttyACM5", 0x303A, 0x4001, "F412")
    assert resolve("auto", load_product(ESP_PRODUCT), [CABLE, board]) == "/dev/ttyACM5"


def test_two_boards_are_ambiguous():
    with pytest.raises(AmbiguousDeviceError, match="ttyACM0, /dev/ttyACM1") as error:
        resolve("auto", load_product(PICO_PRODUCT), [PICO, OTHER_PICO])
    assert error.value.exit_code == 4


def test_a_serial_number_names_one_of_two():
    ports = [PICO, OTHER_PICO]
    assert resolve("id:E661", load_product(PICO_PRODUCT), ports) == "/dev/ttyACM1"
    with pytest.raises(NoDeviceError, match="E662"):
        resolve("id:E662", load_product(PICO_PRODUCT), ports)


def test_a_named_port_is_taken_as_it_is():
    assert resolve("/dev/ttyX", load_product(PICO_PRODUCT), [PICO]) == "/dev/ttyX"


def test_no_board_is_exit_code_3(capsys, monkeypatch):
    monkeypatch.setattr("wenhuo_tools.ports.list_all", lambda: [BARE, STRANGE])
    assert main(["flash", "power", "--board", PICO_PRODUCT]) == 3
    assert "plug it in" in capsys.readouterr().err


def test_two_boards_are_exit_code_4(capsys, monkeypatch):
    monkeypatch.setattr("wenhuo_tools.ports.list_all", lambda: [PICO, OTHER_PICO])
    assert main(["flash", "power", "--board", PICO_PRODUCT]) == 4
    assert "--port" in capsys.readouterr().err


def test_the_command_lists_the_virtual_board(capsys):
    assert main(["ports", "--json"]) == 0
    first = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (first["device"], first["kind"]) == ("virtual", "virtual")
    assert main(["ports"]) == 0
    assert "virtual board, off" in capsys.readouterr().out

"""Empty chips. Emulated: a Pico's drive is a folder, its port a pty, picotool a script that writes
down how it was called; the ESP32 is a boot ROM in Python (esp_rom.py), to which the real esptool
talks. None of it was tried on a chip.
"""

import importlib.util
import json
import os
import shutil
import struct
import termios
import threading
import time
from pathlib import Path

import pytest

from wenhuo.boards.product import data_root
from wenhuo.errors import AmbiguousDeviceError, FlashError, NoDeviceError
from wenhuo_tools.cli.main import main
from wenhuo_tools.flash import empty, uf2

RP2040 = 0xE48BFF56
FIRMWARE = bytes(range(256)) * 40


def uf2_file(data: bytes = FIRMWARE, family: int = RP2040) -> bytes:
    """A UF2 file as the format's page describes it (github.com/microsoft/uf2)."""
    count = len(data) // 256
    blocks = []
    for number in range(count):
        part = data[number * 256 : (number + 1) * 256]
        address = 0x10000000 + number * 256
        head = (0x0A324655, 0x9E5D5157, 0x2000, address, 256, number, count, family)
        blocks.append(struct.pack("<8I", *head) + part.ljust(476, b"\0") + b"\x30\x6f\xb1\x0a")
    return b"".join(blocks)


@pytest.fixture
def image(tmp_path) -> Path:
    path = tmp_path / "micropython.uf2"
    path.write_bytes(uf2_file())
    return path


@pytest.fixture
def drive(tmp_path):
    """A board in BOOTSEL mode: it leaves when it has the whole file."""
    folder = tmp_path / "RPI-RP2"
    folder.mkdir()
    info = folder / uf2.INFO
    info.write_text("UF2 Bootloader v3.0\nModel: Raspberry Pi RP2\nBoard-ID: RPI-RP2\n")

    def leave():
        written = folder / "firmware.uf2"
        for _ in range(1000):
            if written.is_file() and written.stat().st_size == len(uf2_file()):
                info.unlink()
                return
            time.sleep(0.01)

    watcher = threading.Thread(target=leave, daemon=True)
    watcher.start()
    yield folder
    info.unlink(missing_ok=True)
    watcher.join(timeout=20)


@pytest.mark.usefixtures("bench")
def test_an_empty_board_gets_micropython_and_then_the_application(
    image, drive, tmp_path, monkeypatch, capfd
):
    """The virtual board, given out as one with a UF2 drive."""
    boards = Path(shutil.copytree(data_root(), tmp_path / "boards"))
    board = boards / "power_boards/virtual.toml"
    board.write_text(f'{board.read_text()}\n[empty_chip]\nby = "uf2"\nfamily = {RP2040}\n')
    monkeypatch.setenv("WENHUO_BOARDS", str(boards))
    command = ["flash", "power", "--micropython", str(image), "--drive", str(drive), "--json"]
    assert main(command) == 0
    assert (drive / "firmware.uf2").read_bytes() == image.read_bytes()
    assert json.loads(capfd.readouterr().out)["verified"]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (uf2_file()[:-100], "no whole UF2"),
        (b"", "no whole UF2"),
        (b"\x7fELF" + bytes(508), "no UF2"),
        (uf2_file()[:-512], "cut short"),
        (uf2_file(family=0xE48BFF59), "another chip"),
    ],
)
def test_what_is_not_for_this_board_is_not_copied(image, drive, capfd, data, told):
    image.write_bytes(data)
    command = ["flash", "power", "--board", "pi4_pico", "--micropython", str(image)]
    assert main([*command, "--drive", str(drive)]) == 1
    assert told in capfd.readouterr().err
    assert not (drive / "firmware.uf2").exists()


@pytest.mark.usefixtures("bench")
def test_commonest_mistakes(image, tmp_path, capfd):
    command = ["flash", "power", "--board", "pi4_pico", "--micropython"]
    assert main([*command, str(image), "--drive", str(tmp_path)]) == 3
    assert "BOOTSEL" in capfd.readouterr().err
    assert main([*command, str(tmp_path / "none.uf2")]) == 2
    assert main(["flash", "power", "--micropython", str(image)]) == 2  # the virtual board has it
    assert main([*command, str(image), "--port", "/dev/ttyNOTHING"]) == 3


def test_a_drive_is_found_by_what_is_on_it(drive, tmp_path):
    mounts = tmp_path / "mounts"
    other = tmp_path / "my stick"
    other.mkdir()
    escaped = str(other).replace(" ", "\\040")
    mounts.write_text(f"/dev/sda1 {drive} vfat rw 0 0\n/dev/sdb1 {escaped} vfat rw 0 0\n")
    assert uf2.drives(mounts) == [drive]
    with pytest.raises(AmbiguousDeviceError):
        uf2.find_drive(None, lambda: [drive, other])
    assert uf2.find_drive(None, list) is None


def test_a_running_board_is_touched_at_1200_baud_and_its_drive_awaited(drive):
    master, slave = os.openpty()
    looks = iter([[], [], [drive]])
    assert uf2.find_drive(os.ttyname(slave), lambda: next(looks)) == drive
    assert termios.tcgetattr(slave)[4] == termios.B1200
    os.close(master)
    os.close(slave)


def test_a_drive_that_does_not_leave(tmp_path, monkeypatch):
    monkeypatch.setattr(uf2, "_GO_S", 0.1)
    (tmp_path / uf2.INFO).touch()
    with pytest.raises(FlashError, match="does not start it"):
        uf2.copy(uf2_file(), tmp_path, lambda _n: None)


def test_picotool_where_no_drive_is_mounted(image, tmp_path, monkeypatch):
    monkeypatch.setattr(uf2.shutil, "which", lambda _name: None)
    with pytest.raises(NoDeviceError, match="install picotool"):
        uf2.load_by_picotool(image)
    monkeypatch.undo()
    program = tmp_path / "picotool"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/called\nexit ${{FAILS:-0}}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    uf2.load_by_picotool(image)
    assert (tmp_path / "called").read_text() == f"load -f -v -x {image}\n"
    monkeypatch.setenv("FAILS", "1")
    with pytest.raises(FlashError, match="picotool"):
        uf2.load_by_picotool(image)


@pytest.fixture
def rom_class():
    if importlib.util.find_spec("esptool") is None:
        pytest.skip("esptool is not installed; it is an extra of wenhuo-tools")
    spec = importlib.util.spec_from_file_location("esp_rom", Path(__file__).with_name("esp_rom.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.EspRom


def test_esptool_writes_an_empty_esp32_and_verifies(rom_class, tmp_path):
    from wenhuo.boards import load_product

    image = tmp_path / "micropython.bin"
    image.write_bytes(b"\xe9" + FIRMWARE)
    with rom_class() as rom:
        product = load_product("pi5_esp32s3")
        assert empty.bring_micropython(product, rom.url, image, None, lambda _: None) == rom.url
        assert rom.erased == 1
        assert bytes(rom.flash[: len(FIRMWARE) + 1]) == image.read_bytes()


def test_esptool_refuses_another_chip(rom_class, tmp_path, capfd):
    image = tmp_path / "micropython.bin"
    image.write_bytes(b"\xe9" + FIRMWARE)
    with rom_class(chip_id=5) as rom:  # an ESP32-C3
        command = ["flash", "power", "--board", "pi5_esp32s3", "--micropython", str(image)]
        assert main([*command, "--port", rom.url]) == 1
        assert rom.erased == 0
    assert "ESP32-C3" in capfd.readouterr().err


def test_without_esptool_it_says_how_to_get_it(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr("wenhuo_tools.flash.esp32.find_spec", lambda _name: None)
    image = tmp_path / "micropython.bin"
    image.write_bytes(b"\xe9")
    command = ["flash", "power", "--board", "pi5_esp32s3", "--micropython", str(image)]
    assert main([*command, "--port", "socket://127.0.0.1:1"]) == 1
    assert "pip install" in capfd.readouterr().err

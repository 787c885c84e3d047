"""Flashing the power board: empty to confirmed, only what differs, back when it does not work."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from wenhuo.boards import load_product
from wenhuo.errors import FlashError, LinkError, NoDeviceError
from wenhuo_tools.cli.main import main
from wenhuo_tools.flash import slots
from wenhuo_tools.flash.power import flash_power
from wenhuo_tools.flash.repl import Repl

MPREMOTE = Path(sys.executable).with_name("mpremote")


def survey(bench):
    with bench.at_prompt() as mcu, Repl(mcu.console) as repl:
        return slots.Survey.of(repl)


def test_an_empty_board_then_nothing_to_do_then_the_other_slot(bench):
    product = load_product("virtual")
    first = bench.flash_new(product)
    assert (first.slot, first.verified) == ("a", True)
    assert first.files > 20
    assert survey(bench).good == "a"

    again = bench.flash_new(product)
    assert (again.bytes_written, again.files, again.slot) == (0, 0, "a")
    assert again.verified

    other = bench.calibrated(1.5)
    assert bench.flash_new(other).slot == "b"
    changed = bench.flash_new(bench.calibrated(2.5))
    assert changed.slot == "a"
    assert (
        changed.files == 2
    )  # the limits and the manifest; all else was there since the first time
    assert changed.bytes_written < first.bytes_written / 8
    assert bench.boot().limits_crc == bench.crc(bench.calibrated(2.5))


def test_the_command_prints_four_keys(bench, capfd):
    assert main(["flash", "power", "--port", "virtual", "--json"]) == 0
    printed = json.loads(capfd.readouterr().out)
    assert set(printed) == {"bytes_written", "files", "slot", "verified"}
    assert printed["verified"] is True


def test_the_official_mpremote_lists_the_same_files(bench):
    bench.flash_new(load_product("virtual"))
    seen = survey(bench)
    with bench.at_prompt() as mcu:
        listed = _mpremote(mcu.console, "fs", "ls", ":app_a")
        hashed = _mpremote(mcu.console, "fs", "sha256sum", ":app_a/loop.mpy")
    names = {line.split()[1].rstrip("/") for line in listed.splitlines()[1:]}
    assert names == {name.split("/")[0] for name in seen.slots["a"]}
    assert seen.slots["a"]["loop.mpy"] in hashed


def test_mpremote_copies_and_interrupts(bench, tmp_path):
    (tmp_path / "note.txt").write_text("from mpremote")
    with bench.at_prompt() as mcu:
        _mpremote(mcu.console, "fs", "cp", str(tmp_path / "note.txt"), ":note.txt")
        with pytest.raises(subprocess.TimeoutExpired):
            _mpremote(mcu.console, "exec", "while True: pass", timeout_s=2)
        assert "from mpremote" in _mpremote(mcu.console, "fs", "cat", ":note.txt")


def _mpremote(port: str, *arguments: str, timeout_s: float = 30) -> str:
    done = subprocess.run(
        [MPREMOTE, "connect", port, *arguments],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=True,
    )
    return done.stdout


def test_a_board_that_cooks_is_left_alone(bench, capfd):
    product = load_product("virtual")
    bench.flash_new(product)
    with bench.powered(product) as board:
        board.run(2)
        with board.connect() as client:
            client.heat(power_pct=50, lease_s=3)
            assert main(["flash", "power", "--port", "virtual", "--json"]) == 1
            told = capfd.readouterr()
            assert told.out == ""
            assert "manual" in told.err
            board.run(4)  # the lease is over
            assert client.telemetry().state == "idle"
    with bench.at_prompt() as mcu, Repl(mcu.console) as repl:
        assert "progress_a.bin" in repl.run("import os; print(os.listdir('/'))")
    assert bench.flash_new(product).bytes_written == 0  # a cook's progress is no part of a slot


def test_a_board_that_cooks_does_not_listen_to_its_console(bench, capfd):
    """Without its link it cannot be asked; it is not interrupted all the same."""
    product = load_product("virtual")
    bench.flash_new(product)
    with bench.powered(product) as board, board.connect() as client:
        board.run(2)
        client.heat(power_pct=50, lease_s=3)
        board.run(1)
        assert main(["flash", "power", "--port", board.mcu.console]) == 3
        assert "cooks does not listen" in capfd.readouterr().err
        assert client.telemetry().state == "manual"
        board.run(4)  # the lease is over
        assert client.telemetry().state == "idle"
        with Repl(board.mcu.console) as repl:
            assert slots.Survey.of(repl).running


def test_a_running_board_is_flashed_and_goes_on(bench):
    bench.flash_new(load_product("virtual"))
    product = bench.calibrated(3)
    with bench.powered(load_product("virtual")) as board:
        board.run(2)
        assert flash_power(product).slot == "b"
        board.run(15)
        with board.connect() as client:
            assert client.connect().limits_crc == bench.crc(product)
    assert survey(bench).good == "b"


@pytest.mark.parametrize(
    "main_code",
    ["import nothing_of_that_name", "import sys\nsys.exit(79)", "import limits\nlimits.CRC = 1"],
    ids=["cannot be imported", "resets itself", "fails its self-test"],
)
def test_an_application_that_does_not_work_gives_way(bench, monkeypatch, main_code):
    good = load_product("virtual")
    bench.flash_new(good)
    read_image = slots.read_image

    def spoilt(folder):
        files = read_image(folder)
        for name in [name for name in files if name.startswith("main.")]:
            del files[name]
        return files | {"main.py": f"{main_code}\nfrom loop import run\nrun()".encode()}

    monkeypatch.setattr(slots, "read_image", spoilt)
    with pytest.raises(FlashError, match="did not confirm"):
        bench.flash_new(bench.calibrated(4))
    monkeypatch.undo()
    for _ in range(3):
        bench.boot_whatever()
    assert bench.boot().limits_crc == bench.crc(good)


def test_what_is_read_back_wrong_never_runs(bench, monkeypatch):
    good = load_product("virtual")
    bench.flash_new(good)
    write = Repl.write

    def worn(self, path, data, sent):
        write(self, path, bytes([data[0] ^ 1]) + data[1:], sent)

    monkeypatch.setattr(Repl, "write", worn)
    with pytest.raises(FlashError, match="read back"):
        bench.flash_new(bench.calibrated(5))
    monkeypatch.undo()
    assert survey(bench).trial == ""
    assert bench.boot().limits_crc == bench.crc(good)


def test_identity_is_given_once_and_kept_secret(bench, capfd):
    assert main(["flash", "power", "--serial", "WH-1"]) == 0
    key_file = bench.folder / "keys" / "WH-1.key"
    key = key_file.read_bytes()
    assert len(key) == 32
    assert stat.S_IMODE(os.stat(key_file).st_mode) == 0o600
    identity = json.loads(survey(bench).identity)
    assert identity == {"serial": "WH-1", "key": key.hex()}
    told = capfd.readouterr()
    assert key.hex() not in told.out + told.err

    assert main(["flash", "power", "--serial", "WH-2"]) == 1
    assert "WH-1 already" in capfd.readouterr().err
    assert json.loads(survey(bench).identity) == identity


def test_a_product_for_another_kind_of_board(bench, capfd):
    assert main(["flash", "power", "--board", "pi4_pico", "--port", "virtual"]) == 1
    assert "of kind rp2" in capfd.readouterr().err
    assert survey(bench).runs == ""


def test_no_such_port(capfd):
    assert main(["flash", "power", "--port", "/dev/ttyNOTHING"]) == 3
    assert "wenhuo ports" in capfd.readouterr().err


def test_a_port_where_nobody_answers(monkeypatch):
    monkeypatch.setattr("wenhuo_tools.flash.repl._PROMPT_S", 0.3)
    master, slave = os.openpty()
    with pytest.raises(LinkError, match="no MicroPython prompt"):
        Repl(os.ttyname(slave))
    os.close(master)
    os.close(slave)


def test_a_port_that_cannot_be_opened_is_no_device():
    with pytest.raises(NoDeviceError):
        Repl("/dev/ttyNOTHING")


def test_a_full_board_says_so(bench):
    product = load_product("virtual")
    with bench.at_prompt() as mcu, Repl(mcu.console) as repl:
        repl.run("with open('/big','wb') as f:\n for _ in range(330):\n  f.write(bytes(4096))")
    with pytest.raises(FlashError, match="bytes free"):
        bench.flash_new(product)

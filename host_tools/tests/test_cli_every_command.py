"""Every command of the tree: help with an example, its success, its commonest mistake with the exit
code that the README promises. A command that is added and not named here fails."""

from __future__ import annotations

import ast
import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from wenhuo.memory import Memory
from wenhuo_tools.cli import reference
from wenhuo_tools.cli.main import app, main

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = {
    " ".join(context.command_path.split()[1:]): context.command
    for context in reference.walk(app, None, "wenhuo")
    if not isinstance(context.command, click.Group)
}
NOW = ("--now", "2026-11-23T18:00:00+08:00")

# A command line that must end with 0, or the test that runs one: FILE::TEST.
SUCCESS: dict[str, tuple[str, ...] | str] = {
    "plan": ("plan", "煮饭", *NOW, "--json"),
    "cook": "test_sim_lines.py::test_cook_prints_plan_and_result_as_json_and_draws",
    "say": "test_cli_household.py::test_words_are_said_to_the_daemon_and_its_answer_printed",
    "why": "test_cli_household.py::test_why_tells_what_was_believed_decided_and_seen_with_times",
    "memory clear": ("memory", "clear", "--yes", "--state-dir", "{tmp}/state"),
    "memory cooks": ("memory", "cooks", "--state-dir", "{tmp}/state", "--json"),
    "memory forget": "test_cli_household.py::test_likes_are_listed_set_and_forgotten",
    "memory list": ("memory", "list", "--state-dir", "{tmp}/state", "--json"),
    "memory set": ("memory", "set", "congee", "texture", "thick", "--state-dir", "{tmp}/state"),
    "sim": ("sim", "--jsonl", "{tmp}/scenarios.jsonl"),
    "boards check": ("boards", "check", "--json"),
    "boards list": ("boards", "list", "--json"),
    "boards show": ("boards", "show", "virtual", "--json"),
    "ports": ("ports", "--json"),
    "flash controller": "test_flash_controller.py::test_the_installer_puts_everything_in_its_place",
    "flash model": "test_flash_model.py::test_sent_verified_tried_switched_and_taken_back",
    "flash power": "test_flash_power.py::test_the_command_prints_four_keys",
    "provision": "test_provision.py::test_a_card_gets_everything",
    "calibrate": "test_calibrate.py::test_parts_that_are_off_are_found_stored_and_put_right",
    "monitor": "test_monitor.py::test_the_stream_has_readings",
    "log events": "test_monitor.py::test_events_come_between_readings",
    "log plot": "test_records.py::test_show_and_plot",
    "log pull": ("log", "pull", "--state-dir", "{tmp}/state", "--to", "{tmp}/cooks", "--json"),
    "log show": "test_records.py::test_show_and_plot",
    "record": "test_records.py::record_file",
    "replay": "test_records.py::test_the_same_model_decides_the_same_and_the_rig_cooks_the_same",
    "virtual erase": ("virtual", "erase"),
    "virtual run": "test_cli_tools.py::test_the_virtual_board_runs_and_says_its_ports",
    "twin bench": ("twin", "bench"),
    "twin plant": "test_cli_every_command.py::test_a_plant_is_served",
    "twin validate": ("twin", "validate"),
    "hil": ("hil", "-k", "misses_the_bars", "--quick", "--json", "--report", "{tmp}/hil"),
    "faults": ("faults", "bottom_stuck", "--json"),
    "bench llm": ("bench", "llm", "--rounds", "1", "--sentences", "1", "--json"),
    "doctor": ("doctor", "--json"),
    "completion": ("completion", "bash"),
}

# The commonest mistake, its exit code and a word of what is said; or the test that makes it.
MISTAKES: dict[str, tuple[tuple[str, ...], int, str] | str] = {
    "plan": (("plan",), 2, "--help"),
    "cook": (("cook",), 2, "--help"),
    "say": (("say", "煮饭", "--socket", "{tmp}/none"), 3, "start wenhuod"),
    "why": (("why", "--state-dir", "{tmp}"), 2, "--state-dir"),
    "memory clear": (("memory", "clear", "--yes", "--state-dir", "{tmp}"), 2, "--state-dir"),
    "memory cooks": (("memory", "cooks", "--state-dir", "{tmp}"), 2, "--state-dir"),
    "memory forget": (
        ("memory", "forget", "soup", "--state-dir", "{tmp}/state"),
        2,
        "see the list",
    ),
    "memory list": (("memory", "list", "--state-dir", "{tmp}"), 2, "--state-dir"),
    "memory set": (("memory", "set", "pizza", "texture", "thin"), 1, "not on the menu"),
    "sim": (("sim", "--jsonl", "{tmp}/none"), 2, "cannot read"),
    "boards check": (("boards", "check", "toaster"), 1, "known are"),
    "boards list": (("boards", "list", "virtual"), 2, "virtual"),
    "boards show": (("boards", "show", "toaster"), 1, "known are"),
    "ports": (("ports", "/dev/ttyUSB0"), 2, "ttyUSB0"),
    "flash controller": (("flash", "controller", "--board", "virtual"), 1, "aarch64"),
    "flash model": (("flash", "model"), 2, "--host"),
    "flash power": (("flash", "power", "--port", "/dev/ttyNOTHING"), 3, "ttyNOTHING"),
    "provision": (("provision", "--name", "rice"), 2, "--root"),
    "calibrate": (("calibrate", "--port", "/dev/ttyNOTHING"), 3, "ttyNOTHING"),
    "monitor": (("monitor",), 3, "wenhuo virtual run"),
    "log events": (("log", "events", "--port", "/dev/ttyNOTHING"), 3, "ttyNOTHING"),
    "log plot": (("log", "plot", "{tmp}/none.jsonl"), 2, "cannot read"),
    "log pull": (("log", "pull", "--state-dir", "{tmp}/none"), 1, "no memory"),
    "log show": (("log", "show", "{tmp}/none.jsonl"), 2, "cannot read"),
    "record": (("record",), 2, "--help"),
    "replay": (("replay", "{tmp}/none.jsonl"), 2, "cannot read"),
    "virtual erase": "test_cli_tools.py::test_a_board_that_runs_is_not_erased_nor_run_twice",
    "virtual run": "test_cli_tools.py::test_a_board_that_runs_is_not_erased_nor_run_twice",
    "twin bench": (("twin", "bench", "--fast"), 2, "--fast"),
    "twin plant": "test_cli_every_command.py::test_a_plants_port_that_is_taken",
    "twin validate": (("twin", "validate", "--fast"), 2, "--fast"),
    "hil": (("hil", "--rig", "nowhere", "--json", "--report", "{tmp}/hil"), 3, "known are: bench"),
    "faults": (("faults", "gremlins"), 2, "lists them all"),
    "bench llm": (("bench", "llm", "--peers", "{tmp}/none"), 2, "none"),
    "doctor": (("doctor", "--board", "toaster", "--json"), 1, ""),
    "completion": (("completion", "tcsh"), 2, "bash"),
}


def run(words: tuple[str, ...], folder: Path) -> int:
    try:
        return main([word.format(tmp=folder) for word in words])
    except SystemExit as done:  # the twin's programs read their own options
        return int(done.code or 0)


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("WENHUO_STATE", str(tmp_path / "own"))
    Memory.open(tmp_path / "state").close()
    request = {"id": "1", "text": "今天天气怎么样", "now": NOW[1]}
    pot = {"dish": "white_rice", "dry_g": 150, "water_g": 230}
    scenario = {"id": "1", "request": request, "pot": pot}
    (tmp_path / "scenarios.jsonl").write_text(json.dumps(scenario) + "\n", encoding="utf-8")
    return tmp_path


def test_no_command_is_forgotten():
    assert list(SUCCESS) == list(MISTAKES)
    assert set(SUCCESS) == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_its_help_has_an_example_of_itself(capsys, tmp_path, name):
    assert run((*name.split(), "--help"), tmp_path) == 0
    assert re.search(rf"Examples?:\s+.*wenhuo {name}\b", capsys.readouterr().out, re.DOTALL)


@pytest.mark.parametrize("name", [name for name, how in SUCCESS.items() if isinstance(how, tuple)])
def test_it_succeeds(capsys, folder, name):
    words = SUCCESS[name]
    assert isinstance(words, tuple)
    assert run(words, folder) == 0
    out = capsys.readouterr().out
    if "--json" in words:
        objects = [out] if out.startswith(("{\n", "[\n")) else out.splitlines()
        assert all(json.loads(text) for text in objects)


@pytest.mark.parametrize("name", [name for name, how in MISTAKES.items() if isinstance(how, tuple)])
def test_its_commonest_mistake_is_said_with_the_exit_code(capsys, folder, name):
    mistake = MISTAKES[name]
    assert isinstance(mistake, tuple)
    words, code, said = mistake
    assert run(words, folder) == code
    told = capsys.readouterr()
    assert said in told.err
    assert "Traceback" not in told.err
    assert len([line for line in told.err.splitlines() if line.startswith("wenhuo:")]) <= 1


@pytest.mark.parametrize(
    ("name", "where"),
    [(n, how) for table in (SUCCESS, MISTAKES) for n, how in table.items() if isinstance(how, str)],
)
def test_the_test_that_is_named_is_there_and_calls_the_command(name, where):
    file, _, function = where.partition("::")
    tree = ast.parse((Path(__file__).parent / file).read_text(encoding="utf-8"))
    found = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == function]
    assert found, where
    texts = {n.value for n in ast.walk(found[0]) if isinstance(n, ast.Constant)}
    assert name.split()[-1] in {
        word for text in texts if isinstance(text, str) for word in text.split()
    }


def test_a_plant_is_served(tmp_path):
    command = [str(Path(sys.executable).with_name("wenhuo")), "twin", "plant"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as plant:
        assert plant.stdout is not None
        assert plant.stdout.readline().startswith("PLANT 127.0.0.1 ")
        plant.kill()


def test_a_plants_port_that_is_taken(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["twin", "plant", "--port", str(taken.getsockname()[1])]) == 3
    assert "cannot listen" in capsys.readouterr().err


def test_no_function_of_the_command_line_is_longer_than_60_lines():
    long = []
    for path in (ROOT / "host_tools" / "wenhuo_tools").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                if node.end_lineno - node.lineno >= 60:
                    long.append(f"{path.name}: {node.name}")
    assert long == []


def test_what_a_script_may_read_is_there_as_json():
    """What has no --json prints nothing of use, prints JSON always, or is the twin's own."""
    without = {
        name
        for name, command in COMMANDS.items()
        if not any("--json" in parameter.opts for parameter in command.params)
    }
    assert without == {
        "memory clear", "memory forget", "memory set", "virtual erase", "completion",
        "twin bench", "twin plant", "twin validate", "sim",
    }  # fmt: skip


@pytest.mark.parametrize("shown", [True, False])
def test_colours_only_on_a_terminal_and_never_with_no_color(shown):
    import pexpect

    # CI says NO_COLOR for everything; what is said here must not depend on who calls.
    asked = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    if not shown:
        asked["NO_COLOR"] = "1"
    program = str(Path(sys.executable).with_name("wenhuo"))
    command = ["plan", "煮饭", *NOW]
    on_terminal = pexpect.run(f"{program} plan 煮饭 --now {NOW[1]}", env={**asked, "TERM": "xterm"})
    assert (b"\x1b[3" in on_terminal) == shown
    piped = subprocess.run([program, *command], capture_output=True, check=True)
    assert b"\x1b[" not in piped.stdout + piped.stderr


def test_from_an_empty_board_to_a_cook_within_a_minute(folder, capfd):
    """The bars: 60 s in all, each step one command; flashed again at most 2 s and 0 bytes."""
    program = str(Path(sys.executable).with_name("wenhuo"))

    def timed(*words: str) -> tuple[float, str]:
        begun = time.monotonic()
        done = subprocess.run([program, *words], capture_output=True, text=True, check=True)
        return time.monotonic() - begun, done.stdout

    flash_s, _ = timed("flash", "power", "--port", "virtual")
    cook_s, _ = timed("cook", "煮两个人的米饭", *NOW, "--flashed", "--no-plot")
    again_s, told = timed("flash", "power", "--port", "virtual", "--json")
    assert json.loads(told)["bytes_written"] == 0
    if os.getloadavg()[0] < (os.cpu_count() or 1):  # beside other work it is no measure
        assert flash_s + cook_s < 60
        assert again_s < 2

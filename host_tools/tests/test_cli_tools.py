"""What every command has: help with an example, environment variables, a page in the reference."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from wenhuo_tools.cli import reference
from wenhuo_tools.cli.main import app, main
from wenhuo_tools.doctor import Finding, examine
from wenhuo_tools.flash.repl import Repl

PATHS = [context.command_path.split()[1:] for context in reference.walk(app, None, "wenhuo")]


def test_the_reference_is_what_the_commands_say():
    written = reference.PAGE.read_text(encoding="utf-8")
    assert written == reference.page(), "run `python -m wenhuo_tools.cli.reference`"


@pytest.mark.parametrize("path", [path for path in PATHS if path[:1] != ["twin"]], ids=" ".join)
def test_every_command_has_help_with_an_example(capsys, path):
    assert main([*path, "--help"]) == 0
    assert "Example" in capsys.readouterr().out


def test_every_option_has_an_environment_variable():
    for context in reference.walk(app, None, "wenhuo"):
        for parameter in context.command.params:
            if not isinstance(parameter, click.Option) or parameter.name in ("help", "version"):
                continue
            with context.scope(cleanup=False):
                record = parameter.get_help_record(context)
            assert record is not None
            assert "env var: WENHUO_" in " ".join(record), (context.command_path, parameter.name)


def test_an_option_is_read_from_its_environment_variable(monkeypatch, capsys):
    monkeypatch.setenv("WENHUO_FLASH_POWER_PORT", "/dev/ttyNOTHING")
    assert main(["flash", "power"]) == 3
    assert "/dev/ttyNOTHING" in capsys.readouterr().err


@pytest.mark.parametrize("path", [path for path in PATHS if path[:1] != ["twin"]], ids=" ".join)
def test_an_unknown_option_is_wrong_usage(capsys, path):
    assert main([*path, "--no-such-option"]) == 2
    assert "--no-such-option" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(capsys, shell):
    assert main(["completion", shell]) == 0
    assert "_WENHUO_COMPLETE" in capsys.readouterr().out


def test_an_unknown_shell_is_wrong_usage(capsys):
    assert main(["completion", "tcsh"]) == 2
    assert "bash" in capsys.readouterr().err


def test_the_shell_is_told_the_commands():
    program = Path(sys.executable).with_name("wenhuo")
    asked = {"_WENHUO_COMPLETE": "bash_complete", "COMP_WORDS": "wenhuo fl", "COMP_CWORD": "1"}
    done = subprocess.run(
        [program], env=os.environ | asked, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "plain,flash"


def test_the_doctor_finds_everything_here():
    found = {finding.what: finding for finding in examine()}
    assert not [finding for finding in found.values() if finding.failed]
    assert "mpy-cross 1.29" in found["flashing"].told


def test_the_doctor_says_how_to_get_what_is_missing(monkeypatch):
    monkeypatch.setattr("wenhuo_tools.doctor.find_spec", lambda _name: None)
    esptool = next(finding for finding in examine() if finding.what == "esp32 flasher")
    assert not esptool.good
    assert not esptool.failed
    assert "pip install" in esptool.told


def test_what_is_not_needed_may_be_absent():
    assert Finding("x", good=False, told="", needed=True).failed
    assert not Finding("x", good=False, told="", needed=False).failed


def test_the_virtual_board_runs_and_says_its_ports(capsys, bench):
    with bench.at_prompt() as mcu, Repl(mcu.console):
        assert bench.flash.is_file()
    assert main(["virtual", "run", "--for", "0.5"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("console /dev/pts/")
    assert main(["virtual", "run", "--for", "0.2", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"console", "link"}
    assert main(["virtual", "erase"]) == 0
    assert not bench.flash.exists()


def test_a_board_that_runs_is_not_erased_nor_run_twice(capsys, bench):
    with bench.powered(bench.calibrated(0)):
        assert main(["virtual", "erase"]) == 3
        assert main(["virtual", "run", "--for", "1"]) == 3
    assert capsys.readouterr().err.count("process") == 2

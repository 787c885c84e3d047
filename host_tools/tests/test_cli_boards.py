"""The command line around commands: usage, exit codes, one-line errors, boards."""

import json

import pytest

from wenhuo_tools.cli.main import main


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_help_names_every_command_and_the_exit_codes(capsys):
    code, out, _ = run(capsys, "--help")
    assert code == 0
    for word in ("plan", "cook", "sim", "boards", "twin", "doctor", "Exit codes"):
        assert word in out


@pytest.mark.parametrize("command", ["plan", "cook", "sim", "boards", "twin", "doctor"])
def test_every_command_has_help_with_an_example(capsys, command):
    code, out, _ = run(capsys, command, "--help")
    assert code == 0
    assert "Example" in out


def test_the_twins_programs_take_their_own_options(capsys):
    with pytest.raises(SystemExit) as done:
        main(["twin", "plant", "--help"])
    assert done.value.code == 0
    assert "--free-run" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [("nonsense",), ("plan",), ("plan", "饭", "--bogus"), ("cook",), ("boards", "nix")]
)
def test_wrong_usage_is_exit_code_2_and_says_what_to_do(capsys, arguments):
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert "--help" in err


def test_a_time_that_is_none_is_a_usage_error(capsys):
    code, _, err = run(capsys, "plan", "煮饭", "--now", "breakfast")
    assert code == 2
    assert err.count("\n") == 1
    assert "2026-11-23T22:00" in err


def test_a_file_that_is_not_there_is_a_usage_error(capsys):
    code, _, err = run(capsys, "plan", "--jsonl", "no/such/file.jsonl")
    assert code == 2
    assert "no/such/file.jsonl" in err
    assert err.count("\n") == 1


def test_boards_list_has_one_json_object_per_product(capsys):
    code, out, _ = run(capsys, "boards", "list", "--json")
    assert code == 0
    products = [json.loads(line) for line in out.splitlines()]
    assert "virtual" in {product["id"] for product in products}
    assert all(product["power_board"] for product in products)


def test_boards_show_prints_limits_and_menu(capsys):
    code, out, _ = run(capsys, "boards", "show", "virtual")
    assert code == 0
    assert "congee" in out
    assert "limits" in out


def test_boards_show_as_json_is_one_object(capsys):
    code, out, _ = run(capsys, "boards", "show", "--json")
    assert code == 0
    assert "congee" in json.loads(out)["menu"]


def test_an_unknown_board_is_one_line_with_the_known_ones(capsys):
    code, _, err = run(capsys, "boards", "show", "toaster")
    assert code == 1
    assert err.count("\n") == 1
    assert "toaster" in err
    assert "virtual" in err


def test_boards_check_loads_all_that_ship(capsys):
    code, out, err = run(capsys, "boards", "check")
    assert code == 0, err
    assert "virtual: ok" in out


def test_boards_check_goes_on_after_a_wrong_one(capsys):
    code, out, err = run(capsys, "boards", "check", "toaster", "virtual")
    assert code == 1
    assert "virtual: ok" in out
    assert "toaster" in err


def test_options_come_from_the_environment_too(capsys, monkeypatch):
    monkeypatch.setenv("WENHUO_BOARDS_LIST_JSON", "1")
    code, out, _ = run(capsys, "boards", "list")
    assert code == 0
    assert out.startswith("{")

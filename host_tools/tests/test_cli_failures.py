"""Failures that a user can cause: one line on stderr, the documented exit code, no traceback."""

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from wenhuo.llm.artifact import default_folder
from wenhuo_tools.cli.main import main

NOW = ("--now", "2026-11-23T22:00:00+08:00")


@pytest.fixture
def run(capfd):
    def call(*arguments: str) -> tuple[int, list[str], list[str]]:
        code = main(arguments)
        captured = capfd.readouterr()
        errors = [line for line in captured.err.splitlines() if line.startswith("wenhuo:")]
        assert "Traceback" not in captured.err
        return code, captured.out.splitlines(), errors

    return call


@pytest.fixture
def other_model(tmp_path) -> Path:
    """A folder that looks like a model and is another one."""
    folder = tmp_path / "other"
    folder.mkdir()
    for path in default_folder().iterdir():
        (folder / path.name).symlink_to(path)
    tokenizer = folder / "tokenizer.json"
    tokenizer.unlink()
    tokenizer.write_text("{}")
    return folder


@pytest.mark.parametrize("command", [("plan", "煮饭"), ("cook", "煮饭"), ("plan", "--jsonl")])
def test_an_absent_model(run, command, tmp_path):
    code, out, errors = run(*command, "--model", str(tmp_path / "nothing"))
    assert code == 1
    assert out == []
    assert len(errors) == 1
    assert "make model" in errors[0]


def test_with_a_damaged_model_the_rules_plan_and_say_why(run, other_model):
    code, out, errors = run("plan", "煮饭", *NOW, "--json", "--model", str(other_model))
    plan = json.loads(out[0])
    assert (code, plan["source"], plan["dish"]) == (0, "fallback", "white_rice")
    assert "语言模型没有回应" in plan["reply"]
    assert len(errors) == 1
    assert str(other_model) in errors[0]
    assert "damaged or changed" in errors[0]
    assert "the rules stood in" in errors[0]


def test_a_model_folder_with_rubbish(run, tmp_path):
    (tmp_path / "manifest.json").write_text("not json")
    code, _, errors = run("plan", "煮饭", "--model", str(tmp_path))
    assert code == 1
    assert len(errors) == 1


@pytest.mark.parametrize("command", [("plan", "煮饭"), ("cook", "煮饭"), ("sim",), ("doctor",)])
def test_an_unknown_board(run, command):
    code, _, errors = run(*command, "--board", "toaster")
    assert code == 1
    if command != ("doctor",):
        assert len(errors) == 1
        assert "known are" in errors[0]


def test_a_state_that_is_no_json(run):
    code, _, errors = run("plan", "煮饭", "--state", "{cooking")
    assert code == 2
    assert len(errors) == 1


def test_a_state_that_the_contract_does_not_know(run):
    code, _, errors = run("plan", "煮饭", "--state", '{"mode": "flying"}')
    assert code == 1
    assert "request.schema.json" in errors[0]


def test_no_plant_where_one_was_named(run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    code, out, errors = run("cook", "煮饭", *NOW, "--plant", f"127.0.0.1:{port}")
    assert (code, out) == (3, [])
    assert len(errors) == 1
    assert "wenhuo_tools.twin.plant" in errors[0]


def test_a_plant_that_speaks_something_else(run):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        port = server.getsockname()[1]

        def greet():
            client, _ = server.accept()
            client.recv(100)
            client.sendall(b"SSH-2.0-nonsense\n")
            client.close()

        thread = threading.Thread(target=greet)
        thread.start()
        code, _, errors = run("cook", "煮饭", *NOW, "--plant", f"127.0.0.1:{port}")
        thread.join()
    assert code == 3
    assert len(errors) == 1


def test_malformed_plan_lines_do_not_stop_the_rest(run, tmp_path):
    good = {"id": "a", "text": "煮两个人的米饭", "now": "2026-11-23T22:00:00+08:00"}
    lines = [
        json.dumps(good),
        "{broken",
        '{"id": "c", "text": "饭"}',
        json.dumps({**good, "id": "d", "now": "breakfast"}),
        json.dumps({**good, "id": "e", "board": "toaster"}),
        json.dumps({**good, "id": "f"}),
    ]
    file = tmp_path / "requests.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    code, out, _ = run("plan", "--jsonl", str(file))
    answers = [json.loads(line) for line in out]
    assert code == 1
    assert [answer["id"] for answer in answers] == ["a", None, "c", "d", "e", "f"]
    assert ["error" in answer for answer in answers] == [False, True, True, True, True, False]
    assert answers[0]["schedule"] == answers[-1]["schedule"]


def test_malformed_scenarios_do_not_stop_the_rest(run, tmp_path):
    file = tmp_path / "scenarios.jsonl"
    file.write_text('{"id": "a"}\n[]\n{"id": "b", "request": {}, "pot": {}}\n', encoding="utf-8")
    code, out, _ = run("sim", "--jsonl", str(file))
    assert code == 1
    assert [json.loads(line)["id"] for line in out] == ["a", None, "b"]
    assert all("error" in json.loads(line) for line in out)


def test_the_command_itself_has_no_traceback_and_the_exit_code(tmp_path):
    program = Path(sys.executable).parent / "wenhuo"
    done = subprocess.run(
        [program, "plan", "煮饭", "--model", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1

"""Records out of a controller: from its folder, a card, over SSH; shown, drawn, replayed."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from pathlib import Path

import pytest

from wenhuo.executive.records import BoardState, Happening, Note, Sample
from wenhuo.memory import Memory
from wenhuo.memory.calls import Call
from wenhuo.schedule import Phase, PhaseKind, Until
from wenhuo_tools.cli.main import main
from wenhuo_tools.report.record_file import read_record, write_record

ORDERED = datetime(2026, 11, 23, 18, 0).astimezone()
SCHEDULE = (Phase(PhaseKind.HEAT, 96.0, 100, 900, Until.BOIL), Phase(PhaseKind.REST, None, 0, 300))
WORDS = "white rice for two"


def order(memory: Memory, number: int, *, ended: bool = True) -> None:
    """A cook whose first call was no plan, with readings and a lid opened."""
    from wenhuo.agent.planner import Planner

    at = ORDERED.timestamp() + number * 86400
    request = {
        "id": "1", "text": WORDS, "now": datetime.fromtimestamp(at).astimezone().isoformat(),
        "state": {"mode": "idle"}, "sensors": {},
    }  # fmt: skip
    planner = Planner.load()
    understood, plan = planner.understand(request), planner.plan(request)
    planner.close()
    cook = memory.cooks.order(
        speaker="Ann", intent=["<|cook|>"], plan=plan, schedule=SCHEDULE, phase_s=(900, 300),
        about={"dish": "white_rice", "lang": "en"}, at=at,
    )  # fmt: skip
    memory.cooks.begun(cook.id, at)
    memory.calls.add(Call(at, "Ann", "hm", "ask", {}, "For how many?", cook=cook.id))
    memory.calls.add(
        Call(at + 1, "Ann", WORDS, "cook", {}, plan["reply"], requests=[request],
             lines=[list(understood.line)], plan=plan, envelope="passed", board="ok", cook=cook.id)
    )  # fmt: skip
    samples = [
        Sample(float(t), BoardState.COOKING, 0, PhaseKind.HEAT, float(t), 20.0 + t / 10, 22.0,
               96.0, 100.0, 220.0)
        for t in range(0, 800, 40)
    ]  # fmt: skip
    memory.cooks.seen(
        cook.id, samples, [Note(500.0, Happening.LID_OPENED)], served_s=1250.0, events_told=3
    )
    if ended:
        memory.cooks.end(cook.id, "done", at + 1300)


@pytest.fixture(scope="module")
def state(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("state")
    with Memory.open(folder) as memory:
        order(memory, 0)
        order(memory, 1, ended=False)
    return folder


@pytest.fixture
def card(state, tmp_path) -> Path:
    """A card whose daemon lay elsewhere than by default, and was cut off in the middle."""
    root = tmp_path / "card"
    (root / "etc/wenhuo").mkdir(parents=True)
    (root / "etc/wenhuo/wenhuod.toml").write_text('state_dir = "/srv/rice"\n')
    there = root / "srv/rice"
    with Memory.open(there) as memory:
        order(memory, 0)
        for name in ("memory.db", "memory.db-wal"):
            (tmp_path / name).write_bytes((there / name).read_bytes())
    for name in ("memory.db", "memory.db-wal"):
        (tmp_path / name).rename(there / name)
    assert b"white rice" not in (there / "memory.db").read_bytes()  # still in the log
    return root


@pytest.fixture
def ssh(state, tmp_path) -> str:
    """`ssh` to a controller that is this machine, its sudo and its Python ours."""
    config = tmp_path / "wenhuod.toml"
    config.write_text(f'state_dir = "{state}"\n')
    program = tmp_path / "ssh"
    python = f"PYTHONPATH={os.pathsep.join(path for path in sys.path if path)} {sys.executable}"
    program.write_text(
        f"""#!/bin/sh
case "$2" in
"sudo -n /opt/wenhuo/bin/wenhuo-python -m wenhuo.daemon.give_memory")
    {python} -m wenhuo.daemon.give_memory --config {config} ;;
*) exit 1 ;;
esac
"""
    )
    program.chmod(0o755)
    return str(program)


def pull(capsys, to: Path, *where: str) -> list[Path]:
    assert main(["log", "pull", *where, "--to", str(to), "--json"]) == 0
    return [Path(json.loads(line)["record"]) for line in capsys.readouterr().out.splitlines()]


def test_from_a_folder_while_its_daemon_writes(state, tmp_path, capsys):
    with Memory.open(state) as writing, writing.transaction():
        files = pull(capsys, tmp_path, "--state-dir", str(state))
    assert [path.name for path in files] == ["0001-white_rice.jsonl", "0002-white_rice.jsonl"]
    record = read_record(files[0])
    assert (record.plan["dish"], record.result["outcome"]) == ("white_rice", "done")
    assert [decision.request["text"] for decision in record.decisions] == ["hm", WORDS]
    assert len(record.log.samples) == 20
    assert write_record(record, tmp_path / "again").read_bytes() == files[0].read_bytes()


def test_from_a_card_with_what_is_only_in_the_log(card, tmp_path, capsys):
    (path,) = pull(capsys, tmp_path / "out", "--root", str(card))
    assert read_record(path).decisions[1].request["text"] == WORDS


def test_over_ssh(ssh, tmp_path, capsys):
    files = pull(capsys, tmp_path / "out", "--host", "pi@rice", "--ssh", ssh, "--cook", "2")
    assert [path.name for path in files] == ["0002-white_rice.jsonl"]
    assert read_record(files[0]).result["outcome"] == "on"


def test_shown_as_tables_and_drawn(state, tmp_path, capsys):
    first, _ = pull(capsys, tmp_path / "cooks", "--state-dir", str(state))
    assert main(["log", "show", str(tmp_path / "cooks")]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert [row.split()[0] for row in rows] == ["cook", "1", "2"]
    assert "2026-11-23 18:00" in rows[1]
    assert "18:20" in rows[1]
    assert main(["log", "show", str(first)]) == 0
    out = capsys.readouterr().out
    assert "18:00:01  white rice for two → " in out
    assert "18:08:20  lid opened" in out
    assert "96 °C" in out  # the warmest bottom of the phase
    assert main(["log", "show", str(first), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["result"]["outcome"] == "done"
    for name in ("cook.png", "cook.html"):
        assert main(["log", "plot", str(first), "--to", str(tmp_path / name)]) == 0
        assert (tmp_path / name).stat().st_size > 10_000


def test_a_dialogues_decisions_are_asked_again(state, tmp_path, capsys):
    first, _ = pull(capsys, tmp_path / "cooks", "--state-dir", str(state))
    capsys.readouterr()
    assert main(["replay", str(first)]) == 0
    assert capsys.readouterr().out.splitlines() == [f"       1 s  {WORDS}: same"]
    assert main(["replay", str(first), "--cook"]) == 1
    assert "household's pot" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("where", "code", "said"),
    [
        (("--state-dir", "{tmp}/none"), 1, "no memory in"),
        (("--root", "{tmp}"), 1, "no etc/"),
        (("--root", "{tmp}", "--host", "pi"), 2, "one place"),
        (("--host", "pi", "--ssh", "false"), 1, "pi"),
        (("--host", "pi", "--ssh", "echo"), 1, "sent no memory"),
        (("--state-dir", "{state}", "--cook", "9"), 1, "no cook 9"),
        (("--state-dir", "{state}", "--to", "/proc/no"), 2, "cannot write"),
    ],
)
def test_what_cannot_be_is_one_line(state, tmp_path, capsys, *, where, code, said):
    words = [word.format(tmp=tmp_path, state=state) for word in where]
    assert main(["log", "pull", "--to", str(tmp_path / "out"), *words]) == code
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_a_card_that_never_cooked_and_a_folder_without_records(tmp_path, capsys):
    (tmp_path / "etc").mkdir()
    assert main(["log", "pull", "--root", str(tmp_path)]) == 1
    assert "has it cooked" in capsys.readouterr().err
    assert main(["log", "show", str(tmp_path)]) == 2
    assert "log pull" in capsys.readouterr().err

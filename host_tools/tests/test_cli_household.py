"""The commands about the household: its memory, the daemon's socket, why a cook went as it did."""

from __future__ import annotations

import json
import socketserver
import threading
from datetime import datetime

import pytest

from wenhuo.executive.records import BoardState, Happening, Note, Sample
from wenhuo.memory import Memory
from wenhuo.memory.calls import Call
from wenhuo.memory.likes import Like
from wenhuo.schedule import Phase, PhaseKind, Until
from wenhuo_tools.cli.main import main

ORDERED = datetime(2026, 11, 23, 18, 0).astimezone()
SCHEDULE = (Phase(PhaseKind.HEAT, 96.0, 100, 900, Until.BOIL), Phase(PhaseKind.REST, None, 0, 300))
PLAN = {
    "id": "1", "action": "cook", "dish": "white_rice", "servings": 2, "dry_g": None,
    "texture": None, "ready_at": None, "start_at": None, "keep_warm_min": None, "adjust": None,
    "target_c": None, "topic": None, "reason": None, "reply": "All right.", "lang": "en",
    "source": "model", "late_s": None, "schedule": [phase.as_json() for phase in SCHEDULE],
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    """A household that has cooked once and changed its mind in the middle."""
    at = ORDERED.timestamp()
    with Memory.open(tmp_path) as memory:
        memory.likes.put(Like("congee", "texture", "thick"), at)
        about = {"dish": "white_rice", "lang": "en", "expected_at": "2026-11-23T18:20:00+08:00"}
        cook = memory.cooks.order(
            speaker="Ann", intent=["<|cook|>"], plan=PLAN, schedule=SCHEDULE, phase_s=(900, 300),
            about=about, at=at,
        )  # fmt: skip
        memory.cooks.begun(cook.id, at)
        believed = {"dry_g": 150, "texture": "normal", "tb_c": 97, "mains_pct": 90, "start_c": 20}
        memory.calls.add(
            Call(at, "Ann", "rice for two", "cook", {"believed": believed}, "All right.",
                 plan=PLAN, envelope="phase 1 too hot", board="ok", cook=cook.id)
        )  # fmt: skip
        memory.calls.add(Call(at + 300, "", "pause", "pause", {}, "Paused.", board="ok", cook=1))
        samples = [
            Sample(float(t), BoardState.COOKING, 0, PhaseKind.HEAT, float(t), 20.0 + t / 10, 22.0,
                   96.0, 100.0, 220.0)
            for t in range(0, 800, 40)
        ]  # fmt: skip
        notes = [Note(500.0, Happening.LID_OPENED), Note(700.0, Happening.PHASE_ENDED, "boil")]
        memory.cooks.seen(cook.id, samples, notes, served_s=1250.0, events_told=3)
        memory.cooks.end(cook.id, "done", at + 1300)
        memory.cooks.judge(cook.id, "softer")
    return tmp_path


def run(folder, capsys, *words: str) -> tuple[int, str, str]:
    code = main([*words, "--state-dir", str(folder)])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_likes_are_listed_set_and_forgotten(folder, capsys):
    code, out, _ = run(folder, capsys, "memory", "list", "--json")
    assert code == 0
    assert json.loads(out)["value"] == "thick"
    assert run(folder, capsys, "memory", "set", "white_rice", "servings", "4")[0] == 0
    assert "white_rice" in run(folder, capsys, "memory", "list")[1]
    assert run(folder, capsys, "memory", "forget", "congee")[0] == 0
    assert "congee" not in run(folder, capsys, "memory", "list")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set", "congee", "texture", "wet"), "write thin"),
        (("set", "pizza", "texture", "thin"), "not on the menu"),
        (("forget", "soup"), "nothing is remembered"),
    ],
)
def test_what_cannot_be_is_one_line(folder, capsys, words, said):
    code, _, err = run(folder, capsys, "memory", *words)
    assert code in (1, 2)
    assert said in err
    assert err.count("\n") == 1


def test_everything_is_erased_but_not_under_a_running_cook(folder, capsys):
    assert run(folder, capsys, "memory", "clear", "--yes")[0] == 0
    assert run(folder, capsys, "memory", "cooks")[1] == ""
    assert b"rice for two" not in (folder / "memory.db").read_bytes()
    with Memory.open(folder) as memory:
        memory.cooks.order(
            speaker="", intent=[], plan={}, schedule=SCHEDULE, phase_s=(), about={}, at=0.0
        )
    code, _, err = run(folder, capsys, "memory", "clear", "--yes")
    assert (code, "a cook is on" in err) == (2, True)


def test_no_memory_is_one_line(tmp_path, capsys):
    code, _, err = run(tmp_path, capsys, "memory", "list")
    assert (code, "--state-dir" in err) == (2, True)


def test_why_tells_what_was_believed_decided_and_seen_with_times(folder, capsys):
    code, out, _ = run(folder, capsys, "why")
    assert code == 0
    for words in (
        "18:00:00  Ann: rice for two → All right.",
        "believed: 150 g, normal, water boils at 97 °C, mains 90 %, 20 °C in the pot",
        "the envelope refused the model's: phase 1 too hot",
        "18:05:00  somebody: pause → Paused.",
        "18:08:20  the lid was opened",
        "18:20:50  ready",
        "how it was: softer",
    ):
        assert words in out
    assert out.index("rice for two") < out.index("pause") < out.index("lid") < out.index("ready;")


@pytest.mark.parametrize("name", ["why.png", "why.html"])
def test_why_draws_it(folder, capsys, tmp_path, name):
    target = tmp_path / name
    code, out, _ = run(folder, capsys, "why", "--plot", str(target))
    assert (code, str(target) in out) == (0, True)
    assert target.stat().st_size > 10_000


def test_why_of_a_cook_that_there_is_not(folder, capsys):
    code, _, err = run(folder, capsys, "why", "--cook", "77")
    assert (code, "no cook 77" in err) == (1, True)


def test_words_are_said_to_the_daemon_and_its_answer_printed(tmp_path, capsys):
    heard = []

    class Daemon(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            heard.append(json.loads(self.rfile.readline()))
            self.wfile.write(json.dumps({"reply": "好的。", "tool": "cook"}).encode() + b"\n")

    path = tmp_path / "s.sock"
    with socketserver.UnixStreamServer(str(path), Daemon) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        code = main(["say", "煮饭", "--speaker", "Ann", "--socket", str(path)])
        thread.join()
    assert (code, capsys.readouterr().out) == (0, "好的。\n")
    assert (heard[0]["say"], heard[0]["speaker"]) == ("煮饭", "Ann")
    assert heard[0]["id"]


def test_no_daemon_is_exit_code_3(tmp_path, capsys):
    assert main(["say", "煮饭", "--socket", str(tmp_path / "none")]) == 3
    assert "start wenhuod" in capsys.readouterr().err

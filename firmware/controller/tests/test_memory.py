"""The household's memory: what it keeps, what it offers to keep, and what no crash may cost."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wenhuo.errors import MemoryFileError, UsageError
from wenhuo.memory import Memory
from wenhuo.memory.calls import Call
from wenhuo.memory.likes import ASKED, CORRECTED, Like, Source, read_value
from wenhuo.schedule import Phase, PhaseKind, Until

SCHEDULE = (Phase(PhaseKind.HEAT, 96.0, 100, 900, Until.BOIL), Phase(PhaseKind.REST, None, 0, 300))


@pytest.fixture
def memory(tmp_path):
    with Memory.open(tmp_path) as opened:
        yield opened


def order(memory: Memory, dish: str = "congee", at: float = 1000.0):
    return memory.cooks.order(
        speaker="", intent=["<|cook|>"], plan={"dish": dish}, schedule=SCHEDULE, phase_s=(900, 300),
        about={"dish": dish}, at=at,
    )  # fmt: skip


def test_likes_are_kept_over_a_restart_and_erased_on_demand(tmp_path):
    with Memory.open(tmp_path) as memory:
        memory.likes.put(Like("congee", "texture", "thick"), 1.0)
        memory.likes.put(Like("congee", "servings", 4), 1.0)
        memory.likes.put(Like("white_rice", "ready", "18:30"), 1.0)
    with Memory.open(tmp_path) as memory:
        assert memory.likes.of("congee") == {"texture": "thick", "servings": 4}
        assert memory.likes.forget("congee", "servings") == 1
        assert memory.likes.of("congee") == {"texture": "thick"}
        assert memory.likes.forget() == 2
        assert memory.likes.all() == []


@pytest.mark.parametrize(
    ("key", "text"), [("texture", "wet"), ("servings", "0"), ("ready", "25:00"), ("colour", "red")]
)
def test_what_cannot_be_liked_is_refused_in_one_line(key, text):
    with pytest.raises(UsageError) as caught:
        read_value(key, text)
    assert "\n" not in str(caught.value)


def test_two_corrections_on_two_cooks_are_offered_to_be_remembered(memory):
    first, second = order(memory), order(memory)
    memory.likes.wish(first.id, "congee", {"texture": "thick"}, CORRECTED)
    assert memory.likes.offered("congee", first.id) is None
    memory.likes.wish(first.id, "congee", {"texture": "thick"}, CORRECTED)  # the same pot
    assert memory.likes.offered("congee", first.id) is None
    memory.likes.wish(second.id, "congee", {"texture": "thick"}, CORRECTED)
    offered = memory.likes.offered("congee", second.id)
    assert offered == Like("congee", "texture", "thick", Source.LEARNED)
    memory.likes.decline(offered)
    assert memory.likes.offered("congee", second.id) is None


def test_what_is_liked_already_is_not_offered(memory):
    memory.likes.put(Like("congee", "servings", 4), 1.0)
    for _ in range(4):
        memory.likes.wish(order(memory).id, "congee", {"servings": 4}, ASKED)
    assert memory.likes.offered("congee", 4) is None


def test_the_usual_dish_is_the_one_cooked_most_often(memory):
    for dish in ("congee", "white_rice", "congee", "soup"):
        memory.cooks.seen(order(memory, dish).id, [], [], served_s=60.0, events_told=1)
    order(memory, "soup")  # never became ready
    assert memory.cooks.usual_dish() == "congee"


def test_a_message_leads_to_one_call_however_often_it_comes(memory):
    call = Call(1.0, "", "煮饭", "cook", {"dish": "white_rice"}, "好的", message="m1")
    assert memory.calls.add(call) == memory.calls.add(call)
    assert memory.calls.count() == 1
    kept = memory.calls.by_message("m1")
    assert kept is not None
    assert (kept.words, kept.arguments) == ("煮饭", {"dish": "white_rice"})


def test_a_transaction_that_fails_leaves_nothing(memory):
    def halfway() -> None:
        with memory.transaction():
            memory.likes.put(Like("congee", "texture", "thick"), 1.0)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        halfway()
    assert memory.likes.all() == []


def test_another_programs_database_is_not_touched(tmp_path):
    path = tmp_path / "memory.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (a)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(MemoryFileError, match="another program"):
        Memory.open(tmp_path)
    assert path.read_bytes()[100:] == before[100:]


def test_a_later_version_and_rubbish_are_refused_with_the_remedy(tmp_path):
    Memory.open(tmp_path).close()
    with sqlite3.connect(tmp_path / "memory.db") as ours:
        ours.execute("PRAGMA user_version = 99")
    ours.close()
    with pytest.raises(MemoryFileError, match="version 99"):
        Memory.open(tmp_path)
    rubbish = tmp_path / "rubbish"
    rubbish.mkdir()
    (rubbish / "memory.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(MemoryFileError, match="move the file away"):
        Memory.open(rubbish)


WRITER = """
import sys
from pathlib import Path
from wenhuo.memory import Memory
from wenhuo.memory.calls import Call
from wenhuo.memory.likes import Like
memory = Memory.open(Path(sys.argv[1]))
n = memory.calls.count()
while True:
    with memory.transaction():
        memory.calls.add(Call(float(n), "", "x" * 3000, "remember", {"n": n}, "", message=f"m{n}"))
        memory.likes.put(Like("congee", "n", n), float(n))
    n += 1
    print(n, flush=True)
"""


def consistent(folder: Path) -> int:
    """How many calls there are; the like written in the same transaction must agree."""
    with Memory.open(folder) as memory:
        assert memory._db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        count = memory.calls.count()
        likes = memory.likes.of("congee")
        assert likes == ({"n": count - 1} if count else {})
        return count


def test_kill_9_at_any_moment_loses_nothing_acknowledged_and_halves_nothing(tmp_path):
    random.seed(7)
    acknowledged = 0
    for _ in range(8):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        for _ in range(random.randrange(1, 12)):
            acknowledged = int(writer.stdout.readline())
        time.sleep(random.random() * 0.01)
        os.kill(writer.pid, signal.SIGKILL)
        rest = writer.stdout.read().split()
        writer.wait()
        writer.stdout.close()
        acknowledged = int(rest[-1]) if rest else acknowledged
        count = consistent(tmp_path)
        assert acknowledged <= count <= acknowledged + 1
        acknowledged = count


def test_a_torn_write_costs_the_torn_transaction_and_nothing_before_it(tmp_path):
    """A power cut leaves any prefix of the log, its last page full of anything."""
    random.seed(3)
    origin = tmp_path / "origin"
    memory = Memory.open(origin)
    marks = []
    for n in range(12):
        with memory.transaction():
            memory.calls.add(Call(float(n), "", "x" * 3000, "t", {}, "", message=f"m{n}"))
            memory.likes.put(Like("congee", "n", n), float(n))
        marks.append((origin / "memory.db-wal").stat().st_size)
    main, log = (origin / "memory.db").read_bytes(), (origin / "memory.db-wal").read_bytes()
    memory.close()
    for trial in range(40):
        cut = random.randrange(len(log))
        torn = log[:cut] + random.randbytes(random.randrange(5000))
        folder = tmp_path / f"torn{trial}"
        folder.mkdir()
        (folder / "memory.db").write_bytes(main)
        (folder / "memory.db-wal").write_bytes(torn)
        assert consistent(folder) == sum(mark <= cut for mark in marks)

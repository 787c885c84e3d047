"""The model's process is killed, stopped, starved and fed rubbish; plans go on coming."""

import os
import shutil
import signal
import threading
import time
from pathlib import Path

import pytest

from wenhuo import contracts
from wenhuo.agent import Planner
from wenhuo.boards import load_product
from wenhuo.conditions import Conditions
from wenhuo.errors import LanguageError, ModelError
from wenhuo.intent import Texture
from wenhuo.language.answer import PHASES, PLAN, condition_tokens
from wenhuo.language.prompt import prompt
from wenhuo.llm.engine import Engine
from wenhuo.llm.guard import FIRST_PAUSE_S, Guard, Limits

LIMITS = Limits(threads=1, memory_mb=256, line_s=30, load_s=60)
NOW = "2026-11-23T22:00:00+08:00"
CONGEE = condition_tokens(Conditions("congee", Texture.THICK, 200))
RUNNING = {"mode": "cooking", "dish": "congee"}


def request(text: str, **more: object) -> dict[str, object]:
    return {"id": "1", "text": text, "now": NOW, **more}


@pytest.fixture
def folder(tiny_artifacts, tmp_path) -> Path:
    return Path(shutil.copytree(tiny_artifacts["int8"], tmp_path / "model"))


@pytest.fixture
def guarded(folder, dishes):
    """Guards over the folder; what was started is ended."""
    started: list[Guard] = []

    def make(**limits: float) -> Guard:
        changed = {name: getattr(LIMITS, name) for name in LIMITS.__slots__} | limits
        started.append(Guard(folder, dishes, Limits(**changed)))
        return started[-1]

    yield make
    for guard in started:
        guard.close()


def words_that_plan(engine: Engine) -> str:
    """Words that the random model answers with a plan, so that the host interjects."""
    return next(
        line
        for number in range(200)
        if PLAN in engine.generate(line := prompt(f"煮饭 {number}")).tokens
    )


def test_a_guest_answers_as_the_engine_does(guarded, folder):
    guard, engine = guarded(), Engine.load(folder, threads=1)
    for words in (prompt("帮我煮粥"), words_that_plan(engine)):
        here = engine.generate(words, lambda _: CONGEE)
        there = guard.generate(words, lambda _: CONGEE)
        assert there.tokens == here.tokens
        assert (there.generated, there.forced) == (here.generated, here.forced)


def test_a_guest_says_what_it_runs_on(guarded):
    about = guarded().about()
    assert about.library.startswith("ai-edge-litert 2")
    assert about.load_s > 0


def test_conditions_outside_the_language_end_neither_guest_nor_guard(guarded, folder):
    guard = guarded()
    words = words_that_plan(Engine.load(folder, threads=1))
    with pytest.raises(LanguageError, match="not allowed"):
        guard.generate(words, lambda _: [PHASES])
    pid = guard.pid
    assert guard.generate(words, lambda _: CONGEE).tokens[-1] == "<|end|>"
    assert guard.pid == pid


@pytest.mark.parametrize("how", ["between", "in mid-line"])
def test_a_killed_guest_is_a_model_error_and_then_started_again(guarded, folder, how):
    guard = guarded()
    words = words_that_plan(Engine.load(folder, threads=1))
    guard.generate(words, lambda _: CONGEE)

    def die(_: list[str]) -> list[str]:
        os.kill(guard.pid, signal.SIGKILL)
        return CONGEE

    if how == "between":
        die([])
    with pytest.raises(ModelError, match="failed"):
        guard.generate(words, die if how == "in mid-line" else None)
    with pytest.raises(ModelError, match="started again in"):
        guard.generate(words)
    time.sleep(FIRST_PAUSE_S)
    assert guard.generate(words, lambda _: CONGEE).tokens[-1] == "<|end|>"


def test_the_pause_doubles_with_every_failure_in_a_row(guarded):
    guard = guarded(memory_mb=20)
    pauses = []
    for _ in range(3):
        with pytest.raises(ModelError, match="failed"):
            guard.generate(prompt("煮饭"))
        with pytest.raises(ModelError, match="started again in") as caught:
            guard.generate(prompt("煮饭"))
        pauses.append(float(str(caught.value).rsplit(" ", 2)[1]))
        time.sleep(pauses[-1] + 0.05)
    assert pauses == pytest.approx([FIRST_PAUSE_S * 2**n for n in range(3)], rel=0.3)


def test_a_guest_that_hangs_is_ended_at_the_deadline(guarded):
    guard = guarded(line_s=0.4)
    guard.about()
    pid = guard.pid
    os.kill(pid, signal.SIGSTOP)
    begun = time.monotonic()
    with pytest.raises(ModelError, match="did not answer in time"):
        guard.generate(prompt("煮饭"))
    assert 0.4 <= time.monotonic() - begun <= 2
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_host_that_fails_in_mid_line_leaves_no_half_line_behind(guarded, folder):
    guard = guarded()
    words = words_that_plan(Engine.load(folder, threads=1))

    def fail(_: list[str]) -> list[str]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        guard.generate(words, fail)
    assert guard.generate(words, lambda _: CONGEE).tokens[-1] == "<|end|>"


def test_a_guest_leaves_with_its_host(guarded):
    guard = guarded()
    guard.about()
    guest = guard._guest.process
    guard._guest.channel.close()  # as the system does for a host that was killed
    assert guest.wait(10) == 0


@pytest.fixture
def planner(guarded):
    return lambda **limits: Planner(load_product(), guarded(**limits))


def check_fallback(plan: dict[str, object]) -> None:
    contracts.check("plan", plan)
    assert plan["source"] == "fallback"
    assert "语言模型没有回应" in plan["reply"] or "model did not answer" in plan["reply"]


def test_a_damaged_file_does_not_stop_a_cook(planner, folder):
    model = folder / "model.tflite"
    data = bytearray(model.read_bytes())
    data[len(data) // 2] ^= 1
    model.write_bytes(data)
    plan = planner().plan(request("帮我煮四个人的白粥，早上七点吃"))
    check_fallback(plan)
    assert (plan["action"], plan["dish"], plan["servings"]) == ("cook", "congee", 4)
    assert plan["ready_at"] == "2026-11-24T07:00:00+08:00"
    assert [phase["phase"] for phase in plan["schedule"]][:2] == ["wait", "heat"]


def test_a_guest_without_memory_does_not_stop_a_cook(planner):
    plan = planner(memory_mb=40).plan(request("cook brown rice for two people"))
    check_fallback(plan)
    assert (plan["action"], plan["dish"], plan["servings"]) == ("cook", "brown_rice", 2)
    assert plan["schedule"]


def test_a_guest_killed_in_mid_line_keeps_what_was_understood(planner, monkeypatch):
    made = planner()
    asked = (request(f"{number}", state=RUNNING) for number in range(500))
    said, healthy = next((r, p) for r in asked if (p := made.plan(r))["schedule"])

    def die(conditions: Conditions) -> list[str]:
        os.kill(made.model.pid, signal.SIGKILL)
        return condition_tokens(conditions)

    monkeypatch.setattr("wenhuo.agent.turn.condition_tokens", die)
    plan = made.plan(said)
    check_fallback(plan)
    assert plan["schedule"]
    assert (plan["action"], plan["dish"]) == (healthy["action"], healthy["dish"])


@pytest.mark.parametrize(
    ("text", "action"),
    [("停！", "cancel"), ("Stop!", "cancel"), ("pause", "pause"), ("还要多久？", "status")],
)
def test_stop_is_heard_while_the_model_is_busy(planner, text, action):
    made = planner(line_s=3)
    made.model.about()
    made.plan(request(text, state=RUNNING))  # tables are read once
    os.kill(made.model.pid, signal.SIGSTOP)
    busy = threading.Thread(target=made.plan, args=[request("煮个粥吧，随便")])
    busy.start()
    time.sleep(0.3)
    begun = time.perf_counter()
    plan = made.plan(request(text, state=RUNNING))
    took_s = time.perf_counter() - begun
    assert busy.is_alive()
    busy.join()
    assert (plan["action"], plan["source"]) == (action, "model")
    assert plan["tokens"]["prompt"] == 0
    assert took_s <= 0.010


def test_a_schedule_alone_is_the_engines_own(guarded, folder, dishes):
    guard = guarded()
    alone = guard.schedule(CONGEE).tokens
    assert alone == Engine.load(folder, dishes, threads=1).schedule(CONGEE).tokens
    with pytest.raises(LanguageError):
        guard.schedule([PHASES])
    assert guard.schedule(CONGEE).tokens == alone

"""The daemon's watch: disturbed cooks on the twin's fast board, the shipped model behind its guard,
in simulated time."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from daemon_bench import (
    NOW,
    PRODUCT,
    Daemon,
    cook_of,
    cooked,
    filled,
    replaced,
    replans,
)

from wenhuo.agent.planner import Planner
from wenhuo.conditions import LOAD_STEP_G, nearest_step, read_conditions
from wenhuo.errors import ModelError
from wenhuo.memory import Memory
from wenhuo.memory.likes import Like
from wenhuo.planning import envelope
from wenhuo.schedule import read_schedule
from wenhuo_tools.report.why import why_lines


@pytest.fixture(scope="module")
def planner():
    made = Planner.load()
    made.about()
    yield made
    made.close()


@pytest.fixture
def memory(tmp_path):
    with Memory.open(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(
    ("words", "dish", "dry_g"),
    [("煮两个人的白粥", "congee", 100), ("soup for two", "soup", 300)],
)
def test_a_cook_that_goes_as_planned_is_left_alone(memory, planner, words, dish, dry_g):
    daemon = cooked(memory, filled(dish, dry_g), planner, words)
    assert replans(memory) == []
    assert daemon.told() == []


def test_water_that_the_household_likes_so_is_not_taken_for_poured_wrong(memory, planner):
    memory.likes.put(Like("white_rice", "water_pct", 110), NOW.timestamp())
    cooked(memory, filled("white_rice", 300, 1.1), planner, "煮四个人的白饭")
    assert [c for c in replans(memory) if "water" in c.arguments["why"]] == []


@dataclass
class Disturbed:
    """A cook to which something happens, and what is to be said of it."""

    words: str
    dish: str
    dry_g: float
    kind: str
    said: str
    water: float = 1.0
    events: tuple[dict[str, object], ...] = ()


DISTURBED = {
    "more water": Disturbed(
        "煮四个人的白饭", "white_rice", 300, "water", "锅里的水比预想的多，所以", water=1.08
    ),
    "the mains sag": Disturbed(
        "煮两个人的白粥", "congee", 100, "mains", "电压低了，所以",
        events=({"at_s": 1500, "kind": "mains", "value": 185},),
    ),
    "water poured in": Disturbed(
        "soup for two", "soup", 300, "added",
        "g of something cold came in, so it is brought to the boil again",
        events=(
            {"at_s": 1600, "kind": "lid_open", "for_s": 20},
            {"at_s": 1608, "kind": "add", "mass_g": 250, "temp_c": 15},
        ),
    ),
    "the pot was out": Disturbed(
        "soup for two", "soup", 300, "pot",
        "The pot was away for 5 min, so it is brought to the boil again",
        events=({"at_s": 1500, "kind": "pot_out", "for_s": 280},),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", DISTURBED.values(), ids=DISTURBED)
def test_where_plan_and_pot_part_the_schedule_is_replaced_and_it_is_said_why(memory, planner, case):
    board = filled(case.dish, case.dry_g, case.water, events=case.events)
    daemon = cooked(memory, board, planner, case.words)
    change = next(c for c in replans(memory) if case.kind in c.arguments["why"])
    assert replaced(memory) == len(replans(memory)) >= 1
    assert (change.board, change.arguments["by"]) == ("ok", "model")
    assert case.said in change.reply
    assert change.reply in daemon.told()
    dry_g = nearest_step(case.dry_g, LOAD_STEP_G)
    conditions = read_conditions({**change.arguments["believed"], "dry_g": dry_g})
    envelope.check(read_schedule(change.arguments["schedule"]), PRODUCT, conditions)
    assert board.food().doneness >= 0.95
    why = "\n".join(why_lines(memory, cook_of(memory), PRODUCT))
    assert change.reply in why
    assert "changed to: " in why or "改成: " in why


class Dumb:
    """A model whose process is gone when the pot is asked about."""

    def schedule(self, conditions):
        raise ModelError("the model's process is gone; start it again")


def test_where_the_model_does_not_answer_the_rule_does_and_the_record_says_so(memory, planner):
    cooked(memory, filled("white_rice", 300, 1.08), planner, "煮四个人的白饭", model=Dumb())
    change = next(c for c in replans(memory) if "water" in c.arguments["why"])
    assert change.arguments["by"] == "rule"
    assert "process is gone" in change.arguments["problem"]
    assert "模型没有用上" in "\n".join(why_lines(memory, cook_of(memory), PRODUCT))


class Slow:
    """The shipped model, which does not answer before it is let."""

    def __init__(self, model) -> None:
        self.model, self.asked, self.go = model, threading.Event(), threading.Event()

    def schedule(self, conditions):
        self.asked.set()
        assert self.go.wait(60)
        return self.model.schedule(conditions)


def test_an_answer_that_is_late_holds_up_no_look_and_is_taken_while_its_phase_runs(memory, planner):
    board, slow = filled("white_rice", 300, 1.08), Slow(planner.model)
    daemon = Daemon(memory, board, planner, model=slow, patience_s=0.02)

    async def run() -> float:
        await daemon.say("煮四个人的白饭")
        await daemon.look_until(slow.asked.is_set)
        asked_s = board.now_s()
        await daemon.look_until(lambda: board.now_s() >= asked_s + 30)
        assert replans(memory) == []
        slow.go.set()
        await daemon.look_until(lambda: cook_of(memory).served_s is not None)
        return asked_s

    asked_s = asyncio.run(run())
    change = next(c for c in replans(memory) if "water" in c.arguments["why"])
    assert change.at - NOW.timestamp() >= asked_s + 30
    assert change.board == "ok"


def test_an_answer_that_comes_after_people_have_changed_the_cook_is_dropped(memory, planner):
    """The watch then begins from what they wanted: the ten minutes are not lost."""
    board, slow = filled("soup", 300, altitude_m=2500), Slow(planner.model)
    daemon = Daemon(memory, board, planner, model=slow, patience_s=0.02)

    async def run() -> None:
        await daemon.say("soup for two")
        await daemon.look_until(slow.asked.is_set)
        await daemon.say("ten minutes longer")
        slow.go.set()
        await daemon.look_until(lambda: cook_of(memory).served_s is not None)

    asyncio.run(run())
    calls = memory.calls.of_cook(cook_of(memory).id)
    assert [c.tool for c in calls][:2] == ["cook", "adjust"]
    assert all(c.tool == "replan" and c.at > calls[1].at for c in calls[2:])
    wanted = datetime.fromisoformat(calls[1].arguments["believed"]["expected_at"])
    assert NOW + timedelta(seconds=cook_of(memory).served_s) >= wanted


def test_a_daemon_killed_in_the_middle_rebuilds_its_watch_and_acts(memory, planner):
    """Killed in the heat-up with its last minute of readings unwritten: the next one still weighs
    the pot, from the readings of the one before."""
    board = filled("white_rice", 300, 1.08)

    async def run() -> Daemon:
        first = Daemon(memory, board, planner)
        await first.say("煮四个人的白饭")
        await first.look_until(lambda: board.now_s() >= 900)
        board.sleep(45)  # nobody watches
        second = Daemon(memory, board, planner)
        await second.look_until(lambda: cook_of(memory).served_s is not None)
        return second

    second = asyncio.run(run())
    change = next(c for c in replans(memory) if "water" in c.arguments["why"])
    truth_g = 1.08 * PRODUCT.dish("white_rice").water_g(300, None)
    assert change.arguments["believed"]["water_g"] == pytest.approx(truth_g, rel=0.05)
    assert change.reply in second.told()


def test_a_daemon_killed_after_its_change_does_not_make_it_again(memory, planner):
    board = filled("white_rice", 300, 1.08)

    async def run() -> None:
        await (first := Daemon(memory, board, planner)).say("煮四个人的白饭")
        await first.look_until(lambda: bool(replans(memory)))
        await first.look_until(
            lambda: board.now_s() >= replans(memory)[0].at - NOW.timestamp() + 90
        )
        second = Daemon(memory, board, planner)
        await second.look_until(lambda: cook_of(memory).served_s is not None)

    asyncio.run(run())
    assert len(replans(memory)) == 1


def test_a_restart_changes_nothing_in_a_cook_that_goes_as_planned(memory, planner):
    board = filled("congee", 100)

    async def run() -> None:
        await (first := Daemon(memory, board, planner)).say("煮两个人的白粥")
        for until_s in (300, 1200, 2500):
            await first.look_until(lambda until_s=until_s: board.now_s() >= until_s)
            first = Daemon(memory, board, planner)
        await first.look_until(lambda: cook_of(memory).served_s is not None)

    asyncio.run(run())
    assert replans(memory) == []


def test_a_change_that_the_board_did_not_get_is_made_again_for_the_same_reason(memory, planner):
    board = filled("white_rice", 300, 1.08)
    board.refuses = 1
    daemon = cooked(memory, board, planner, "煮四个人的白饭")
    first, second = replans(memory)[:2]
    assert first.board == "the board does not answer"
    assert second.board == "ok"
    assert "water" in second.arguments["why"]
    assert daemon.told() == [second.reply]
    assert replaced(memory) == 1


def test_a_wish_in_the_middle_is_the_watchs_to_see_to_and_is_not_told_twice(memory, planner):
    """ "Half an hour later": the watch lets it rest so much longer."""
    daemon = cooked(
        memory,
        filled("congee", 100),
        planner,
        "煮两个人的白粥，六点半吃",
        later=(3600, "改成七点吃"),
    )
    assert cook_of(memory).about["ready_at"].startswith("2026-11-23T19:00")
    assert cook_of(memory).served_s == pytest.approx(7200, abs=240)
    assert any("wish" in c.arguments["why"] for c in replans(memory))
    assert daemon.told() == []


def test_food_that_cannot_wait_so_long_is_done_sooner_and_it_is_said(memory, planner):
    daemon = cooked(
        memory, filled("reheat", 400), planner, "把剩饭热一下", later=(500, "改成九十分钟后吃")
    )
    assert cook_of(memory).served_s < 500 + 90 * 60 - 600
    (told,) = daemon.told()
    assert "保温" in told


def test_softer_in_the_middle_is_not_taken_for_other_water(memory, planner):
    """The water was poured for what was wanted first."""
    daemon = cooked(
        memory, filled("white_rice", 150), planner, "煮两个人的米饭", later=(300, "软一点")
    )
    kinds = {kind for c in replans(memory) for kind in c.arguments["why"]}
    assert kinds == {"wish"}
    assert daemon.told() == []


def test_a_cook_for_a_time_is_ready_at_it_although_the_pot_was_away(memory, planner):
    board = filled("congee", 100, events=[{"at_s": 4800, "kind": "pot_out", "for_s": 200}])
    cooked(memory, board, planner, "煮两个人的白粥，七点吃")
    assert cook_of(memory).served_s == pytest.approx(7200, abs=240)
    kinds = {kind for c in replans(memory) for kind in c.arguments["why"]}
    assert "pot" in kinds


def test_a_watch_that_breaks_leaves_the_cook_as_planned(memory, planner, caplog):
    class Broken:
        def schedule(self, conditions):
            raise ZeroDivisionError

    board = filled("white_rice", 300, 1.08)
    daemon = cooked(memory, board, planner, "煮四个人的白饭", model=Broken())
    assert replans(memory) == []
    assert daemon.told() == []
    assert "nobody watches it now" in caplog.text

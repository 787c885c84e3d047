"""What people read: the plan's lines, the table, the strip, the result, progress, the plot."""

import io
import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenhuo.executive.records import BoardState, CookLog, PhaseSpan, Sample
from wenhuo.schedule import Phase, PhaseKind, Until
from wenhuo_tools.jsonl import answer_lines
from wenhuo_tools.report.plan_view import plan_lines
from wenhuo_tools.report.plot import plot_cook
from wenhuo_tools.report.progress import PlainProgress
from wenhuo_tools.report.record import CookRecord, TruthSample
from wenhuo_tools.report.result_line import result_line
from wenhuo_tools.report.timeline import cell_width, cells, strip, table, timeline

BEGAN = datetime.fromisoformat("2026-11-23T22:00:00+08:00")
CONGEE = (
    Phase(PhaseKind.WAIT, None, 0, 28200),
    Phase(PhaseKind.HEAT, 96, 100, 900, Until.BOIL),
    Phase(PhaseKind.SIMMER, 99, 30, 3000),
    Phase(PhaseKind.REST, None, 0, 300),
    Phase(PhaseKind.KEEP_WARM, 70, 20, 7200),
)
PLANNED = timeline(CONGEE, [28200, 720, 3000, 300, 7200])
RESULT = {
    "id": "x",
    "outcome": "done",
    "served_s": 32400.0,
    "ready_error_s": 0.0,
    "doneness": 0.98,
    "water_uptake": 3.0,
    "texture_error": 0.1,
    "boilover_g": 0.0,
    "scorch": 0.02,
    "energy_wh": 312.0,
    "max_bottom_c": 104.0,
    "max_food_c": 99.8,
    "faults": [],
    "replans": 0,
    "wall_s": 8.0,
}


def congee_plan(**changes):
    plan = {
        "action": "cook",
        "dish": "congee",
        "servings": 4,
        "dry_g": None,
        "texture": "thick",
        "ready_at": "2026-11-24T07:00:00+08:00",
        "start_at": None,
        "keep_warm_min": None,
        "adjust": None,
        "target_c": None,
        "lang": "zh",
        "source": "model",
        "late_s": None,
        "reply": "好的，四人份稠白粥，明早七点吃。",
        "schedule": [phase.as_json() for phase in CONGEE],
    }
    return {**plan, **changes}


def test_the_plan_says_what_was_understood():
    text = "\n".join(plan_lines(congee_plan(), "煮粥", "白粥", BEGAN, PLANNED))
    assert "白粥 · 4 人份 · 稠 · 周二 07:00 吃" in text
    assert "好的，四人份稠白粥" in text


def test_the_plan_in_english():
    text = "\n".join(plan_lines(congee_plan(lang="en"), "porridge", "congee", BEGAN, PLANNED))
    assert "congee · 4 servings · thick · eat at Tue 07:00" in text
    assert "≈ 12 min" in text


def test_lateness_is_said():
    text = "\n".join(plan_lines(congee_plan(late_s=600, lang="en"), "x", "congee", BEGAN, PLANNED))
    assert "late by 10 min" in text


def test_the_table_has_a_clock_time_for_each_phase():
    rows = table(PLANNED, BEGAN, "en")
    assert [row[1] for row in rows[1:]] == ["22:00", "05:50", "06:02", "06:52", "06:57"]


@given(st.lists(st.integers(1, 30000), min_size=1, max_size=8), st.integers(40, 120))
def test_every_phase_has_room_on_the_strip(durations, width):
    kinds = list(PhaseKind)
    schedule = tuple(
        Phase(kinds[i % len(kinds)], 90, 50, duration) for i, duration in enumerate(durations)
    )
    planned = timeline(schedule, durations)
    assert all(room >= 1 for room in cells(planned, width))
    bar, _ = strip(planned, BEGAN, "zh", width, colour=False)
    assert "\x1b" not in bar


def test_a_night_of_waiting_does_not_squeeze_the_cook():
    rooms = cells(PLANNED, 78)
    assert rooms[0] < rooms[2]


def test_chinese_takes_two_columns():
    assert cell_width("白粥 ok") == 7


def test_the_result_in_one_line():
    line = result_line(RESULT, "en")
    assert line.startswith("done · on time · doneness 0.98")
    assert "\n" not in line
    late = result_line({**RESULT, "ready_error_s": 600.0, "faults": ["E12"]}, "en")
    assert "late by 10 min" in late
    assert "E12" in late


def sample(t_s: float, index: int, elapsed_s: float) -> Sample:
    phase = CONGEE[index]
    return Sample(
        t_s, BoardState.COOKING, index, phase.kind, elapsed_s, 60.0, 40.0, phase.target_c, 50.0
    )


def test_the_log_knows_when_phases_began():
    log = CookLog()
    for one in (sample(0, 0, 0), sample(60, 0, 60), sample(64, 1, 2), sample(66, 1, 4)):
        log.add(one)
    assert log.spans == [
        PhaseSpan(PhaseKind.WAIT, 0, 62),
        PhaseSpan(PhaseKind.HEAT, 62, 66),
    ]


def test_plain_progress_prints_each_phase_and_each_tenth():
    stream = io.StringIO()
    progress = PlainProgress(stream, BEGAN, "en")
    for percent in range(100):
        progress.sample(sample(float(percent), 1 if percent < 50 else 2, 0), percent / 100)
    lines = stream.getvalue().splitlines()
    assert 10 <= len(lines) <= 12
    assert any("simmer" in line for line in lines)
    assert "\r" not in stream.getvalue()


def test_the_plot_is_a_png(tmp_path):
    log = CookLog()
    for t_s in range(0, 4000, 20):
        log.add(sample(float(t_s), 1 if t_s < 900 else 2, 0))
    log.served_s = 3900.0
    truth = [TruthSample(one.t_s, 60, 55, 40, 300) for one in log.samples]
    record = CookRecord("煮粥", "白粥", BEGAN, congee_plan(), RESULT, log, truth, [(50, "lid")])
    path = plot_cook(record, tmp_path / "cook.png")
    assert path.read_bytes().startswith(b"\x89PNG")


def test_a_bad_line_is_answered_and_the_rest_go_on():
    lines = ['{"id": "a"}', "no json", "", "[1]", '{"id": "b"}']
    answers = list(answer_lines(lines, lambda request: {"id": request["id"], "ok": True}))
    assert [answer.failed for answer in answers] == [False, True, True, False]
    assert json.loads(answers[1].line)["id"] is None
    assert "not JSON" in json.loads(answers[1].line)["error"]
    assert json.loads(answers[3].line) == {"id": "b", "ok": True}


@pytest.mark.parametrize("action", ["ask", "refuse", "status", "cancel", "answer"])
def test_a_plan_without_a_schedule_has_no_table(action):
    lines = plan_lines(congee_plan(action=action, schedule=[], dish=None), "嗯", None, BEGAN, [])
    assert len(lines) == 3


def test_what_was_heard_stays_on_one_line():
    plan = congee_plan(action="ask", schedule=[], dish=None)
    lines = plan_lines(plan, "粥\n" * 500 + "\x07", None, BEGAN, [])
    assert len(lines) == 3
    assert all("\n" not in line and "\x07" not in line for line in lines)
    assert len(lines[0]) < 200

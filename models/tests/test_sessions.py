"""Whole sessions: read strictly, and right often enough with the shipped model."""

from __future__ import annotations

import pytest

from wenhuo.agent.planner import Planner
from wenhuo.dialogue.ports import Answer
from wenhuo.errors import BoardDataError
from wenhuo.memory import Memory
from wenhuo_models.eval.sessions import script
from wenhuo_models.eval.sessions.score import play, problems
from wenhuo_models.eval.sessions.script import Step, read_sessions

BAR = 0.9  # of the sessions, right in every turn


def test_there_are_sixty_of_three_to_eight_turns():
    sessions = read_sessions()
    assert len(sessions) == 60
    assert all(3 <= len(session.steps) <= 8 for session in sessions)
    assert any(len({step.by for step in session.steps}) > 1 for session in sessions)


def test_a_misspelt_key_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "sessions_x.toml").write_text(
        '[[session]]\nnam = "x"\nname = "y"\nturns = [{ say = "a", tool = "cook" }]\n'
    )
    monkeypatch.setattr(script, "FOLDER", tmp_path)
    with pytest.raises(BoardDataError, match="nam is unknown"):
        read_sessions()


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        (Answer("", "cook", {"dish": "congee", "servings": 4, "ready_at": None}), 0),
        (Answer("", "cook", {"dish": "congee", "servings": 4, "ready_at": "2026-11-23T19:00"}), 1),
        (Answer("", "cook", {"dish": "soup", "servings": 4, "ready_at": None}), 1),
        (Answer("", "ask", {"topic": "dish"}), 1),
    ],
)
def test_an_answer_is_compared_argument_by_argument(answer, wrong, tmp_path):
    step = Step("x", "", 0.0, "cook", {"dish": "congee", "servings": 4})
    with Memory.open(tmp_path) as memory:
        assert len(problems(step, answer, memory)) == wrong


def test_the_sessions_are_right_with_the_shipped_model():
    planner = Planner.load()
    try:
        played = [play(session, planner) for session in read_sessions()]
    finally:
        planner.close()
    right = sum(not one.wrong for one in played)
    assert right >= BAR * len(played), [one.wrong for one in played if one.wrong]

"""Every answer is a call of a tool, and every call is kept with what led to it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from wenhuo.agent import replies
from wenhuo.agent.planner import Planned
from wenhuo.dialogue import tools
from wenhuo.dialogue.ports import Answer, Exchange
from wenhuo.dialogue.thread import Question
from wenhuo.memory import Memory
from wenhuo.memory.calls import Call


class Recorder:
    """Writes calls, and the thread that they leave their speaker in."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def call(
        self,
        x: Exchange,
        tool: tools.Tool,
        reply: str,
        *,
        planned: Planned | None = None,
        board: str = "not asked",
        cook: int | None = None,
    ) -> Answer:
        """Keep a call and the thread, as a whole; returns the answer to give."""
        call = Call(
            at=x.said.now_s,
            speaker=x.said.speaker,
            words=x.said.text,
            tool=tool.name,
            arguments={**tool.arguments(), **_believed(planned)},
            reply=reply,
            message=x.said.message,
            requests=x.requests,
            lines=x.lines,
            plan=planned.plan if planned else None,
            envelope=planned.envelope if planned else "not asked",
            board=board,
            cook=cook if cook is not None else (x.cook.id if x.cook else None),
        )
        with self._memory.transaction():
            kept = self._memory.calls.add(call)
            self._memory.keep_thread(x.said.speaker, x.thread.as_json(), x.said.now_s)
        return Answer(reply, tool.name, tool.arguments(), kept)

    def ask(
        self,
        x: Exchange,
        question: Question,
        say: str,
        *,
        planned: Planned | None = None,
        **values: object,
    ) -> Answer:
        """Ask back; the question waits in the speaker's thread."""
        x.thread.question = question
        reply = planned.plan["reply"] if planned else replies.say(say, x.said.lang, **values)
        return self.call(x, tools.Ask(question.topic), reply, planned=planned)


def _believed(planned: Planned | None) -> dict[str, Any]:
    """What a schedule was made for, and when it is ready by that."""
    if planned is None or planned.conditions is None:
        return {}
    expected = planned.ready_at.isoformat(timespec="seconds") if planned.ready_at else None
    return {"believed": {**asdict(planned.conditions), "expected_at": expected}}

"""What one speaker is in the middle of: the order made last, and a question that waits.

Each speaker has a thread of their own, so that two people who talk over each other do not complete
each other's orders.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from wenhuo.intent import Intent
from wenhuo.language.answer import intent_tokens
from wenhuo.language.parse import parse_intent
from wenhuo.memory.likes import Like, Source

EXPIRES_S = 300.0  # a question nobody answers; people come back from the next room in that time
RECENT_S = 600.0  # an order that led to no cook can be corrected for so long


class Topic(StrEnum):
    """What a question is about."""

    DISH = "dish"  # what to cook
    LATER = "later"  # to have it at the latest moment that is safe
    REPLACE = "replace"  # to cook it instead of what is on
    REMEMBER = "remember"  # to keep a like
    FORGET_ALL = "forget_all"


@dataclass(frozen=True, slots=True)
class Question:
    """A question that waits for its answer. intent: what it was asked about, as far as said; like:
    what would be remembered. at: s since 1970."""

    topic: Topic
    at: float
    intent: Intent | None = None
    like: Like | None = None


@dataclass(slots=True)
class Thread:
    """A speaker's thread. order: the last order, completed; at: when; cook: which it led to."""

    speaker: str
    order: Intent | None = None
    at: float = 0.0
    cook: int | None = None
    question: Question | None = None

    def expire(self, now: float) -> bool:
        """Drop a question that waited too long; whether there was one."""
        old = self.question is not None and now - self.question.at > EXPIRES_S
        if old:
            self.question = None
        return old

    def base(self, open_cook: int | None, now: float) -> Intent | None:
        """What a correction corrects: the order asked back about, or the one made last."""
        asked = self.question.intent if self.question else None
        if asked is not None:
            return asked
        live = self.cook == open_cook if self.cook is not None else now - self.at <= RECENT_S
        return self.order if live else None

    def as_json(self) -> dict[str, Any]:
        """For the memory."""
        asked = self.question
        question = None
        if asked is not None:
            question = {
                "topic": asked.topic.value,
                "at": asked.at,
                "intent": _tokens(asked.intent),
                "like": asdict(asked.like) if asked.like else None,
            }
        return {
            "order": _tokens(self.order),
            "at": self.at,
            "cook": self.cook,
            "question": question,
        }

    @classmethod
    def from_json(cls, speaker: str, kept: dict[str, Any] | None) -> Self:
        """From the memory; a new one for None."""
        if kept is None:
            return cls(speaker)
        asked = kept["question"]
        question = None
        if asked is not None:
            like = asked["like"]
            question = Question(
                Topic(asked["topic"]),
                asked["at"],
                _intent(asked["intent"]),
                Like(**{**like, "source": Source(like["source"])}) if like else None,
            )
        return cls(speaker, _intent(kept["order"]), kept["at"], kept["cook"], question)


def _tokens(intent: Intent | None) -> list[str] | None:
    return intent_tokens(intent) if intent else None


def _intent(tokens: list[str] | None) -> Intent | None:
    return parse_intent(tokens) if tokens else None

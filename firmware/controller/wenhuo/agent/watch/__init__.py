"""A cook under watch: what is truly in the pot, and a new schedule where plan and pot part."""

from wenhuo.agent.watch.belief import Belief
from wenhuo.agent.watch.partings import Kind, Parting
from wenhuo.agent.watch.telling import cannot_wait, sentence
from wenhuo.agent.watch.watch import Ask, Change, Watch

__all__ = ["Ask", "Belief", "Change", "Kind", "Parting", "Watch", "cannot_wait", "sentence"]

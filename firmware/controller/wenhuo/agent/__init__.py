"""The agent: words and readings to a checked plan, and the sentence to say back."""

from wenhuo.agent.planner import Planner, schedule_of

__all__ = ["Planner", "schedule_of"]

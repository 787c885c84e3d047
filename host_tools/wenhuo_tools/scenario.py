"""One scenario (scenario.schema.json) on a rig: plan, cook, play the events, judge the food."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from wenhuo.agent import Planner, schedule_of
from wenhuo.agent.facts import changed, menu_dry_g
from wenhuo.boards import Dish
from wenhuo.errors import RequestError
from wenhuo.executive.board_client import PowerBoard, Telemetry
from wenhuo.executive.executive import LOOK_COOKING_S, Executive
from wenhuo.executive.records import Note
from wenhuo.intent import Texture, TextureChange
from wenhuo_tools.planning import MadePlan, expected_phase_s, make_plan
from wenhuo_tools.report.notes import note_words
from wenhuo_tools.report.progress import Silent, Watcher
from wenhuo_tools.report.record import CookRecord, Decision, TruthSample
from wenhuo_tools.rig.virtual import VirtualRig
from wenhuo_tools.watched import Watching

_CIRCUMSTANCES = ("pot", "site", "seed", "events")


def run_scenario(
    scenario: Mapping[str, Any],
    planner: Planner,
    rig: VirtualRig,
    *,
    made: MadePlan | None = None,
    watcher: Watcher | None = None,
    tail_s: float = 0.0,
    watched: bool = False,
) -> CookRecord:
    """Cook a scenario (scenario.schema.json).

    made: its plan where it was planned already; else the cooker's own readings complete the request
    first. tail_s: how long to look at keep-warm after the food is ready. watched: as wenhuod does,
    plan again where the pot parts from it. Raises RigError, LinkError.
    """
    started_s = time.monotonic()
    events = sorted(scenario.get("events") or [], key=lambda event: float(event["at_s"]))
    _check_events(events)
    rig.begin(scenario, [event for event in events if event["kind"] not in _HANDLERS])
    board = rig.board()
    if made is None:
        made = make_plan(planner, _with_readings(scenario["request"], board.telemetry()))
    began = datetime.fromisoformat(made.request["now"])
    if not made.plan["schedule"]:
        return uncooked(made, began, scenario["id"], started_s)
    run = _Run(
        scenario=scenario,
        made=made,
        planner=planner,
        rig=rig,
        board=board,
        watcher=watcher or Silent(),
        watched=watched,
    )
    run.cook(events, tail_s)
    record = run.record(time.monotonic() - started_s)
    record.tail_s, record.watched = tail_s, watched
    return record


def _with_readings(request: Mapping[str, Any], telemetry: Telemetry) -> dict[str, Any]:
    """The request with what the cooker itself measures, where the request does not say it."""
    given = {k: v for k, v in (request.get("sensors") or {}).items() if v is not None}
    measured = {
        "bottom_c": telemetry.bottom_c,
        "lid_c": telemetry.lid_c,
        "mains_v": telemetry.mains_v,
        "lid_closed": telemetry.lid_closed,
        "pot_present": telemetry.pot_present,
    }
    return {**request, "sensors": {**measured, **given}}


def uncooked(made: MadePlan, began: datetime, scenario_id: str, started_s: float) -> CookRecord:
    """The record of a plan that is no cook: asked back, refused, or nothing to do."""
    result: dict[str, Any] = {
        "id": scenario_id,
        "outcome": {"ask": "asked", "refuse": "refused"}.get(made.plan["action"], "cancelled"),
        **dict.fromkeys(
            ("served_s", "ready_error_s", "doneness", "water_uptake", "texture_error"), None
        ),
        **dict.fromkeys(("boilover_g", "scorch", "energy_wh", "max_bottom_c", "max_food_c"), 0.0),
        "faults": [],
        "replans": 0,
        "wall_s": round(time.monotonic() - started_s, 3),
    }
    return CookRecord(made.request["text"], made.dish_name, began, made.plan, result)


class _Run:
    """One scenario on its way: the executive's loop with the scenario's events in it."""

    def __init__(
        self,
        *,
        scenario: Mapping[str, Any],
        made: MadePlan,
        planner: Planner,
        rig: VirtualRig,
        board: PowerBoard,
        watcher: Watcher,
        watched: bool,
    ) -> None:
        self._watched = watched
        self._watch: Watching | None = None
        self._scenario = scenario
        self._made = made
        self._decisions = [Decision(0.0, made.request, made.plan)]
        self._planner = planner
        self._rig = rig
        self._watcher = watcher
        self._truth: list[TruthSample] = []
        self._marks: list[tuple[float, str]] = []
        self._ours: list[Mapping[str, Any]] = []
        self._served_truth: dict[str, Any] | None = None
        self._asked: Mapping[str, Any]  # the plan of the cook that runs
        self._ready_at: str | None
        self._dish: Dish | None
        self._texture: Texture | None
        self._take_up(made.plan, made.request)
        self._executive = Executive(
            board,
            rig.clock,
            finish_alone=rig.product.finish_without_host,
            note=self._tell,
        )

    def cook(self, events: Sequence[Mapping[str, Any]], tail_s: float) -> None:
        """From the upload to the end of the cook, the scenario's events included."""
        self._marks = [(float(event["at_s"]), event["kind"]) for event in events]
        ours: list[Mapping[str, Any]] = [e for e in events if e["kind"] in _HANDLERS]
        self._ours = sorted([*ours, *_noise_ends(ours)], key=lambda event: float(event["at_s"]))
        last_event_s = max((t_s for t_s, _ in self._marks), default=0.0)
        self._executive.begin(schedule_of(self._made.plan), self._made.phase_s())
        while not self._is_over(tail_s, last_event_s):
            self._play_due_events()
            if not self._executive.is_over:
                self._look()
                self._rig.clock.sleep(0.0 if self._executive.is_over else self._until_next())

    def _tell(self, note: Note) -> None:
        text = note_words(note, self._made.plan["lang"])
        if text is not None:
            self._watcher.note(note.t_s, text)

    def _is_over(self, tail_s: float, last_event_s: float) -> bool:
        """Ended, or served and watched long enough with all events behind."""
        log = self._executive.log
        if log.outcome is not None or log.served_s is None:
            return log.outcome is not None
        return self._rig.clock.now_s() >= max(log.served_s + tail_s, last_event_s + LOOK_COOKING_S)

    def _until_next(self) -> float:
        """Seconds to the next look, not past the next event."""
        period_s = self._executive.period_s()
        if not self._ours:
            return period_s
        return max(0.1, min(period_s, float(self._ours[0]["at_s"]) - self._rig.clock.now_s()))

    def _look(self) -> None:
        truth = self._rig.truth()
        asked_s = self._rig.clock.now_s()
        temps = truth["temps"]
        self._truth.append(
            TruthSample(asked_s, temps["bottom"], temps["core"], temps["lid"], truth["power_w"])
        )
        sample = self._executive.look()
        if sample is not None:
            self._watcher.sample(sample, self._executive.share())
            told = self._watch.see(sample, self._executive) if self._watch else None
            if told:
                self._watcher.note(sample.t_s, told)
        if self._served_truth is None and self._executive.log.served_s is not None:
            self._served_truth = truth

    def _play_due_events(self) -> None:
        while self._ours and self._ours[0]["at_s"] <= self._rig.clock.now_s() + 0.05:
            event = self._ours.pop(0)
            _HANDLERS[event["kind"]](self, event)

    def _power_cut(self, event: Mapping[str, Any]) -> None:
        self._watcher.note(event["at_s"], f"power cut for {_lasting(event):.0f} s")
        self._rig.power_cut(_lasting(event))

    def _host_kill(self, event: Mapping[str, Any]) -> None:
        """The controller is gone for a while; the board goes on alone, and is found again."""
        self._watcher.note(event["at_s"], f"controller gone for {_lasting(event):.0f} s")
        self._rig.clock.sleep(_lasting(event))
        self._executive.reconnect(self._rig.board())

    def _noise(self, event: Mapping[str, Any]) -> None:
        self._rig.noise(on=event["kind"] == "link_noise")

    def _say(self, event: Mapping[str, Any]) -> None:
        """Somebody speaks while the pot cooks: plan again with the state as it is."""
        self._look()
        if self._executive.is_over:
            return
        now = datetime.fromisoformat(self._made.request["now"])
        request = {
            **self._made.request,
            "text": event["text"],
            "now": (now + timedelta(seconds=event["at_s"])).isoformat(),
            "state": self._state(),
            "sensors": self._sensors(),
        }
        plan = self._planner.plan(request)
        self._decisions.append(Decision(float(event["at_s"]), request, plan))
        self._watcher.note(event["at_s"], f"{event['text']} → {plan['reply']}")
        self._act(plan, request)

    def _act(self, plan: Mapping[str, Any], request: Mapping[str, Any]) -> None:
        executive, action = self._executive, plan["action"]
        if action == "cancel":
            executive.cancel()
        elif action == "pause":
            executive.pause()
        elif action == "resume":
            executive.resume()
        elif plan["schedule"]:
            schedule, phase_s = schedule_of(plan), expected_phase_s(plan, request)
            if action == "cook":
                executive.restart(schedule, phase_s)
                self._take_up(plan, request)
                return
            self._adjust(plan["adjust"])
            if not self._watch_sees_to(plan["adjust"]):
                executive.revise(schedule, phase_s)
                if self._watch:
                    self._watch.took(plan)

    def _watch_sees_to(self, adjust: Mapping[str, Any] | None) -> bool:
        sample = self._executive.last
        if self._watch is None or adjust is None or sample is None:
            return False
        return self._watch.adjusted(adjust, self._texture, sample)

    def _state(self) -> dict[str, Any]:
        sample = self._executive.last
        return {
            "mode": sample.state.mode or "idle" if sample else "idle",
            "dish": self._asked["dish"],
            "phase": sample.kind.value if sample and sample.kind else None,
            "elapsed_s": round(self._rig.clock.now_s(), 1),
            "remaining_s": round(self._executive.remaining_s(), 1),
            "ready_at": self._ready_at,
            "texture": self._texture.value if self._texture else None,
            "dry_g": menu_dry_g(self._dish, self._asked) if self._dish else None,
        }

    def _sensors(self) -> dict[str, Any]:
        given: dict[str, Any] = dict(self._made.request.get("sensors") or {})
        sample = self._executive.last
        if sample is not None:
            given.update(bottom_c=sample.bottom_c, lid_c=sample.lid_c, mains_v=sample.mains_v)
        return given

    def _take_up(self, plan: Mapping[str, Any], request: Mapping[str, Any]) -> None:
        """A new cook: what it is of and what was asked of it."""
        self._asked, self._ready_at = plan, plan["ready_at"]
        self._dish = self._rig.product.menu.get(plan["dish"])
        said = Texture(plan["texture"]) if plan["texture"] else None
        self._texture = self._dish.meant(said) if self._dish else said
        if self._watched and self._dish:
            now = datetime.fromisoformat(self._made.request["now"])
            self._watch = Watching(self._rig.product, self._planner, plan, request, now)

    def _adjust(self, adjust: Mapping[str, Any] | None) -> None:
        """What an adjustment asks of the cook that runs."""
        if adjust is None:
            return
        self._ready_at = adjust["ready_at"] or self._ready_at
        if adjust["texture"] and self._dish:
            change = TextureChange(adjust["texture"])
            self._texture = changed(self._dish, self._texture, change)

    def record(self, wall_s: float) -> CookRecord:
        """What the cook left behind."""
        log = self._executive.log
        truth = self._rig.truth()
        served = self._served_truth or truth
        began = datetime.fromisoformat(self._made.request["now"])
        outcome = log.outcome.value if log.outcome else "done"
        result = {
            "id": self._scenario["id"],
            "outcome": outcome,
            "served_s": log.served_s,
            "ready_error_s": _ready_error_s(
                log.served_s, self._ready_at, self._made.request["now"]
            ),
            "doneness": served["doneness"],
            "water_uptake": served["water_uptake"],
            "texture_error": served["texture_error"][self._texture or Texture.NORMAL],
            **{
                key: truth[key]
                for key in ("boilover_g", "scorch", "energy_wh", "max_bottom_c", "max_food_c")
            },
            "faults": log.faults,
            "replans": log.replans,
            "wall_s": round(wall_s, 3),
        }
        return CookRecord(
            text=self._made.request["text"],
            dish_name=self._made.dish_name,
            began=began,
            plan=self._made.plan,
            result=result,
            log=log,
            truth=self._truth,
            marks=self._marks,
            decisions=self._decisions,
            scenario={key: self._scenario[key] for key in _CIRCUMSTANCES if key in self._scenario},
        )


_HANDLERS: dict[str, Callable[[_Run, Mapping[str, Any]], None]] = {
    "power_cut": _Run._power_cut,
    "host_kill": _Run._host_kill,
    "link_noise": _Run._noise,
    "link_noise_end": _Run._noise,
    "say": _Run._say,
}


def _check_events(events: Sequence[Mapping[str, Any]]) -> None:
    """What the schema leaves open and we need. Raises RequestError."""
    for event in events:
        if event["kind"] == "say" and not event.get("text"):
            raise RequestError(f'events: say at {event["at_s"]} s has no text; add "text"')


def _noise_ends(events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"kind": "link_noise_end", "at_s": event["at_s"] + _lasting(event)}
        for event in events
        if event["kind"] == "link_noise"
    ]


def _lasting(event: Mapping[str, Any]) -> float:
    return float(event.get("for_s") or 60.0)


def _offset_s(moment: str, began: str) -> float:
    """Seconds from the request to a moment."""
    return (datetime.fromisoformat(moment) - datetime.fromisoformat(began)).total_seconds()


def _ready_error_s(served_s: float | None, ready_at: str | None, began: str) -> float | None:
    if served_s is None or ready_at is None:
        return None
    return round(served_s - _offset_s(ready_at, began), 1)

"""Cooks to a phase, makes the fault happen, and measures what comes of it."""

from __future__ import annotations

from wenhuo.errors import LinkError
from wenhuo.executive.board_client import PowerBoard, Telemetry
from wenhuo.schedule import PhaseKind
from wenhuo_hil.faults.case import BEARS, REFUSES, RESUMES, STOPS, TELLS, Fault, Row, Scene
from wenhuo_hil.faults.reference import (
    AT,
    COOK_ID,
    INTO_PHASE_S,
    PHASE_LIMIT_S,
    SCHEDULE,
)
from wenhuo_hil.protocol import CookerProtocol

_STEP_S = 0.5
_STEPS_FINE_S = 20.0  # after this the board is looked at less often
_AFTER_S = 60.0  # how long heat after a stop is counted
_END_LIMIT_S = 12000.0
_SLACK_S = 1.0  # between two looks
DONENESS_MIN, SCORCH_MAX = 0.95, 0.1


def run_case(cooker: CookerProtocol, fault: Fault, phase: PhaseKind) -> Row:
    """One row of the table. Raises RigError, LinkError where the rig itself fails."""
    cooker.begin(fault.scenario)
    board = cooker.board()
    board.upload(SCHEDULE, COOK_ID)
    board.start(COOK_ID)
    scene = Scene(cooker, board)
    limits = cooker.product.limits
    row = Row(
        fault.kind, phase.value, fault.reaction, fault.codes, fault.within_s,
        bottom_limit_c=limits.bottom_max_c,
    )  # fmt: skip
    try:
        _reach(scene, AT[phase])
        began_s = scene.now_s()
        fault.inject(scene)
        row.wrong += scene.wrong
        _JUDGES[fault.reaction](scene, fault, row, began_s)
    finally:
        scene.undo_all()
    _judge_truth(scene, fault, row)
    return row


def _reach(scene: Scene, index: int) -> None:
    """Cook until so far into that phase."""
    end_s = scene.now_s() + PHASE_LIMIT_S
    while True:
        seen = scene.board.telemetry()
        if seen.phase == index or seen.fault is not None or scene.now_s() > end_s:
            break
        scene.cooker.clock.sleep(5.0)
    if seen.fault is None and seen.phase == index:
        scene.cooker.clock.sleep(max(0.0, INTO_PHASE_S - seen.phase_elapsed_s))


def _watch(scene: Scene, began_s: float, limit_s: float) -> Telemetry:
    """Look until a fault is latched, or the time is over."""
    while True:
        seen = scene.board.telemetry()
        passed_s = scene.now_s() - began_s
        if seen.state == "fault" or passed_s >= limit_s:
            return seen
        scene.cooker.clock.sleep(_STEP_S if passed_s < _STEPS_FINE_S else 5 * _STEP_S)


def _told(board: PowerBoard, seen: Telemetry) -> list[str]:
    """Faults and warnings so far, in order."""
    events = board.events(max(0, seen.events - 32), seen.events)
    return [event.reason for event in events if event.kind in ("fault", "warning")]


def _stopped(scene: Scene, fault: Fault, row: Row, began_s: float) -> None:
    limit_s = fault.within_s or PHASE_LIMIT_S
    seen = _watch(scene, began_s, limit_s + _SLACK_S)
    row.told = _told(scene.board, seen)
    row.outcome = seen.state
    if seen.state != "fault":
        row.wrong.append(f"no fault within {limit_s:g} s")
        return
    row.reacted_s = round(scene.now_s() - began_s, 1)
    if row.reacted_s > limit_s + _SLACK_S:
        row.wrong.append(f"fault after {row.reacted_s} s, allowed are {limit_s:g}")
    if seen.fault not in fault.codes:
        row.wrong.append(f"fault {seen.fault}, not {' or '.join(fault.codes)}")
    _no_heat_after(scene, row)
    _recovery(scene, row)


def _no_heat_after(scene: Scene, row: Row) -> None:
    """The plant must take no more energy once the fault is latched."""
    scene.cooker.clock.sleep(_STEP_S)
    before_wh = scene.cooker.truth()["energy_wh"]
    scene.cooker.clock.sleep(_AFTER_S)
    row.heat_after_j = round((scene.cooker.truth()["energy_wh"] - before_wh) * 3600, 1)
    if row.heat_after_j > row.heat_limit_j:
        row.wrong.append(f"{row.heat_after_j:.0f} J of heat after the fault")


def _recovery(scene: Scene, row: Row) -> None:
    """The fault can be cleared; where its cause lasts it is told again, or not let go at all."""
    try:
        scene.board.clear_fault()
    except LinkError:
        row.recovery = "stays latched"
        return
    scene.cooker.clock.sleep(3.0)
    seen = scene.board.telemetry()
    row.recovery = "cleared" if seen.fault is None else f"told again: {seen.fault}"
    if seen.duty_pct > 0:
        row.wrong.append("heats by itself after the fault was cleared")


def _borne(scene: Scene, fault: Fault, row: Row, began_s: float) -> None:
    seen = scene.board.telemetry()
    if fault.codes:
        seen = _warned(scene, fault, row, began_s)
    end_s = scene.now_s() + _END_LIMIT_S
    while seen.state not in ("done", "fault", "idle") and scene.now_s() < end_s:
        scene.cooker.clock.sleep(10.0)
        seen = scene.board.telemetry()
    row.outcome = seen.state
    row.told = row.told or _told(scene.board, seen)
    if seen.state != "done":
        row.wrong.append(f"the cook ended as {seen.state} {seen.fault or ''}".strip())
    known = {*fault.codes, *fault.may_tell}
    unexpected = [code for code in row.told if code not in known]
    if unexpected:
        row.wrong.append(f"told {', '.join(unexpected)}")


def _warned(scene: Scene, fault: Fault, row: Row, began_s: float) -> Telemetry:
    """Wait for the warning."""
    while True:
        seen = scene.board.telemetry()
        row.told = _told(scene.board, seen)
        if set(row.told) & set(fault.codes):
            row.reacted_s = round(scene.now_s() - began_s, 1)
            return seen
        if scene.now_s() - began_s > fault.within_s + _SLACK_S:
            row.wrong.append(f"not told within {fault.within_s:g} s")
            return seen
        scene.cooker.clock.sleep(_STEP_S)


def _resumed(scene: Scene, fault: Fault, row: Row, began_s: float) -> None:
    scene.reconnect()
    seen = scene.board.telemetry()
    row.reacted_s = round(scene.now_s() - began_s - scene.outage_s, 1)
    if seen.state != "cooking" or seen.cook_id != COOK_ID:
        row.wrong.append(f"{seen.state} after the power came back, not cooking")
    _borne(scene, fault, row, began_s)


def _refused(scene: Scene, fault: Fault, row: Row, began_s: float) -> None:
    scene.reconnect()
    seen = scene.board.telemetry()
    row.reacted_s = round(scene.now_s() - began_s - scene.outage_s, 1)
    row.told, row.outcome = _told(scene.board, seen), seen.state
    if seen.state != "idle" or not set(row.told) & set(fault.codes):
        row.wrong.append(f"{seen.state}, told {row.told}; expected idle and {fault.codes}")
    _no_heat_after(scene, row)
    row.recovery = "left to the host"


_JUDGES = {STOPS: _stopped, TELLS: _borne, BEARS: _borne, RESUMES: _resumed, REFUSES: _refused}


def _judge_truth(scene: Scene, fault: Fault, row: Row) -> None:
    """The plant's word on person and food."""
    truth = scene.cooker.truth()
    row.bottom_max_c = round(truth["max_bottom_c"], 1)
    if row.bottom_max_c > row.bottom_limit_c:
        row.wrong.append(f"bottom {row.bottom_max_c} °C, limit {row.bottom_limit_c}")
    if truth["fuse_blown"]:
        row.wrong.append("the thermal fuse has blown")
    row.doneness, row.scorch = round(truth["doneness"], 3), round(truth["scorch"], 3)
    row.boilover_g = round(truth["boilover_g"], 1)
    spoilt = row.doneness < DONENESS_MIN or row.scorch > SCORCH_MAX or row.boilover_g > 0
    if spoilt and fault.food and fault.reaction in (BEARS, TELLS, RESUMES):
        row.wrong.append(f"food: done {row.doneness}, scorch {row.scorch}, over {row.boilover_g} g")

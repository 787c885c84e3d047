"""The hand-written sentences: all read, all legal under the contract, none twice, times right."""

import json
import re
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from wenhuo import contracts
from wenhuo.boards import load_product
from wenhuo.intent import Texture
from wenhuo_models.eval.independent import (
    Part,
    bare,
    leaked,
    read_all,
    read_heard,
    read_utterances,
    report,
    score,
)
from wenhuo_models.eval.independent import (
    __main__ as command,
)
from wenhuo_models.eval.independent.score import SLOTS
from wenhuo_models.eval.independent.sentences import read_lines

CLEAN, HEARD = read_utterances(), read_heard()
FRESH, FRESH_HEARD = read_utterances(Part.FRESH), read_heard(Part.FRESH)
ALL = read_all()
TIMES = ("ready_at", "start_at", "adjust.ready_at")
LATER_DAY = re.compile(
    r"明|后天|周[一二三四五六日]|今晚|晚上|早上|凌晨|半夜|早饭|下午"
    r"|tomorrow|tmr|morning|breakfast|tonight|night|evening|afternoon"
    r"|(mon|tues|wednes|thurs|fri|satur|sun)day|[ap]\.? ?m\b",
    re.IGNORECASE,
)


def slots(utterance):
    """Expected values with the types that a plan has."""
    typed = {
        key: float(value) if re.fullmatch(r"-?[\d.]+", value) else value
        for key, value in utterance.expected.items()
    }
    adjust = {k.removeprefix("adjust."): v for k, v in typed.items() if k.startswith("adjust.")}
    plain = {k: v for k, v in typed.items() if "." not in k}
    empty = dict.fromkeys(("extra_min", "power", "texture", "ready_at"))
    return plain | ({"adjust": empty | adjust} if adjust else {})


def moment(text):
    return datetime.fromisoformat(text)


def as_plan(expected, **more):
    """What score() reads of a plan that says just what is expected."""
    plan = dict.fromkeys([s for s in SLOTS if "." not in s]) | {"adjust": None, "lang": "en"}
    return plan | expected | more


def test_size_and_shares():
    assert len(CLEAN) >= 400
    assert len(HEARD) >= 140
    actions = Counter(u.expected["action"] for u in CLEAN)
    assert 0.4 < actions["cook"] / len(CLEAN) < 0.6
    assert set(actions) == set(contracts.schema("plan")["properties"]["action"]["enum"])
    assert {u.expected.get("topic") for u in CLEAN} > {"water_amount", "cook_time", "menu"}
    cooked = {u.expected.get("dish") for u in CLEAN if u.expected["action"] == "cook"}
    assert cooked == set(load_product().menu)
    assert len({u.now for u in CLEAN}) >= 6
    assert {moment(u.now).weekday() >= 5 for u in CLEAN} == {True, False}


def test_the_fresh_set_is_as_wide():
    assert Counter(u.lang for u in FRESH) == {"zh": 150, "en": 150, "mixed": 30}
    assert Counter(u.lang for u in FRESH_HEARD) == {"zh": 50, "en": 50}
    first, fresh = (Counter(u.expected["action"] for u in part) for part in (CLEAN, FRESH))
    assert set(first) == set(fresh)
    for action in first:
        assert abs(first[action] / len(CLEAN) - fresh[action] / len(FRESH)) < 0.04, action
    cooked = {u.expected.get("dish") for u in FRESH if u.expected["action"] == "cook"}
    assert cooked == set(load_product().menu)


def test_both_sets_are_read_and_share_nothing():
    assert len(ALL) == len(CLEAN) + len(HEARD) + len(FRESH) + len(FRESH_HEARD)
    assert not {bare(u.text) for u in CLEAN + HEARD} & {bare(u.text) for u in FRESH + FRESH_HEARD}


def test_no_sentence_twice():
    said = Counter((bare(u.text), json.dumps(u.state)) for u in ALL)
    assert [text for text, n in said.items() if n > 1] == []


def test_legal():
    properties = contracts.schema("plan")["properties"]
    for utterance in ALL:
        expected, words = utterance.expected, utterance.text
        assert set(expected) <= set(SLOTS), words
        for slot, value in slots(utterance).items():
            Draft202012Validator(properties[slot]).validate(value)
        contracts.check("request", {"id": "1", **utterance.request})
        action = expected["action"]
        assert ("topic" in expected) == (action == "answer"), words
        assert ("reason" in expected) == (action in {"ask", "refuse"}), words
        assert any(s.startswith("adjust.") for s in expected) == (action == "adjust"), words
        assert "target_c" not in expected or action == "keep_warm", words
        assert action != "cook" or "dish" in expected, words
        needs_a_cook = action in {"adjust", "cancel", "pause", "resume"}
        assert not (needs_a_cook and utterance.state["mode"] == "idle"), words


def test_textures_are_those_that_the_dish_has():
    for utterance in ALL:
        if "texture" in utterance.expected:
            texture = Texture(utterance.expected["texture"])
            dish = load_product().dish(utterance.expected["dish"])
            assert dish.meant(texture) is texture, utterance.text


def test_times():
    for utterance in ALL:
        now = moment(utterance.now)
        for when in (moment(utterance.expected[s]) for s in TIMES if s in utterance.expected):
            assert now < when <= now + timedelta(days=7), utterance.text
            # a bare clock time is at most twelve hours ahead
            near = when <= now + timedelta(hours=12)
            assert near or LATER_DAY.search(utterance.text), utterance.text


def test_raw_food_waits_no_longer_than_is_safe():
    product = load_product()
    for utterance in ALL:
        expected = utterance.expected
        starts = [moment(expected["start_at"])] if "start_at" in expected else []
        if "dish" not in expected or expected["action"] not in {"cook", "refuse"}:
            continue
        if "ready_at" in expected:
            # by the menu's own words (time_en), a usual cook: half as long again as the shortest
            usual = timedelta(minutes=1.5 * product.dish(expected["dish"]).min_time_min)
            starts.append(moment(expected["ready_at"]) - usual)
        ambient_c = utterance.extra.get("sensors", {}).get("ambient_c")
        hours = product.appliance.food_safety.raw_hold_hours(ambient_c)
        latest = moment(utterance.now) + timedelta(hours=hours)
        if expected["action"] == "refuse":
            assert max(starts) > latest + timedelta(minutes=30), utterance.text
        else:
            assert all(start <= latest for start in starts), utterance.text


def test_lines_read():
    text = (
        "# c\nhi\tidle\taction=status\n#now 2026-01-02T03:04:00\n"
        'ho\tcooking:soup:heat\taction=x dish=y\t{"memory": {}}\n'
    )
    first, second = read_lines("utterances_en", text)
    assert (first.text, first.state, first.lang) == ("hi", {"mode": "idle"}, "en")
    assert first.now == "2026-11-23T18:00:00"
    assert second.state == {"mode": "cooking", "dish": "soup", "phase": "heat"}
    assert second.expected == {"action": "x", "dish": "y"}
    assert second.request["now"] == "2026-01-02T03:04:00"
    assert second.request["memory"] == {}


@pytest.mark.parametrize(
    "line",
    [
        "only words",
        "a\tidle\taction",
        "a\tidle\tdish=x dish=y",
        "a\tidle\taction=x\t{",
        "a\tb\tc\td\te",
    ],
)
def test_a_bad_line_is_named(line):
    with pytest.raises(ValueError, match=r"heard_zh\.tsv line 2: "):
        list(read_lines("heard_zh", f"# c\n{line}\n"))


def test_scored_and_reported():
    sentences = list(
        read_lines(
            "utterances_en",
            "a\tidle\taction=cook dish=soup ready_at=2026-11-23T19:00\n"
            "b\tidle\taction=cook dish=soup servings=2\n"
            "c\tcooking\taction=adjust adjust.extra_min=5\n",
        )
    )
    answers = iter(
        [
            as_plan({"action": "cook", "dish": "soup", "ready_at": "2026-11-23T19:00:00"}),
            as_plan({"action": "cook", "dish": "stew", "servings": 2, "texture": "soft"}),
            as_plan({"action": "adjust", "adjust": {"extra_min": 5, "power": None}}),
        ]
    )
    outcomes = score(lambda _: next(answers), sentences)
    assert [o.wrong for o in outcomes] == [
        {},
        {"dish": ("soup", "stew"), "texture": (None, "soft")},
        {},
    ]
    figures = report(outcomes)
    assert figures["plans"]["all"]["right"] == 2
    assert figures["plans"]["action cook"]["n"] == 2
    assert figures["plans"]["lang en"]["share"] == pytest.approx(2 / 3)
    assert figures["slots"]["dish"]["right"] == 1
    assert figures["slots"]["texture"] | {"n": 0, "invented": 1} == figures["slots"]["texture"]
    assert "start_at" not in figures["slots"]


def test_leaks_are_found_in_all_files():
    known = [CLEAN[0].text, CLEAN[-1].text.upper(), HEARD[-1].text + "!", "not one of them"]
    assert len(leaked(known)) == 3


def test_leaks_are_found_in_the_fresh_set():
    assert len(leaked([f"{u.text} ." for u in FRESH + FRESH_HEARD])) == len(FRESH + FRESH_HEARD)


class Refuser:
    """A planner that takes nothing for its business."""

    @classmethod
    def load(cls, board=None, model_dir=None):
        assert model_dir == Path("some/model")
        return cls()

    def plan(self, request):
        contracts.check("request", request)
        return as_plan({"action": "refuse", "reason": "out_of_scope"})


def test_command_prints_both_sets_and_writes_figures(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "Planner", Refuser)
    file = tmp_path / "figures.json"
    assert command.main(["--json", str(file), "--model", "some/model"]) == 0
    printed = capsys.readouterr().out
    figures = json.loads(file.read_text())
    assert figures["set"] == "first"
    for name, sentences in (("clean", CLEAN), ("heard", HEARD)):
        refused = {"action": "refuse", "reason": "out_of_scope"}
        right = sum(u.expected == refused for u in sentences)
        row = figures[name]["plans"]["all"]
        assert (row["right"], row["n"]) == (right, len(sentences))
        assert row["low"] < right / len(sentences) < row["high"]
        assert f"{right:4}/{len(sentences)}" in printed
    assert "action: cook got refuse" in printed


def test_command_lists_no_misses_of_the_fresh_set(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "Planner", Refuser)
    file = tmp_path / "figures.json"
    arguments = ["--set", "fresh", "--json", str(file), "--model", "some/model"]
    assert command.main(arguments) == 0
    printed = capsys.readouterr().out
    figures = json.loads(file.read_text())
    assert figures["set"] == "fresh"
    assert figures["clean"]["plans"]["all"]["n"] == len(FRESH)
    assert figures["heard"]["plans"]["all"]["n"] == len(FRESH_HEARD)
    assert " got " not in printed
    assert not [u.text for u in FRESH + FRESH_HEARD if f"{u.text}  [" in printed]


def test_command_says_where_it_cannot_write(tmp_path, capsys):
    with pytest.raises(SystemExit) as exit_info:
        command.main(["--json", str(tmp_path / "nowhere" / "f.json")])
    assert exit_info.value.code == 2
    assert "no folder" in capsys.readouterr().err

"""Records of cooks: written, read back the same, shown, drawn, played again."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from wenhuo.errors import RequestError
from wenhuo_tools.cli.main import main
from wenhuo_tools.replay import replay_cook, replay_decisions
from wenhuo_tools.report.record import Decision
from wenhuo_tools.report.record_file import read_record, write_record

NOW = "2026-11-23T18:00:00+08:00"


@pytest.fixture(scope="module")
def record_file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("records") / "cook.jsonl"
    assert main(["record", "煮两个人的米饭", "--now", NOW, "--to", str(path)]) == 0
    return path


def test_a_record_reads_back_as_it_was_written(record_file, tmp_path):
    record = read_record(record_file)
    assert record.plan["dish"] == "white_rice"
    assert record.result["outcome"] == "done"
    assert record.log.samples
    assert record.log.spans
    assert len(record.decisions) == 1
    again = write_record(record, tmp_path / "again.jsonl")
    assert again.read_bytes() == record_file.read_bytes()


def test_the_same_model_decides_the_same_and_the_rig_cooks_the_same(record_file, capsys):
    assert main(["replay", str(record_file), "--cook", "--json"]) == 0
    played = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [again["what"] for again in played] == ["煮两个人的米饭", "cook"]
    assert [again["differs"] for again in played] == [[], []]


def test_another_answer_is_found(record_file, tmp_path, capsys):
    record = read_record(record_file)
    first = record.decisions[0]
    record.decisions[0] = Decision(0.0, first.request, {**first.plan, "servings": 9})
    changed = write_record(record, tmp_path / "changed.jsonl")
    assert main(["replay", str(changed)]) == 1
    assert "servings: 9 → 2" in capsys.readouterr().out


def test_another_cook_is_found(record_file):
    record = read_record(record_file)
    pot = {**record.scenario["pot"], "water_g": record.scenario["pot"]["water_g"] + 200}
    differs = replay_cook(replace(record, scenario={**record.scenario, "pot": pot})).differs
    assert any(line.startswith("energy_wh") for line in differs)


def test_a_refusal_has_decisions_and_no_cook(tmp_path):
    path = tmp_path / "refused.jsonl"
    main(["cook", "今天天气怎么样", "--now", NOW, "--record", str(path)])
    record = read_record(path)
    assert [again.differs for again in replay_decisions(record)] == [()]
    with pytest.raises(RequestError, match="nothing was cooked"):
        replay_cook(record)


def test_show_and_plot(record_file, tmp_path, capsys):
    assert main(["log", "show", str(record_file)]) == 0
    out = capsys.readouterr().out
    assert "煮两个人的米饭" in out
    assert "浸泡" in out
    assert main(["log", "show", str(record_file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["result"]["outcome"] == "done"

    page, picture = tmp_path / "cook.html", tmp_path / "cook.png"
    assert main(["log", "plot", str(record_file), "--to", str(picture)]) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert main(["log", "plot", str(record_file), "--to", str(page)]) == 0
    assert "data:image/png;base64," in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda lines: lines[:-1], "no end"),
        (lambda lines: lines[1:], "first line"),
        (lambda lines: ["{", *lines], "not JSON"),
        (lambda lines: [lines[0].replace('"format": 1', '"format": 2'), *lines[1:]], "format 2"),
        (lambda lines: [*lines, '{"kind": "weather"}'], "unknown kind"),
        (lambda lines: [lines[0], lines[2].replace('"t_s"', '"when"')], "not a whole record"),
    ],
)
def test_what_is_no_whole_record_is_one_line(record_file, tmp_path, capsys, change, told):
    lines = record_file.read_text(encoding="utf-8").splitlines()
    spoilt = tmp_path / "spoilt.jsonl"
    spoilt.write_text("\n".join(change(lines)), encoding="utf-8")
    assert main(["log", "show", str(spoilt)]) == 1
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1
    assert told in errors


def test_no_such_record_and_no_such_format(record_file, tmp_path, capsys):
    for command in (["log", "show"], ["log", "plot"], ["replay"]):
        assert main([*command, str(tmp_path / "none.jsonl")]) == 2
    assert main(["log", "plot", str(record_file), "--to", str(tmp_path / "cook.gif")]) == 2
    assert main(["record", "煮饭", "--now", NOW, "--to", "/proc/no/cook.jsonl"]) == 2
    assert "cannot write" in capsys.readouterr().err

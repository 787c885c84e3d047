import json

import pytest

from wenhuo_models.eval import card
from wenhuo_models.eval.formats import choose, loss, losses


def share(right, n):
    return {"n": n, "right": right, "share": right / n, "low": right / n - 0.01, "high": 1.0}


def figures(right):
    corpus = {
        "intent": {"all": share(right, 100), "lang zh": share(7, 10)},
        "slots": {"dish": share(5, 6) | {"invented": 3}},
        "schedule": share(80, 90),
        "ms": {"p50": 3.21, "p99": 9.87},
    }
    by_hand = {key: corpus[key] for key in ("intent", "slots")}
    return {"valid": corpus, "heldout": corpus, "clean": by_hand, "heard": by_hand}


@pytest.fixture
def folder(tmp_path):
    lost = {s: {"points": 0.31, "low": -0.2, "high": 0.8} for s in ("heldout", "clean", "heard")}
    facts = {"weights": "in blocks", "runtime": "ai-edge-litert", "bytes": 3_400_000, "loss": lost}
    manifest = {
        "config": {"hidden_size": 256},
        "provenance": {
            "command": "python -m wenhuo_models.pipeline --steps 7",
            "commit": "abc",
            "begun_with": {"provenance": {"command": "pipeline --steps 5", "commit": "d0e"}},
        },
        "formats": {
            "int8": {**facts, "file": "int8.tflite"},
            "int4": {**facts, "file": "model.tflite"},
        },
    }
    evaluation = {"float": figures(91), "int8": figures(92), "int4": figures(90)}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "eval.json").write_text(json.dumps(evaluation))
    return tmp_path


def test_a_student_trained_on_tells_its_ancestors_a_line_each(folder):
    card.write_card(folder)
    text = (folder / "card.md").read_text()
    assert "It began with what `pipeline --steps 5` made at commit d0e." in text
    assert "begun_with" not in text


def test_card_tells_all_that_lies_in_the_folder(folder):
    (folder / "numerics.json").write_text(
        json.dumps(
            {
                "Granite": {"absolute": 2e-5, "relative": 1e-6, "same_token": 1, "positions": 50},
                "llama.cpp": {"left_out": "not installed"},
            }
        )
    )
    counts = {"n": 40, "right": 39, "clean": 40, "feasible": 20, "on_time": 19, "refused": 0}
    dish = {**counts, "energy_wh": 250.5}
    (folder / "schedules.json").write_text(
        json.dumps(
            {"student": {"all": dish, "congee": dish}, "menu": {"all": dish, "congee": dish}}
        )
    )
    (folder / "train_curve.csv").write_text(
        "step,series,loss,intent_exact,schedule_exact\n20,train,2.5,,\n40,train,1.5,,\n40,valid,1.6,0.5,0.4\n"
    )
    assert card.main([str(folder)]) == 0
    text = (folder / "card.md").read_text()
    for said in (
        "`python -m wenhuo_models.pipeline --steps 7`",
        "| int4 | model.tflite | in blocks | ai-edge-litert | 3.40 MB | +0.3 (-0.2 to +0.8) |",
        "## By language, action and slot (int4)",
        "| lang zh | 70.0 % (69.0–100.0) of 10 |",
        "| slot dish | 83.3 % (82.3–100.0) of 6 +3 |",
        "| Granite | 2.0e-05 | 1.0e-06 | 100.00 % of 50 |",
        "| llama.cpp | not installed |",
        "| student | 40 | 97.5 % of 40 | 100.0 % of 40 | 95.0 % of 20 | 250.5 | 0 |",
        "| congee | 97.5 % of 40 | 97.5 % of 40 |",
        "![loss by step](train_curve.png)",
    ):
        assert said in text
    assert (folder / "train_curve.png").read_bytes().startswith(b"\x89PNG")


def test_what_was_not_measured_is_not_mentioned(folder):
    card.write_card(folder)
    text = (folder / "card.md").read_text()
    for absent in ("Schedules, cooked", "other engines", "## Training"):
        assert absent not in text


def test_a_folder_without_results_is_named(folder, capsys):
    (folder / "eval.json").unlink()
    assert card.main([str(folder)]) == 1
    assert str(folder) in capsys.readouterr().err


def test_a_loss_counts_the_sentences_lost_and_won():
    found = loss("1111100000" * 20, "1101110000" * 20)
    assert (found.n, found.lost, found.won, found.points) == (200, 20, 20, 0.0)
    assert (round(found.low, 1), round(found.high, 1)) == (-6.2, 6.2)
    assert loss("1" * 200, "1" * 196 + "0" * 4).points == 2.0


def evaluation(wrong):
    flags = "0" * wrong + "1" * (1000 - wrong)
    return {split: {"flags": flags} for split in ("heldout", "clean")}


def test_the_smallest_format_that_passes_is_chosen():
    sizes = {"int4": 3, "int8": 5, "int8-weights": 7}
    found = {"float": evaluation(100), "int8": evaluation(103), "int8-weights": evaluation(100)}
    assert choose(losses({**found, "int4": evaluation(107)}), sizes) == "int4"
    assert choose(losses({**found, "int4": evaluation(108)}), sizes) == "int8"


def test_where_no_format_passes_the_one_that_loses_least_is_chosen(caplog):
    found = {"float": evaluation(100), "int4": evaluation(130), "int8": evaluation(120)}
    assert choose(losses(found), {"int4": 3, "int8": 5}) == "int8"
    assert "no format passes" in caplog.text

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from wenhuo.errors import ModelError
from wenhuo.language.prompt import prompt
from wenhuo.llm.engine import Engine
from wenhuo.llm.tokenizer import Tokenizer
from wenhuo_models import pipeline
from wenhuo_models.distill.rows import INTENT, SCHEDULE, as_tensors, encode_rows
from wenhuo_models.distill.train import Trainer, TrainOptions, rate_at
from wenhuo_models.eval.score import wilson
from wenhuo_models.export.restore import restore
from wenhuo_models.minicpm.config import CONFIGS

ANSWER = "<|cook|> <|dish:congee|> <|plan|> <|dish:congee|> <|thick|> <|phases|> <|p:wait|> <|end|>"


@pytest.fixture(scope="module")
def rows(tokenizer):
    lines = [
        {
            "prompt": prompt(f"煮 {i} 个人的粥"),
            "answer": ["<|cook|>", "<|servings|>", f"<|{i}|>", "<|end|>"],
        }
        for i in range(1, 13)
    ]
    return encode_rows(lines, tokenizer, 224)


def trainer(tokenizer, path, steps=12):
    config = CONFIGS["test-tiny"].with_vocab(tokenizer.size)
    options = TrainOptions(steps, len(tokenizer.names), tokens=128, warmup=4, seed=9)
    return Trainer(config, options, path)


def test_only_the_models_own_words_count(tokenizer):
    names = ANSWER.split()
    rows = encode_rows([{"prompt": prompt("煮粥"), "answer": names}], tokenizer, 224)
    for line, which, written in ((0, INTENT, names[:3]), (1, SCHEDULE, names[6:])):
        _, targets, half = as_tensors(rows, np.array([line]))
        assert set(half[half > 0].tolist()) == {which}
        assert [tokenizer.names[i] for i in targets[half > 0].tolist()] == written


def test_a_schedule_is_learned_from_its_conditions_alone(tokenizer):
    names = ANSWER.split()
    rows = encode_rows([{"prompt": prompt("煮粥"), "answer": names}], tokenizer, 224)
    read = [tokenizer.names[i] for i in rows.ids[1, : rows.lengths[1]]]
    assert read == ["<|bos|>", "<|plan|>", *names[3:]]


def test_a_resumed_run_is_the_run_itself(tokenizer, rows, tmp_path):
    through = trainer(tokenizer, tmp_path / "a.pt")
    through.run(rows, {})
    trainer(tokenizer, tmp_path / "b.pt").run(rows, {}, until=5)
    resumed = trainer(tokenizer, tmp_path / "b.pt")
    assert resumed.step == 5
    resumed.run(rows, {})
    for a, b in zip(through.model.parameters(), resumed.model.parameters(), strict=True):
        assert torch.equal(a, b)


def test_training_learns_to_copy_a_number(tokenizer, rows, tmp_path):
    run = trainer(tokenizer, tmp_path / "c.pt", steps=60)
    first = run._learn(rows, torch.arange(12).numpy())
    run.run(rows, {})
    assert run._learn(rows, torch.arange(12).numpy()) < first / 3


def test_the_loss_curve_of_a_resumed_run_has_each_step_once(tokenizer, rows, tmp_path):
    trainer(tokenizer, tmp_path / "d.pt", steps=60).run(rows, {"valid": rows}, until=40)
    again = trainer(tokenizer, tmp_path / "d.pt", steps=60)
    again.step = 20  # as if the checkpoint were older than the curve's last point
    again.run(rows, {"valid": rows})
    lines = (tmp_path / "train_curve.csv").read_text().splitlines()
    assert lines[0] == "step,series,loss,intent_exact,schedule_exact"
    points = [line.split(",") for line in lines[1:]]
    assert [int(p[0]) for p in points if p[1] == "train"] == [20, 40, 60]
    watched = [p for p in points if p[1] == "valid"]
    assert [int(p[0]) for p in watched] == [60]
    assert 0 <= float(watched[0][3]) <= 1


def test_rate_warms_up_stays_and_decays():
    options = TrainOptions(1000, 300, warmup=100, decay=0.2)
    rates = [rate_at(step, options) for step in range(1000)]
    assert rates[0] < 0.02
    assert rates[100:801] == [1.0] * 701
    assert rates[-1] < 0.03
    assert rates[800:] == sorted(rates[800:], reverse=True)


def test_tokenizer_keeps_characters_whole_and_bytes_for_the_unknown(tokenizer):
    assert len(tokenizer.encode("帮我煮粥")) == 4
    assert len(tokenizer.encode("龘")) == 3
    assert len(tokenizer.encode("cook rice")) == 2
    assert tokenizer.encode("COOK　ＲＩＣＥ") == tokenizer.encode("cook rice")
    assert tokenizer.encode("<|bos|><|4|>") == tokenizer.ids(["<|bos|>", "<|4|>"])
    assert tokenizer.size <= 4096


def test_tokenizer_of_another_menu_is_refused(tokenizer, tmp_path):
    (tmp_path / "t.json").write_text(tokenizer.text, "utf-8")
    with pytest.raises(ModelError, match="make model"):
        Tokenizer.load(tmp_path / "t.json", ["pizza"])


def test_wilson_interval():
    low, high = wilson(95, 100)
    assert (round(low, 3), round(high, 3)) == (0.888, 0.978)


ONE = "--size test-tiny --rows 200 --steps 6 --batch-tokens 512 --eval-rows 20 --cooks 0".split()


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    """What the one command was given, after it ran; the folder that ships is its last word."""
    root = tmp_path_factory.mktemp("one")
    arguments = [*ONE, "--work", str(root / "work"), "--out", str(root / "out")]
    assert pipeline.main(arguments) == 0
    return arguments


def test_the_one_command_makes_a_model_folder_and_skips_what_is_done(command, caplog):
    out = Path(command[-1])
    made = Engine.load(out, threads=1).generate(prompt("帮我煮四个人的白粥"))
    assert made.tokens
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["provenance"]["training"]["steps"] == 6
    assert "Action and every slot right" in (out / "card.md").read_text()
    caplog.set_level("INFO")
    assert pipeline.main(command) == 0
    begun = [message for message in caplog.messages if message.endswith("begins")]
    assert not begun
    assert sum("skipped" in message for message in caplog.messages) >= 11


def test_training_goes_on_from_a_folder_that_ships(command, tmp_path):
    out = Path(command[-1])
    options = pipeline.read_options([*ONE, "--begin-with", str(out), "--work", str(tmp_path)])
    student = pipeline.Pipeline(options)
    student._make_student()
    assert student.tokenizer_file.read_bytes() == (out / "tokenizer.json").read_bytes()
    before = json.loads((out / "manifest.json").read_text())
    made = student._provenance()
    assert made["begun_with"] == {"files": before["files"], "provenance": before["provenance"]}
    assert f"--begin-with {out}" in made["command"]
    first = restore(out).model.embed_tokens.weight
    moved = (student._trained().model.embed_tokens.weight - first).abs().mean()
    assert moved < 0.1 * first.abs().mean()  # six steps from there, not from new random weights


def test_schedules_of_rare_dishes_are_all_kept(tokenizer):
    def row(dish):
        return {"prompt": prompt("煮粥"), "answer": ANSWER.replace("congee", dish).split()}

    rows = [row("congee")] * 80 + [row("soup")] * 20
    lines = encode_rows(rows, tokenizer, 224, planned_share=0.5)
    names = [tokenizer.names[i] for i in lines.ids[:, 2] if i < len(tokenizer.names)]
    assert names.count("<|dish:soup|>") == 20
    assert 20 <= names.count("<|dish:congee|>") <= 40

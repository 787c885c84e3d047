import json

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer as Backend
from tokenizers import models as backends
from tokenizers import pre_tokenizers

from wenhuo.errors import ModelError
from wenhuo.language.prompt import prompt
from wenhuo_models.distill.rows import as_tensors, encode_rows
from wenhuo_models.distill.teacher import TOP, TopLogits, adopt, ask, divergence, load_teacher
from wenhuo_models.distill.train import Trainer, TrainOptions
from wenhuo_models.minicpm.checkpoint import save_checkpoint
from wenhuo_models.minicpm.config import CONFIGS
from wenhuo_models.minicpm.model import MiniCPM
from wenhuo_models.pipeline import Pipeline, read_options


@pytest.fixture(scope="module")
def rows(tokenizer):
    lines = [
        {
            "prompt": prompt("煮粥" + "呀" * (i % 3)),
            "answer": ["<|cook|>", "<|servings|>", f"<|{i}|>", "<|end|>"],
        }
        for i in range(1, 13)
    ]
    return encode_rows(lines, tokenizer, 224)


@pytest.fixture(scope="module")
def teacher(tokenizer) -> MiniCPM:
    torch.manual_seed(8)
    return MiniCPM(CONFIGS["test-tiny"].with_vocab(tokenizer.size))


@pytest.fixture(scope="module")
def says(teacher, rows, tokenizer) -> TopLogits:
    return ask(teacher, rows, len(tokenizer.names))


def test_a_row_gets_the_teachers_thoughts_on_that_row(teacher, rows, says, tokenizer):
    chosen = np.array([7, 2])
    ids, logs = says.of(chosen, torch.device("cpu"))
    inputs, _, half = as_tensors(rows, chosen)
    with torch.no_grad():
        expected = teacher(inputs)[half > 0, : len(tokenizer.names)].log_softmax(-1)
    assert ids.shape == logs.shape == (len(expected), TOP)
    assert (expected.gather(1, ids) - logs).abs().max() < 0.05  # bfloat16 arithmetic
    assert (logs.diff(dim=1) <= 0).all()


def test_thoughts_kept_on_disk_are_the_same(says, tmp_path):
    says.save(tmp_path / "says.npz")
    again = TopLogits.load(tmp_path / "says.npz")
    for name in ("starts", "ids", "logs"):
        assert np.array_equal(getattr(again, name), getattr(says, name))
    assert [p.name for p in tmp_path.iterdir()] == ["says.npz"]


def test_divergence_is_none_from_oneself_and_some_from_others():
    logits = torch.randn(5, TOP, generator=torch.Generator().manual_seed(2))
    logs, ids = logits.log_softmax(-1).topk(TOP)
    assert divergence(logits, ids, logs).abs().max() < 1e-6
    assert (divergence(logits.flip(0), ids, logs)[[0, 1, 3, 4]] > 0.01).all()


def student(tokenizer, path, kl_weight):
    config = CONFIGS["test-tiny"].with_vocab(tokenizer.size)
    options = TrainOptions(
        80, len(tokenizer.names), tokens=128, warmup=4, decay=0.1, seed=9, kl_weight=kl_weight
    )
    return Trainer(config, options, path)


def distance(model, rows, says, written):
    chosen = np.arange(len(rows))
    inputs, _, half = as_tensors(rows, chosen)
    with torch.no_grad():
        logits = model(inputs)[half > 0, :written]
        far = divergence(logits, *says.of(chosen, torch.device("cpu")))
    return float(far.mean())


def test_a_student_of_a_teacher_comes_to_think_like_it(tokenizer, rows, says, tmp_path):
    labels_alone = student(tokenizer, tmp_path / "a.pt", 1.0)
    labels_alone.run(rows, {})  # no teacher: the weight says nothing
    taught = student(tokenizer, tmp_path / "b.pt", 1.0)
    written = len(tokenizer.names)
    before = distance(taught.model, rows, says, written)
    taught.run(rows, {}, teacher=says)
    after = distance(taught.model, rows, says, written)
    assert after < before / 3
    assert after < distance(labels_alone.model, rows, says, written) / 3


def test_a_resumed_taught_run_is_the_run_itself(tokenizer, rows, says, tmp_path):
    through = student(tokenizer, tmp_path / "c.pt", 0.5)
    through.run(rows, {}, until=9, teacher=says)
    student(tokenizer, tmp_path / "d.pt", 0.5).run(rows, {}, until=4, teacher=says)
    resumed = student(tokenizer, tmp_path / "d.pt", 0.5)
    resumed.run(rows, {}, until=9, teacher=says)
    for a, b in zip(through.model.parameters(), resumed.model.parameters(), strict=True):
        assert torch.equal(a, b)


def test_an_adopted_model_keeps_its_blocks_and_reads_our_words(tokenizer):
    torch.manual_seed(6)
    pieces = {"<unk>": 0, "粥": 1, "cook": 2, "dish": 3, "congee": 4}
    theirs = Backend(backends.WordLevel(pieces, unk_token="<unk>"))
    theirs.pre_tokenizer = pre_tokenizers.Whitespace()
    official = MiniCPM(CONFIGS["test-tiny"].with_vocab(len(pieces)))
    adopted = adopt(official, theirs, tokenizer)
    assert adopted.config.vocab_size == tokenizer.size
    ours, before = adopted.model.embed_tokens.weight, official.model.embed_tokens.weight
    assert torch.equal(ours[tokenizer.encode("粥")[0]], before[1])
    cook, dish = tokenizer.ids(["<|cook|>", "<|dish:congee|>"])
    assert torch.equal(ours[cook], before[2])
    assert torch.allclose(ours[dish], before[3:5].mean(0))
    assert torch.allclose(ours[tokenizer.pieces["<0x41>"]], before.mean(0))
    blocks, kept = official.model.layers[1].mlp, adopted.model.layers[1].mlp
    assert torch.equal(kept.up_proj.weight, blocks.up_proj.weight)


@pytest.fixture
def official(tmp_path):
    """A checkpoint folder in the official format, with a tokenizer of its own."""
    pieces = {"<unk>": 0, "粥": 1, "cook": 2}
    theirs = Backend(backends.WordLevel(pieces, unk_token="<unk>"))
    folder = tmp_path / "official"
    save_checkpoint(MiniCPM(CONFIGS["test-tiny"].with_vocab(len(pieces))), folder)
    theirs.save(str(folder / "tokenizer.json"))
    return folder


def make_student(work, teacher):
    sizes = "--size test-tiny --rows 200 --steps 3 --batch-tokens 512 --teacher-steps 2".split()
    arguments = [*sizes, "--teacher", str(teacher), "--work", str(work), "--out", str(work / "out")]
    Pipeline(read_options(arguments))._make_student()


@pytest.mark.parametrize("kind", ["size", "folder"])
def test_the_pipeline_trains_the_teacher_then_the_student(tmp_path, official, caplog, kind):
    work = tmp_path / "work"
    work.mkdir()
    caplog.set_level("INFO")
    make_student(work, official if kind == "folder" else "test-tiny")
    run = json.loads((work / "train.json").read_text())
    assert run["options"]["kl_weight"] == 0.5
    says = TopLogits.load(work / "teacher.npz")
    assert says.starts[-1] == len(says.ids) > 200
    caplog.clear()
    make_student(work, official if kind == "folder" else "test-tiny")
    assert [message for message in caplog.messages if message.endswith("begins")] == []


def test_an_official_folder_without_its_tokenizer_is_refused(official, tokenizer):
    (official / "tokenizer.json").write_text("{")
    with pytest.raises(ModelError, match="not a tokenizer file"):
        load_teacher(official, tokenizer)
    (official / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"tokenizer.json: no such file"):
        load_teacher(official, tokenizer)

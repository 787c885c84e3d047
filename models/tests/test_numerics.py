"""Our MiniCPM against transformers' Granite and llama.cpp's minicpm: random weights and trained."""

import importlib.util
import multiprocessing
import os
import signal
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
import torch
from gguf import GGUFReader

from wenhuo.language.prompt import prompt
from wenhuo_models.distill.rows import encode_rows
from wenhuo_models.distill.train import Trainer, TrainOptions
from wenhuo_models.export.gguf import write_gguf
from wenhuo_models.export.numerics import NO_PEER, apart, compare, error, granite, llama
from wenhuo_models.minicpm.config import CONFIGS, MiniCPMConfig
from wenhuo_models.minicpm.model import MiniCPM

ODD = MiniCPMConfig(
    97, 48, 80, 3, 6, 2, 8, 64, scale_emb=7.0, scale_depth=1.1, dim_model_base=16, rope_theta=500.0
)
NUMBERS = [1, 2, 3, 4, 5, 6, 8, 10, 12]

needs_llama = pytest.mark.skipif(importlib.util.find_spec("llama_cpp") is None, reason=NO_PEER)


def random_model(config: MiniCPMConfig) -> MiniCPM:
    torch.manual_seed(5)
    model = MiniCPM(config).eval()
    for norm in (m for m in model.modules() if type(m).__name__ == "RMSNorm"):
        torch.nn.init.normal_(norm.weight, mean=1.0, std=0.2)
    return model


@pytest.fixture(scope="module")
def trained(tokenizer, tmp_path_factory) -> MiniCPM:
    """Three hundred steps on a little corpus: weights that mean something, norms that moved."""
    lines = [
        {
            "prompt": prompt(f"{words} {n}"),
            "answer": [f"<|{action}|>", "<|servings|>", f"<|{n}|>", "<|end|>"],
        }
        for n in NUMBERS
        for words, action in (("煮粥", "cook"), ("下次记住", "remember"))
    ]
    config = CONFIGS["test-tiny"].with_vocab(tokenizer.size)
    options = TrainOptions(300, len(tokenizer.names), tokens=256, warmup=10, seed=9)
    trainer = Trainer(config, options, tmp_path_factory.mktemp("trained") / "t.pt")
    rows = encode_rows(lines, tokenizer, 224)
    first = trainer._learn(rows, np.arange(len(rows)))
    trainer.run(rows, {})
    assert trainer._learn(rows, np.arange(len(rows))) < first / 10
    return trainer.model.cpu().eval()


@pytest.fixture
def lines(rng):
    return [([rng.randrange(90) for _ in range(length)], 0) for length in (1, 7, 33, 60)]


@pytest.fixture(params=["random", "odd", "trained"])
def model(request, tokenizer) -> MiniCPM:
    if request.param == "trained":
        return request.getfixturevalue("trained")
    if request.param == "odd":
        return random_model(ODD.with_vocab(tokenizer.size))
    return random_model(CONFIGS["test-tiny"].with_vocab(tokenizer.size))


def test_logits_equal_transformers_granite(model, lines):
    found = error(model, granite(model), lines)
    assert found["relative"] <= 1e-5
    assert found["positions"] == sum(len(ids) for ids, _ in lines)


def test_a_scaling_left_out_would_be_seen(model, lines):
    """The comparison is worth something only if it fails for another model."""
    reference = granite(model)
    for name in ("scale_emb", "scale_depth", "dim_model_base", "rope_theta"):
        changed = dict.fromkeys([name], getattr(model.config, name) * 2)
        other = MiniCPM(MiniCPMConfig(**{**as_dict(model.config), **changed})).eval()
        other.load_state_dict(model.state_dict())
        assert error(other, reference, lines)["relative"] > 1e-3, name


def as_dict(config):
    return {name: getattr(config, name) for name in config.__dataclass_fields__}


def test_a_gguf_file_says_all_that_llama_cpp_must_know(trained, tokenizer, tmp_path):
    write_gguf(trained, tokenizer, tmp_path / "m.gguf")
    reader = GGUFReader(tmp_path / "m.gguf")
    said = {name: field.contents() for name, field in reader.fields.items()}
    c = trained.config
    assert said["general.architecture"] == "minicpm"
    assert said["minicpm.embedding_scale"] == c.scale_emb
    assert said["minicpm.residual_scale"] == pytest.approx(c.residual_scale)
    assert said["minicpm.logit_scale"] == c.logits_divisor
    assert said["minicpm.rope.freq_base"] == c.rope_theta
    pieces = said["tokenizer.ggml.tokens"]
    assert len(pieces) == tokenizer.size
    assert pieces[: len(tokenizer.names)] == tokenizer.names
    assert pieces[said["tokenizer.ggml.eos_token_id"]] == "<|end|>"
    assert len(reader.tensors) == 2 + 9 * c.num_hidden_layers


@pytest.mark.parametrize("kind", ["q8_0", "q4_0"])
def test_a_quantized_gguf_is_smaller_by_what_it_leaves_out(trained, tokenizer, tmp_path, kind):
    for each in ("f32", kind):
        write_gguf(trained, tokenizer, tmp_path / each, each)
    whole, small = (
        sum(t.n_bytes for t in GGUFReader(tmp_path / each).tensors) for each in ("f32", kind)
    )
    assert small / whole == pytest.approx({"q8_0": 34 / 128, "q4_0": 18 / 128}[kind], abs=0.02)


@needs_llama
def test_logits_equal_llama_cpp(model, tokenizer, lines, tmp_path):
    write_gguf(model, tokenizer, tmp_path / "m.gguf")
    assert error(model, llama(tmp_path / "m.gguf"), lines)["relative"] <= 1e-3


@needs_llama
@pytest.mark.parametrize("kind", ["q8_0", "q4_0"])
def test_quantized_logits_are_near_in_llama_cpp(trained, tokenizer, lines, tmp_path, kind):
    write_gguf(trained, tokenizer, tmp_path / "m.gguf", kind)
    found = error(trained, llama(tmp_path / "m.gguf"), lines)["relative"]
    assert 1e-5 < found <= {"q8_0": 0.03, "q4_0": 0.4}[kind]


def crash(_file: str, _ids: list[int]) -> None:
    """What an illegal instruction does to a process."""
    os.kill(os.getpid(), signal.SIGILL)


def test_a_peer_that_crashes_is_left_out_and_the_others_stay(model, lines):
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        found = compare(model, {"bad": apart(pool, crash, ""), "good": granite(model)}, lines)
    assert "crashed" in found["bad"]["left_out"]
    assert found["good"]["relative"] <= 1e-5

"""The engine on tflite-runtime 2.14, in .venv-tflite, which models/tflite_runtime.sh makes."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch

from wenhuo.errors import ModelError
from wenhuo.language.answer import PLAN
from wenhuo.language.prompt import prompt
from wenhuo.llm.engine import Engine
from wenhuo_models.eval import older
from wenhuo_models.eval.older import OlderEngine

SCRIPT = Path(older.__file__).parents[2] / "tflite_runtime.sh"


@pytest.fixture(scope="module", autouse=True)
def _environment():
    made = subprocess.run(["sh", SCRIPT], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(made.stderr.splitlines()[-1])


@pytest.fixture
def lines(rng, tiny_model):
    return [[rng.randrange(tiny_model.config.vocab_size) for _ in range(n)] for n in (1, 20, 70)]


@pytest.fixture
def expected(lines, tiny_model):
    with torch.no_grad():
        return [tiny_model(torch.tensor([ids]))[0, -1].numpy() for ids in lines]


def test_the_float_file_gives_torchs_logits(tiny_artifacts, lines, expected):
    with OlderEngine(tiny_artifacts["float"]) as engine:
        for ids, wanted in zip(lines, expected, strict=True):
            got = np.array(engine.logits(ids))
            assert np.abs(got - wanted[: len(got)]).max() <= 1e-4


def test_int8_weights_used_as_float32_are_answered_rightly(tiny_artifacts, lines, expected):
    with OlderEngine(tiny_artifacts["int8-weights"]) as engine:
        for ids, wanted in zip(lines, expected, strict=True):
            got = np.array(engine.logits(ids))
            assert np.corrcoef(got, wanted[: len(got)])[0, 1] > 0.99


def test_int8_with_a_scale_per_channel_is_answered_by_zeros(tiny_artifacts, lines):
    """The reason for a format of its own. Where this fails, the older runtime has been mended."""
    with OlderEngine(tiny_artifacts["int8"]) as engine:
        assert not np.any([engine.logits(ids) for ids in lines])


@pytest.mark.parametrize("kind", ["float", "int8-weights"])
def test_its_engine_writes_the_lines_of_the_newer_one_on_the_same_file(tiny_artifacts, kind):
    newer = Engine.load(tiny_artifacts[kind], threads=1)
    asked = []

    def interject(names):
        asked.append(names)

    with OlderEngine(tiny_artifacts[kind]) as engine:
        for number in range(40):
            words = prompt(f"煮饭 {number}")
            assert engine.generate(words, interject).tokens == newer.generate(words).tokens
            assert engine.generate(words).tokens == newer.generate(words).tokens
    assert asked
    assert all(names[-1] == PLAN for names in asked)


def test_a_model_that_does_not_load_there_is_named(tmp_path):
    with pytest.raises(ModelError, match="process ended"):
        OlderEngine(tmp_path)


def test_without_the_environment_the_remedy_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(older, "PYTHON", tmp_path / "none")
    with pytest.raises(ModelError, match="make tflite-runtime"):
        OlderEngine(tmp_path)

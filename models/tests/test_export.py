import numpy as np
import pytest
import torch

from wenhuo.llm.artifact import read_artifact
from wenhuo.llm.delegation import LOOKUPS, delegated
from wenhuo.llm.runtime import Runtime
from wenhuo_models.export.graph import DeviceModel
from wenhuo_models.minicpm.config import CONFIGS


def logits_of(runtime: Runtime, parts: list[list[int]]) -> np.ndarray:
    runtime.rewind(0)
    return [runtime.feed(part) for part in parts][-1]


def whole(model, ids: list[int], outputs: int) -> np.ndarray:
    with torch.no_grad():
        return model(torch.tensor([ids]))[0, -1, :outputs].numpy()


@pytest.mark.parametrize("length", [1, 2, 6, 7, 24, 30, 64, 65, 90, 200])
def test_float_file_equals_torch_whatever_the_length(tiny_artifacts, tiny_model, rng, length):
    artifact = read_artifact(tiny_artifacts["float"])
    ids = [rng.randrange(tiny_model.config.vocab_size) for _ in range(length)]
    got = logits_of(Runtime(artifact, 1), [ids])
    assert np.abs(got - whole(tiny_model, ids, artifact.outputs)).max() <= 1e-4


def test_cache_fed_in_parts_and_rewound_equals_torch(tiny_artifacts, tiny_model, rng):
    artifact = read_artifact(tiny_artifacts["float"])
    ids = [rng.randrange(tiny_model.config.vocab_size) for _ in range(120)]
    runtime = Runtime(artifact, 1)
    runtime.feed([1] * 150)  # leftovers of an earlier line must not be seen
    parts = [ids[:40], ids[40:41], ids[41:60], ids[60:]]
    expected = whole(tiny_model, ids, artifact.outputs)
    assert np.abs(logits_of(runtime, parts) - expected).max() <= 1e-4
    runtime.rewind(100)
    assert np.abs(runtime.feed(ids[100:]) - expected).max() <= 1e-4


@pytest.mark.parametrize(("tokens", "guesses"), [(1, 4), (12, 4), (17, 3), (19, 1), (20, 0)])
def test_guesses_are_fed_along_and_the_wrong_ones_taken_back(
    tiny_artifacts, tiny_model, rng, tokens, guesses
):
    artifact = read_artifact(tiny_artifacts["float"])
    runtime, outputs = Runtime(artifact, 1), artifact.outputs
    ids = [rng.randrange(tiny_model.config.vocab_size) for _ in range(tokens + 4)]
    rows = runtime.feed_ahead(ids[:tokens], ids[tokens:])
    assert len(rows) == 1 + guesses
    assert runtime.fed == tokens + guesses
    for row, end in zip(rows, range(tokens, len(ids) + 1), strict=False):
        assert np.abs(row - whole(tiny_model, ids[:end], outputs)).max() <= 1e-4
    runtime.rewind(tokens + guesses // 2)
    instead = [*ids[: tokens + guesses // 2], 5, 6]
    assert np.abs(runtime.feed([5, 6]) - whole(tiny_model, instead, outputs)).max() <= 1e-4


@pytest.mark.parametrize("name", ["float", "int8", "int4"])
def test_xnnpack_runs_all_but_the_lookups(tiny_artifacts, name):
    runs, nodes = delegated("ai_edge_litert", tiny_artifacts[name] / "model.tflite")
    assert 0 < nodes - runs <= LOOKUPS


def test_int8_file_has_no_float_matrix_and_is_close(tiny_artifacts, tiny_model, rng):
    artifact = read_artifact(tiny_artifacts["int8"])
    # Not the file's size: the tiny model's is mostly the signatures' description.
    head = DeviceModel(tiny_model, artifact.outputs, artifact.context).head.weight
    content = head.detach().numpy().tobytes()
    assert content in (tiny_artifacts["float"] / "model.tflite").read_bytes()
    assert content not in artifact.model.read_bytes()
    ids = [rng.randrange(CONFIGS["test-tiny"].vocab_size) for _ in range(50)]
    expected = whole(tiny_model, ids, artifact.outputs)
    got = logits_of(Runtime(artifact, 1), [ids])
    assert np.corrcoef(got, expected)[0, 1] > 0.95

"""A student back from the int8 file that ships answers as the one that was exported."""

import json
import shutil

import numpy as np
import pytest
import torch

from wenhuo.errors import ModelError
from wenhuo_models.export.restore import restore


def logits(model, ids, outputs):
    with torch.no_grad():
        return model(torch.tensor([ids]))[0, -1, :outputs].numpy()


def test_the_restored_student_answers_like_the_first(tiny_artifacts, tiny_model, tokenizer, rng):
    restored = restore(tiny_artifacts["int8"]).eval()
    assert restored.config == tiny_model.config
    outputs = len(tokenizer.names)
    for _ in range(5):
        ids = [rng.randrange(tiny_model.config.vocab_size) for _ in range(40)]
        first, again = (logits(m, ids, outputs) for m in (tiny_model, restored))
        assert np.corrcoef(first, again)[0, 1] > 0.95


def test_a_norm_that_was_folded_comes_back(tiny_artifacts, tiny_model):
    """Every weight of the embedding within one step of int8."""
    before = tiny_model.model.embed_tokens.weight.detach()
    after = restore(tiny_artifacts["int8"]).model.embed_tokens.weight.detach()
    step = before.abs().amax(1, keepdim=True) / 127
    assert ((before - after).abs() <= 0.51 * step + 1e-7).all()


def test_a_folder_without_int8_is_told(tiny_artifacts):
    with pytest.raises(ModelError, match="has no int8 file to train on from"):
        restore(tiny_artifacts["int4"])


def test_a_file_of_another_graph_is_told(tiny_artifacts, tmp_path):
    shutil.copytree(tiny_artifacts["float"], tmp_path / "other")
    manifest = tmp_path / "other" / "manifest.json"
    content = json.loads(manifest.read_text())
    content["formats"] = {"int8": {"file": "model.tflite"}}
    manifest.write_text(json.dumps(content))
    with pytest.raises(ModelError, match="not the graph of this version"):
        restore(tmp_path / "other")

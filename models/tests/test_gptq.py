"""Weights on the int4 grid: what GPTQ promises, and that the quantizer finds the grid again."""

import pytest
import torch

from wenhuo.llm.artifact import TOKENIZER, read_artifact
from wenhuo_models.export.artifact import Label, model_files, write_artifact
from wenhuo_models.export.gptq import BLOCK, snapped
from wenhuo_models.export.graph import DeviceModel
from wenhuo_models.export.numerics import error, tflite
from wenhuo_models.export.tflite import FORMATS, quantize, replace_weights
from wenhuo_models.minicpm.model import MiniCPM

INT4 = next(form for form in FORMATS if form.name == "int4")


@pytest.fixture
def inputs() -> torch.Tensor:
    """Inputs whose columns hang together, as a layer's do."""
    generator = torch.Generator().manual_seed(4)
    mixed = torch.randn(16, 64, generator=generator)
    return torch.randn(500, 16, generator=generator) @ mixed + 0.1


@pytest.fixture
def weight() -> torch.Tensor:
    return torch.randn(24, 64, generator=torch.Generator().manual_seed(5)) * 0.1


def rounded(weight: torch.Tensor) -> torch.Tensor:
    """Plain rounding, the largest weight of a block on code 7."""
    blocks = weight.view(len(weight), -1, BLOCK)
    scale = blocks.abs().amax(2, keepdim=True) / 7
    return ((blocks / scale).round() * scale).view_as(weight)


def test_the_layer_answers_nearer_than_with_plain_rounding(weight, inputs):
    moved = snapped(weight, inputs.T @ inputs)
    lost = ((inputs @ (moved - weight).T) ** 2).mean()
    assert lost < 0.5 * ((inputs @ (rounded(weight) - weight).T) ** 2).mean()


def test_every_block_has_16_values_at_most_and_one_on_the_largest_code(weight, inputs):
    for block in snapped(weight, inputs.T @ inputs).view(-1, BLOCK):
        scale = block.abs().max() / 7
        codes = block / scale
        assert (codes - codes.round()).abs().max() < 1e-3
        assert scale == scale.bfloat16().float()


def test_weights_on_the_grid_stay_where_they_are(weight, inputs):
    once = snapped(weight, inputs.T @ inputs)
    assert torch.allclose(snapped(once, inputs.T @ inputs), once, rtol=1e-6)


def test_a_layer_that_was_never_reached_is_rounded_all_the_same(weight):
    assert (snapped(weight, torch.zeros(64, 64)) - weight).abs().max() < 0.1 * 0.6


def test_blocks_of_zeros_and_of_dust_do_not_upset_the_runtime(
    tiny_model, tiny_artifacts, dishes, tmp_path, rng
):
    """A block of zeros alone would get scale 0; XNNPACK then refuses the file."""
    torch.manual_seed(20)
    model = MiniCPM(tiny_model.config).eval()
    model.model.layers[0].mlp.up_proj.weight.data[:3] = 0
    model.model.layers[0].mlp.gate_proj.weight.data[5] = 1e-12
    label = Label(model.config, dishes, 256, read_artifact(tiny_artifacts["float"]).outputs, {})
    plain, moved = (DeviceModel(m, label.outputs, label.context) for m in (tiny_model, model))
    matrix = moved.blocks[0].gate_up.weight
    matrix.data = snapped(matrix.detach(), torch.eye(matrix.shape[1]))
    whole, small = tmp_path / "whole.tflite", tmp_path / "small.tflite"
    replace_weights(tiny_artifacts["float"] / "model.tflite", whole, plain, moved)
    quantize(whole, small, INT4)
    files = model_files(tiny_artifacts["float"] / TOKENIZER, small)
    write_artifact(tmp_path / "int4", label, files)
    lines = [([rng.randrange(model.config.vocab_size) for _ in range(30)], 20)]
    assert error(model, tflite(tmp_path / "int4"), lines)["relative"] < 0.2


def test_a_file_of_another_model_is_not_patched(tiny_model, tiny_artifacts, tmp_path):
    torch.manual_seed(12)
    other = DeviceModel(MiniCPM(tiny_model.config), 300, 256)
    with pytest.raises(ValueError, match="0 times, not once"):
        replace_weights(tiny_artifacts["float"] / "model.tflite", tmp_path / "x", other, other)

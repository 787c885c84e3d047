"""Official checkpoints: folders in their format, small and random; what is wrong with others."""

import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from wenhuo.errors import ModelError
from wenhuo_models.export.numerics import error, granite
from wenhuo_models.minicpm.checkpoint import INDEX, SINGLE, load_checkpoint, save_checkpoint
from wenhuo_models.minicpm.config import MiniCPMConfig
from wenhuo_models.minicpm.model import MiniCPM

ODD = MiniCPMConfig(97, 48, 80, 3, 6, 2, 8, 64, scale_emb=7.0, scale_depth=1.1, dim_model_base=16)
STRETCHED = replace(ODD, rope_factors=(1.0, 1.3, 2.5, 40.0))
QUERY = "model.layers.1.self_attn.q_proj.weight"


def random_model(config: MiniCPMConfig) -> MiniCPM:
    torch.manual_seed(5)
    return MiniCPM(config).eval()


@pytest.fixture
def folder(tmp_path):
    save_checkpoint(random_model(ODD), tmp_path)
    return tmp_path


def change(path, **values):
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def shard(folder, **more):
    """The single file as two shards with an index, as the large official ones are."""
    tensors = {**load_file(folder / SINGLE), **more}
    (folder / SINGLE).unlink()
    names = sorted(tensors)
    where = {}
    for i, part in enumerate((names[:9], names[9:]), 1):
        file = f"model-0000{i}-of-00002.safetensors"
        save_file({n: tensors[n] for n in part}, folder / file)
        where |= dict.fromkeys(part, file)
    (folder / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": where}))


def same(one: MiniCPM, other: MiniCPM) -> bool:
    return all(map(torch.equal, one.state_dict().values(), other.state_dict().values()))


@pytest.mark.parametrize("config", [ODD, STRETCHED], ids=["plain", "longrope"])
def test_single_file_round_trips(tmp_path, config):
    model = random_model(config)
    save_checkpoint(model, tmp_path)
    again = load_checkpoint(tmp_path)
    assert again.config == config
    assert same(again, model)


def test_shards_are_found_by_their_index_and_a_head_that_is_the_embedding_is_fine(folder):
    shard(
        folder, **{"lm_head.weight": random_model(ODD).model.embed_tokens.weight.detach().clone()}
    )
    save_file({"stray": torch.zeros(2)}, folder / "consolidated.safetensors")  # not in the index
    assert same(load_checkpoint(folder), random_model(ODD))


def test_bfloat16_tensors_become_float32(folder):
    tensors = {name: t.bfloat16() for name, t in load_file(folder / SINGLE).items()}
    save_file(tensors, folder / SINGLE)
    model = load_checkpoint(folder)
    assert model.model.norm.weight.dtype == torch.float32
    assert torch.equal(model.state_dict()[QUERY], tensors[QUERY].float())


def test_longrope_turns_as_in_transformers():
    model = random_model(STRETCHED)
    lines = [(list(range(60)), 0)]
    assert error(model, granite(model), lines)["relative"] <= 1e-5
    assert error(model, granite(random_model(ODD)), lines)["relative"] > 1e-4


def test_an_older_configuration_without_head_dim_and_rope_theta_loads(folder):
    values = json.loads((folder / "config.json").read_text())
    del values["head_dim"], values["rope_theta"]
    (folder / "config.json").write_text(json.dumps({**values, "rope_scaling": None}))
    assert load_checkpoint(folder).config == ODD


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"rope_scaling": {"rope_type": "yarn"}}, "rope_scaling 'yarn' is not supported"),
        ({"rope_scaling": {"type": "linear", "factor": 2}}, "'linear' is not supported"),
        (
            {
                "rope_scaling": {
                    "rope_type": "longrope",
                    "short_factor": [1.0] * 4,
                    "original_max_position_embeddings": 16,
                }
            },
            "stretched from 16 to 64 positions",
        ),
        (
            {"rope_scaling": {"rope_type": "longrope", "short_factor": [1.0] * 3}},
            "short_factor must have 4 numbers",
        ),
        ({"attention_bias": True}, "attention_bias True is not supported"),
        ({"hidden_act": "gelu"}, "hidden_act 'gelu' is not supported"),
        ({"tie_word_embeddings": False}, "tie_word_embeddings False is not supported"),
        ({"num_hidden_layers": 4}, r"9 tensors are missing: model.layers.3.* and 6 more"),
        ({"num_hidden_layers": 2}, "is no tensor of MiniCPM"),
        ({"hidden_size": 32, "head_dim": 8}, r"is \[97, 48\], by config.json it must be"),
    ],
)
def test_a_configuration_that_is_not_ours_is_refused(folder, values, said):
    change(folder / "config.json", **values)
    with pytest.raises(ModelError, match=said):
        load_checkpoint(folder)


def test_another_models_configuration_is_named(folder):
    values = json.loads((folder / "config.json").read_text())
    del values["scale_emb"], values["dim_model_base"]
    (folder / "config.json").write_text(json.dumps(values))
    with pytest.raises(ModelError, match="no dim_model_base, scale_emb; this is no MiniCPM"):
        load_checkpoint(folder)


def test_a_tensor_of_another_shape_is_named(folder):
    tensors = load_file(folder / SINGLE)
    tensors[QUERY] = tensors[QUERY][:-1].clone()
    save_file(tensors, folder / SINGLE)
    with pytest.raises(ModelError, match=r"q_proj.weight is \[47, 48\], .* must be \[48, 48\]"):
        load_checkpoint(folder)


def test_a_missing_tensor_is_named(folder):
    tensors = load_file(folder / SINGLE)
    del tensors[QUERY]
    save_file(tensors, folder / SINGLE)
    with pytest.raises(ModelError, match=f"1 tensors are missing: {QUERY}"):
        load_checkpoint(folder)


def test_a_head_of_its_own_is_refused(folder):
    shard(folder, **{"lm_head.weight": torch.randn(97, 48)})
    with pytest.raises(ModelError, match="only tied embeddings"):
        load_checkpoint(folder)


def test_files_that_are_absent_or_broken_are_named(folder):
    shard(folder)
    (folder / "model-00002-of-00002.safetensors").write_bytes(b"half a download")
    with pytest.raises(ModelError, match=r"00002\.safetensors: not a whole safetensors file"):
        load_checkpoint(folder)
    (folder / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(ModelError, match=r"00002\.safetensors: no such file"):
        load_checkpoint(folder)
    (folder / INDEX).write_text("{}")
    with pytest.raises(ModelError, match="no weight_map"):
        load_checkpoint(folder)
    (folder / INDEX).unlink()
    with pytest.raises(ModelError, match=r"model\.safetensors: no such file"):
        load_checkpoint(folder)
    (folder / "config.json").write_text("[]")
    with pytest.raises(ModelError, match="not a JSON object"):
        load_checkpoint(folder)
    (folder / "config.json").unlink()
    with pytest.raises(ModelError, match=r"config\.json: no such file"):
        load_checkpoint(folder)

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from wenhuo_models.minicpm.checkpoint import load_checkpoint, save_checkpoint
from wenhuo_models.minicpm.config import CONFIGS, MiniCPMConfig, from_hf_config
from wenhuo_models.minicpm.model import MiniCPM

ODD = MiniCPMConfig(97, 48, 80, 3, 6, 2, 8, 64, scale_emb=7.0, scale_depth=1.1, dim_model_base=16)


def random_model(config: MiniCPMConfig) -> MiniCPM:
    torch.manual_seed(5)
    model = MiniCPM(config).eval()
    for norm in (m for m in model.modules() if type(m).__name__ == "RMSNorm"):
        torch.nn.init.normal_(norm.weight, mean=1.0, std=0.2)
    return model


def test_a_token_sees_only_what_stands_before_it():
    model = random_model(CONFIGS["test-tiny"])
    ids = torch.arange(20)[None]
    changed = ids.clone()
    changed[0, 15] = 300
    with torch.no_grad():
        before, after = model(ids)[0], model(changed)[0]
    assert torch.equal(before[:15], after[:15])
    assert not torch.allclose(before[15:], after[15:])


def test_checkpoint_in_the_official_format_round_trips(tmp_path):
    model = random_model(ODD)
    save_checkpoint(model, tmp_path)
    again = load_checkpoint(tmp_path)
    assert again.config == ODD
    ids = torch.arange(30)[None]
    with torch.no_grad():
        assert torch.equal(model(ids), again(ids))


def test_sharded_checkpoint_with_its_head_written_out_loads(tmp_path):
    model = random_model(ODD)
    save_checkpoint(model, tmp_path)
    tensors = load_file(tmp_path / "model.safetensors")
    (tmp_path / "model.safetensors").unlink()
    tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"].clone()
    names = sorted(tensors)
    for i, part in enumerate((names[:9], names[9:]), 1):
        save_file({n: tensors[n] for n in part}, tmp_path / f"model-0000{i}-of-00002.safetensors")
    again = load_checkpoint(tmp_path)
    assert torch.equal(again.model.norm.weight, model.model.norm.weight)


def test_config_of_another_rope_is_refused(tmp_path):
    save_checkpoint(random_model(ODD), tmp_path)
    values = json.loads((tmp_path / "config.json").read_text())
    values["rope_scaling"] = {"rope_type": "longrope"}
    with pytest.raises(ValueError, match="longrope"):
        from_hf_config(values)


def test_nano_has_about_five_million_parameters():
    model = MiniCPM(CONFIGS["nano"].with_vocab(2500))
    assert 4e6 < sum(p.numel() for p in model.parameters()) < 6e6

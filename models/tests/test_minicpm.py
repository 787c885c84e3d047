import torch

from wenhuo_models.minicpm.config import CONFIGS, MiniCPMConfig
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


def test_nano_has_about_five_million_parameters():
    model = MiniCPM(CONFIGS["nano"].with_vocab(2500))
    assert 4e6 < sum(p.numel() for p in model.parameters()) < 6e6

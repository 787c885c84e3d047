import random
from pathlib import Path

import pytest
import torch

from wenhuo.boards import load_product
from wenhuo.language.vocabulary import functional_tokens
from wenhuo.llm.tokenizer import Tokenizer
from wenhuo_models.distill.tokenizer import build_tokenizer
from wenhuo_models.export.artifact import write_artifact
from wenhuo_models.export.tflite import export_float, quantize_int8
from wenhuo_models.minicpm.config import CONFIGS
from wenhuo_models.minicpm.model import MiniCPM

TEXTS = ["<|say|>帮我煮粥稠一点早上吃<|reply|>", "<|say|>cook rice for <|4|> people<|reply|>"] * 4


@pytest.fixture(scope="session")
def dishes() -> list[str]:
    return list(load_product().menu)


@pytest.fixture(scope="session")
def tokenizer(dishes) -> Tokenizer:
    return Tokenizer(build_tokenizer(TEXTS, dishes, 4096), functional_tokens(dishes))


@pytest.fixture(scope="session")
def tiny_model(tokenizer) -> MiniCPM:
    torch.manual_seed(3)
    model = MiniCPM(CONFIGS["test-tiny"].with_vocab(tokenizer.size)).eval()
    for name, weight in model.named_parameters():
        if "proj" in name:  # chaotic enough to say something else to each prompt
            weight.data *= 4
    return model


@pytest.fixture(scope="session")
def tiny_artifacts(tmp_path_factory, tokenizer, tiny_model, dishes) -> dict[str, Path]:
    """The tiny random model as two model folders: float and int8."""
    root = tmp_path_factory.mktemp("tiny")
    tokenizer.backend.save(str(root / "tokenizer.json"))
    sizes = {"context": 256, "outputs": len(tokenizer.names)}
    export_float(tiny_model, sizes["outputs"], sizes["context"], root / "float.tflite")
    quantize_int8(root / "float.tflite", root / "int8.tflite")
    for name in ("float", "int8"):
        write_artifact(
            root / name,
            files={
                "model.tflite": root / f"{name}.tflite",
                "tokenizer.json": root / "tokenizer.json",
            },
            config=tiny_model.config,
            dishes=dishes,
            sizes=sizes,
            provenance={"seed": 3},
        )
    return {name: root / name for name in ("float", "int8")}


@pytest.fixture
def rng() -> random.Random:
    return random.Random(11)

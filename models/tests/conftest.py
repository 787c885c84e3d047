import copy
import random
from pathlib import Path

import pytest
import torch

from wenhuo.boards import load_product
from wenhuo.language.vocabulary import functional_tokens
from wenhuo.llm.artifact import MODEL
from wenhuo.llm.tokenizer import Tokenizer
from wenhuo_models.distill.tokenizer import build_tokenizer
from wenhuo_models.export.artifact import Label, model_files, write_artifact
from wenhuo_models.export.gptq import snap
from wenhuo_models.export.graph import DeviceModel
from wenhuo_models.export.tflite import FORMATS, export_float, quantize, replace_weights
from wenhuo_models.minicpm.config import CONFIGS
from wenhuo_models.minicpm.model import MiniCPM

TEXTS = ["<|say|>帮我煮粥稠一点早上吃<|reply|>", "<|say|>cook rice for <|4|> people<|reply|>"] * 4


@pytest.fixture(scope="session")
def dishes() -> list[str]:
    return list(load_product().menu)


@pytest.fixture(scope="session")
def tokenizer(dishes) -> Tokenizer:
    return Tokenizer(build_tokenizer(TEXTS, dishes, 4096).to_str(), functional_tokens(dishes))


@pytest.fixture(scope="session")
def tiny_model(tokenizer) -> MiniCPM:
    torch.manual_seed(3)
    model = MiniCPM(CONFIGS["test-tiny"].with_vocab(tokenizer.size)).eval()
    for name, weight in model.named_parameters():
        if "proj" in name:  # chaotic enough to say something else to each prompt
            weight.data *= 4
    return model


CALIBRATION = [[1 + (7 * i + j * j) % 500 for j in range(40)] for i in range(20)]


@pytest.fixture(scope="session")
def tiny_artifacts(tmp_path_factory, tokenizer, tiny_model, dishes) -> dict[str, Path]:
    """The tiny random model as model folders: float and each format that ships."""
    root = tmp_path_factory.mktemp("tiny")
    (root / "tokenizer.json").write_text(tokenizer.text, "utf-8")
    label = Label(tiny_model.config, dishes, 256, len(tokenizer.names), {"seed": 3})
    device_model = DeviceModel(tiny_model, label.outputs, label.context)
    export_float(device_model, root / "float.tflite")
    moved = copy.deepcopy(device_model)
    snap(moved, CALIBRATION)
    replace_weights(root / "float.tflite", root / "snapped.tflite", device_model, moved)
    for form in FORMATS:
        source = root / ("snapped.tflite" if form.snapped else "float.tflite")
        quantize(source, root / f"{form.name}.tflite", form)
    names = ["float", *(form.name for form in FORMATS)]
    for name in names:
        files = model_files(root / "tokenizer.json", root / f"{name}.tflite")
        write_artifact(root / name, label, files, {name: {"file": MODEL}})
    return {name: root / name for name in names}


@pytest.fixture
def rng() -> random.Random:
    return random.Random(11)

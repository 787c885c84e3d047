"""The engine in an arm64 tree under qemu-user: the same tokens as here."""

import os
from pathlib import Path

import pytest

from wenhuo.errors import ModelError
from wenhuo.llm.artifact import default_folder
from wenhuo.llm.engine import Engine
from wenhuo_models.eval.arm64 import ROOT_ENV, Arm64Engine
from wenhuo_models.eval.same import lines, sentences

COUNT = 8
_given = os.environ.get(ROOT_ENV)


@pytest.mark.skipif(
    not _given or os.geteuid() != 0,
    reason=f"needs root and an arm64 tree: sh host_tools/arm64_root.sh DIR; {ROOT_ENV}=DIR",
)
def test_the_same_tokens_as_on_this_processor():
    folder, texts = default_folder(), sentences(COUNT)
    with Arm64Engine(Path(_given or ""), folder) as there:
        assert list(lines(there, texts)) == list(lines(Engine.load(folder, threads=1), texts))


def test_a_folder_that_is_no_tree_is_told(tmp_path):
    with pytest.raises(ModelError, match="no arm64 tree"):
        Arm64Engine(tmp_path, default_folder())

"""Our numbers against other engines', on one set of weights: transformers, llama.cpp, TFLite."""

from __future__ import annotations

import importlib.util
import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from wenhuo.llm.artifact import read_artifact
from wenhuo.llm.runtime import Runtime
from wenhuo_models.minicpm.granite import as_granite
from wenhuo_models.minicpm.model import MiniCPM

NO_PEER = "llama_cpp is not installed: pip install -c constraints.txt -e 'models[peers]'"
# Token ids [T], and the first position whose logits are compared.
Line = tuple[Sequence[int], int]
Logits = Callable[
    [Sequence[int], int], NDArray[np.float32]
]  # a line -> logits [T - first, outputs]


def compare(
    model: MiniCPM, peers: Mapping[str, Logits], lines: Sequence[Line]
) -> dict[str, dict[str, Any]]:
    """error() of each peer on these lines; a peer that crashes is named as left out."""
    found: dict[str, dict[str, Any]] = {}
    for name, peer in peers.items():
        try:
            found[name] = error(model, peer, lines)
        except BrokenProcessPool:
            found[name] = {"left_out": "its process crashed on this machine"}
    return found


def has_llama() -> bool:
    """Whether llama.cpp is installed."""
    return importlib.util.find_spec("llama_cpp") is not None


def error(model: MiniCPM, peer: Logits, lines: Sequence[Line]) -> dict[str, float]:
    """Largest difference, absolute and relative to the largest logit, and how often the same token
    is the most probable one."""
    worst, largest, same, positions = 0.0, 0.0, 0, 0
    for ids, first in lines:
        theirs = peer(ids, first)
        ours = _torch(model, ids)[first:, : theirs.shape[1]]
        worst = max(worst, float(np.abs(ours - theirs).max()))
        largest = max(largest, float(np.abs(ours).max()))
        same += int((ours.argmax(1) == theirs.argmax(1)).sum())
        positions += len(theirs)
    return {
        "absolute": worst,
        "relative": worst / largest,
        "same_token": same / positions,
        "positions": positions,
    }


def granite(model: MiniCPM) -> Logits:
    """transformers' Granite over the same weights."""
    reference = as_granite(model)
    return lambda ids, first: _torch(reference, ids)[first:]


def tflite(folder: Path) -> Logits:
    """The device's own runtime over a model folder: all up to `first` at once, then one by one."""
    runtime = Runtime(read_artifact(folder), 1)

    def run(ids: Sequence[int], first: int) -> NDArray[np.float32]:
        runtime.rewind(0)
        rows = [runtime.feed(ids[: first + 1]).copy()]
        rows += [runtime.feed([token]).copy() for token in ids[first + 1 :]]
        return np.array(rows)

    return run


def llama(path: Path) -> Logits:
    """llama.cpp over a GGUF file, in a process of its own: its kernels can kill the one they run in
    (an illegal instruction of AMX, seen on a virtual Xeon). What it returns raises
    BrokenProcessPool then."""
    pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
    return apart(pool, _ask_llama, str(path))


def apart(
    pool: ProcessPoolExecutor, ask: Callable[[str, list[int]], NDArray[np.float32]], file: str
) -> Logits:
    """A peer whose function, a file and token ids -> logits [T, outputs], runs in another
    process."""
    return lambda ids, first: pool.submit(ask, file, list(ids)).result()[first:]


def _ask_llama(path: str, ids: list[int]) -> NDArray[np.float32]:
    engine = _llama(path)
    engine.reset()
    engine.eval(ids)
    return np.array(engine.scores[: len(ids)])


@cache
def _llama(path: str) -> Any:  # noqa: ANN401  # llama_cpp, which has no types
    """The engine, its cache in float32 as ours is (it takes float16 by itself)."""
    from llama_cpp import GGML_TYPE_F32, Llama  # noqa: PLC0415  # an optional peer

    exact: dict[str, Any] = {"type_k": GGML_TYPE_F32, "type_v": GGML_TYPE_F32, "flash_attn": False}
    return Llama(path, n_ctx=0, n_threads=1, logits_all=True, verbose=False, **exact)


@torch.no_grad()
def _torch(model: torch.nn.Module, ids: Sequence[int]) -> NDArray[np.float32]:
    made = model(torch.tensor([list(ids)]))
    logits: torch.Tensor = getattr(made, "logits", made)
    return logits[0].float().numpy()

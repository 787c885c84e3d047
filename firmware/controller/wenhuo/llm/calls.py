"""A TFLite file opened: each of its signatures as a call over arrays, by either library."""

from __future__ import annotations

import atexit
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from wenhuo.llm.quiet import without_greeting

Array = NDArray[Any]
# XNNPACK's name for a cache of packed weights that is no file. Without one, every signature packs a
# copy of all weights for itself.
_SHARED = ":memory"
PLUGIN = "libLiteRtWebGpuAccelerator.so"  # for GPUs; set-up and bundle leave it out
_CPU_FACTS = Path("/proc/cpuinfo")
_ALIGNED_BYTES = 64  # what LiteRT asks of memory that it does not copy


@dataclass(frozen=True, slots=True)
class Call:
    """One signature. run() reads the inputs, by name, and writes the outputs, in the file's order;
    both are the library's own memory, so nothing is copied. owner lives as long as the call."""

    inputs: dict[str, Array]
    outputs: list[Array]
    run: Callable[[], None]
    owner: object


Opened = Callable[[Path, int], list[Call]]


def open_compiled(path: Path, threads: int) -> list[Call]:
    """By ai-edge-litert's CompiledModel: one copy of the weights for all signatures.

    It takes memory of ours for flat tensors only; a file that has others goes to the interpreter,
    and so does any file where the library's plug-in for GPUs would end the process. Raises what
    the library raises for a file that is no model.
    """
    calls = None if _plugin_kills() else _compiled(path, threads)
    return open_interpreted("ai_edge_litert", path, threads) if calls is None else calls


def _compiled(path: Path, threads: int) -> list[Call] | None:
    """None for a file with tensors that are not flat."""
    library = import_module("ai_edge_litert.compiled_model")
    cpu = library.CpuOptions(num_threads=threads, xnnpack_weight_cache_path=_SHARED)
    model = library.CompiledModel.from_file(str(path), options=library.Options(cpu_options=cpu))
    _hush_at_exit()
    owner, calls = _Owner(), []
    finalize(owner, _close, model)
    for name, spec in model.get_signature_list().items():
        details = model.get_input_tensor_details(name) | model.get_output_tensor_details(name)
        if any(len(details[key]["shape"]) != 1 for key in (*spec["inputs"], *spec["outputs"])):
            return None
        arrays = {key: _aligned(details[key]) for key in (*spec["inputs"], *spec["outputs"])}
        buffers = {key: _buffer(array) for key, array in arrays.items()}
        ins, outs = ([buffers[key] for key in spec[side]] for side in ("inputs", "outputs"))
        run = partial(model.run_by_index, model.get_signature_index(name), ins, outs)
        inputs = {key: arrays[key] for key in spec["inputs"]}
        calls.append(Call(inputs, [arrays[key] for key in sorted(spec["outputs"])], run, owner))
    return calls


def _plugin_kills() -> bool:
    """Whether the GPU plug-in lies there, which CompiledModel loads unasked, on an arm64 processor
    without LSE atomics (Pi 4 and older): it ends the process there."""
    folder = Path(str(import_module("ai_edge_litert").__file__)).parent
    if platform.machine() != "aarch64" or not (folder / PLUGIN).exists():
        return False
    return " atomics" not in _CPU_FACTS.read_text("utf-8", errors="replace")


class _Owner:
    """What the calls of one model share; when it goes, the model is freed."""


@cache
def _hush_at_exit() -> None:
    """What the library frees after Python has ended, it tells too; nobody asked."""
    atexit.register(lambda: os.dup2(os.open(os.devnull, os.O_WRONLY), 2))


def _close(model: Any) -> None:  # noqa: ANN401 - the library is not typed
    with without_greeting():  # it talks on stderr then as well
        model.close()
        model.environment.close()


def open_interpreted(package: str, path: Path, threads: int) -> list[Call]:
    """By the Interpreter, which both libraries have.

    Its own signature runner resizes and allocates at every call, which costs more than a token's
    arithmetic; shapes never change here, so each subgraph is allocated once. Raises as above.
    """
    library = import_module(f"{package}.interpreter")
    interpreter = library.Interpreter(model_path=str(path), num_threads=threads)
    interpreter.allocate_tensors()  # here tflite-runtime takes XNNPACK in
    core, calls = interpreter._interpreter, []
    for name in interpreter.get_signature_list():
        graph = core.GetSubgraphIndexFromSignature(name)
        core.AllocateTensors(graph)
        spec = interpreter._get_full_signature_list()[name]
        inputs, outputs = (
            {key: core.tensor(core, spec[side][key], graph) for key in sorted(spec[side])}
            for side in ("inputs", "outputs")
        )
        run = partial(core.Invoke, graph)
        calls.append(Call(inputs, list(outputs.values()), run, interpreter))
    return calls


def _aligned(details: dict[str, Any]) -> Array:
    """Zeros in memory that need not be copied."""
    dtype, count = np.dtype(details["dtype"]), int(details["shape"][0])
    raw = np.zeros(count * dtype.itemsize + _ALIGNED_BYTES, np.uint8)
    start = -raw.ctypes.data % _ALIGNED_BYTES
    array: Array = raw[start : start + count * dtype.itemsize].view(dtype)
    return array


def _buffer(array: Array) -> Any:  # noqa: ANN401 - the library is not typed
    library = import_module("ai_edge_litert.tensor_buffer")
    return library.TensorBuffer.create_from_host_memory(array)

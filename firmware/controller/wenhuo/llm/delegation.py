"""How much of a model's graph XNNPACK runs: a node left to TFLite can cost more than all others."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from wenhuo.llm.quiet import without_greeting

_DELEGATE = "DELEGATE"
# Nodes that XNNPACK leaves to TFLite whatever the model's size: looking up embedding, angles and
# last row, and checking the indices for it. One more would be a matrix's: a graph gone wrong.
LOOKUPS = 17


def delegated(package: str, path: Path) -> tuple[int, int]:
    """Nodes of a file's first signature that XNNPACK runs, and all its nodes.

    package: ai_edge_litert or tflite_runtime. Only the Interpreter can be asked, and only for that
    graph; the others are the same but for their shapes.
    """
    with without_greeting():
        interpreter = import_module(f"{package}.interpreter").Interpreter(str(path), num_threads=1)
        interpreter.allocate_tensors()
    core = interpreter._interpreter
    maker: dict[int, int] = {}
    all_nodes = 0
    for node in range(core.NumNodes()):  # a delegate's node comes after those it replaces
        all_nodes += core.NodeName(node) != _DELEGATE
        maker.update((int(tensor), node) for tensor in core.NodeOutputs(node))
    todo = [int(tensor) for tensor in core.OutputIndices()]
    left: set[int] = set()
    asked: set[int] = set()
    while todo:
        node = maker.get(todo.pop(), -1)
        if node in asked or node < 0:
            continue
        asked.add(node)
        if core.NodeName(node) != _DELEGATE:
            left.add(node)
        todo += [int(tensor) for tensor in core.NodeInputs(node)]
    return all_nodes - len(left), all_nodes

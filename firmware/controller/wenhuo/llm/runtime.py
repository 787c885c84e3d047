"""The student on TFLite with XNNPACK; its key/value cache is kept here, outside the graph.

Inputs are written in place: each signature's tensors are seen as arrays of ours, so that nothing is
copied at a call but the rows of the cache that are new to that signature.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wenhuo.errors import ModelError
from wenhuo.llm.artifact import Artifact
from wenhuo.llm.library import find_library
from wenhuo.llm.quiet import without_greeting

_HIDDEN = np.float32(-1e9)  # added to the score of what must not be seen
SIGNATURE = "feed_"  # feed_64 takes 64 tokens at once
INPUTS = ("ids", "positions", "last", "mask", "keys", "values")
_CALL_ROWS = 0.75  # what a call costs besides its rows, in rows (measured: docs in llm/README.md)
_DELEGATE = "DELEGATE"
# Nodes that XNNPACK leaves to TFLite whatever the model's size: looking up embedding, angles and
# last row, and checking the indices for it. One more would be a matrix's: a graph gone wrong.
LOOKUPS = 17

Array = NDArray[Any]


class _Feed:
    """One signature of the file: takes `size` tokens.

    The interpreter's own signature runner resizes and allocates at every call, which costs more
    than a token's arithmetic. The shapes never change here, so the subgraph is allocated once.
    """

    def __init__(self, interpreter: Any, name: str) -> None:  # noqa: ANN401 - either library's
        self.size = int(name.removeprefix(SIGNATURE))
        self._core = interpreter._interpreter
        self._graph = self._core.GetSubgraphIndexFromSignature(name)
        self._core.AllocateTensors(self._graph)
        spec = interpreter._get_full_signature_list()[name]
        self._ids, self._positions, self._last, self._mask, self.keys, self.values = (
            self._view(spec["inputs"][key]) for key in INPUTS
        )
        outputs = [self._view(spec["outputs"][key]) for key in sorted(spec["outputs"])]
        self.logits, self.new_keys, self.new_values = outputs
        self.keys[:], self.values[:] = 0, 0
        self._context = self.keys.shape[2]
        self._mask[:] = _HIDDEN
        causal = np.triu(np.full((self.size, self.size), _HIDDEN, np.float32), 1)
        groups = self._mask.shape[1] // self.size
        self._mask[0, :, self._context :] = np.tile(causal, (groups, 1))
        self.seen = 0  # rows of the cache that this signature has and sees

    def _view(self, tensor: int) -> Array:
        view: Array = self._core.tensor(self, tensor, self._graph)
        return view

    def forget(self, fed: int) -> None:
        """See no more than the first `fed` rows."""
        if fed < self.seen:
            self._mask[0, :, fed : self.seen] = _HIDDEN
            self.seen = fed

    def catch_up(self, other: _Feed, fed: int) -> None:
        """Take over the rows up to `fed` that another signature has."""
        new = slice(self.seen, fed)
        if other is not self and self.seen < fed:
            self.keys[:, :, new] = other.keys[:, :, new]
            self.values[:, :, new] = other.values[:, :, new]
        self._mask[0, :, new] = 0
        self.seen = fed

    def run(self, ids: Sequence[int]) -> None:
        """Feed up to `size` tokens after the rows seen; outputs are in the views afterwards."""
        count, first = len(ids), self.seen
        self._ids[:count] = ids
        self._ids[count:] = 0
        self._positions[:] = np.arange(first, first + self.size)
        np.minimum(self._positions, self._context - 1, out=self._positions)
        self._last[0] = count - 1
        self._core.Invoke(self._graph)


class Runtime:
    """Feeds tokens and keeps what was fed; `fed` counts it, rewind() forgets."""

    def __init__(self, artifact: Artifact, threads: int | None = None) -> None:
        """Raises ModelError for a file that the library does not take or that has other signatures,
        and where no library is installed."""
        self.library = find_library()
        path = artifact.model_for(self.library.name)
        try:
            with without_greeting():
                self._interpreter = self.library.interpreter(
                    model_path=str(path), num_threads=threads
                )
                self._interpreter.allocate_tensors()  # here tflite-runtime takes XNNPACK in
                names = self._interpreter.get_signature_list()
                feeds = (_Feed(self._interpreter, name) for name in names)
                self._feeds = sorted(feeds, key=lambda feed: feed.size)
                self._one = self._feeds[0]
        except (ValueError, RuntimeError, KeyError, IndexError) as error:
            reason = (str(error) or repr(error)).splitlines()[0]
            raise ModelError(f"{path}: not our model ({reason}); run `make model`") from error
        self.context = artifact.context
        self._first = _first_calls(self._feeds, self.context)
        self.fed = 0

    def rewind(self, fed: int) -> None:
        """Forget all but the first `fed` tokens."""
        self.fed = min(self.fed, fed)
        for feed in self._feeds:
            feed.forget(self.fed)

    def feed(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """Feed tokens after those already fed; logits [outputs] of what comes next.

        The logits are the runtime's own memory: good until the next call.
        Raises ModelError when the context is full.
        """
        if not ids or self.fed + len(ids) > self.context:
            raise ModelError(f"{self.fed} + {len(ids)} tokens do not fit in {self.context}")
        at = 0
        while at < len(ids):
            feed = self._first[len(ids) - at]
            self._run(feed, ids[at : at + feed.size])
            at += feed.size
        return feed.logits

    def _run(self, feed: _Feed, ids: Sequence[int]) -> None:
        """One call; the signature for single tokens keeps every row for the others."""
        feed.catch_up(self._one, self.fed)
        feed.run(ids)
        end = self.fed + len(ids)
        new = slice(self.fed, end)
        self._one.keys[:, :, new] = feed.new_keys[:, :, : len(ids)]
        self._one.values[:, :, new] = feed.new_values[:, :, : len(ids)]
        self.fed = end

    def delegated(self) -> tuple[int, int]:
        """Nodes of the first signature that XNNPACK runs, and all its nodes.

        Only that graph's nodes can be asked for; the others are the same but for their shapes.
        """
        core = self._interpreter._interpreter
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


def _first_calls(feeds: Sequence[_Feed], most: int) -> list[_Feed]:
    """For each number of tokens left to feed, the signature to call first: the cheapest way.

    It depends on nothing but the file: on every board the same words are fed in the same calls, and
    so round alike.
    """
    costs, first = [0.0], [feeds[0]]
    for left in range(1, most + 1):
        ways = [(f.size + _CALL_ROWS + costs[max(0, left - f.size)], -f.size, f) for f in feeds]
        cost, _, feed = min(ways, key=lambda way: way[:2])
        costs.append(cost)
        first.append(feed)
    return first

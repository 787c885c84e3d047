"""The student on LiteRT with XNNPACK; its key/value cache is kept here, outside the graph."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from wenhuo.errors import ModelError
from wenhuo.llm.artifact import Artifact
from wenhuo.llm.quiet import without_greeting

_HIDDEN = np.float32(-1e9)  # added to the score of what must not be seen
SIGNATURE = "feed_"  # feed_64 takes 64 tokens at once
INPUTS = ("ids", "positions", "last", "mask", "keys", "values")


class _Feed:
    """One signature of the file: takes `size` tokens.

    The interpreter's own signature runner resizes and allocates at every call, which costs more
    than a token's arithmetic. The shapes never change here, so the subgraph is allocated once.
    """

    def __init__(self, interpreter: Interpreter, name: str) -> None:
        self.size = int(name.removeprefix(SIGNATURE))
        self._core = interpreter._interpreter
        self._graph = self._core.GetSubgraphIndexFromSignature(name)
        spec = interpreter._get_full_signature_list()[name]
        self._inputs = [spec["inputs"][key] for key in INPUTS]
        self._outputs = [spec["outputs"][key] for key in sorted(spec["outputs"])]
        self._core.AllocateTensors(self._graph)

    def __call__(self, *arrays: NDArray[np.generic]) -> list[NDArray[np.float32]]:
        """Inputs in the order of INPUTS; outputs: logits, new keys, new values."""
        for index, array in zip(self._inputs, arrays, strict=True):
            self._core.SetTensor(index, array, self._graph)
        self._core.Invoke(self._graph)
        return [self._core.GetTensor(index, self._graph) for index in self._outputs]


class Runtime:
    """Feeds tokens and keeps what was fed; `fed` counts it, rewind() forgets."""

    def __init__(self, artifact: Artifact, threads: int | None = None) -> None:
        """Raises ModelError for a file that LiteRT does not take or that has other signatures."""
        a = artifact
        try:
            with without_greeting():
                self._interpreter = Interpreter(model_path=str(a.model), num_threads=threads)
                names = self._interpreter.get_signature_list()
                self._feeds = sorted(
                    (_Feed(self._interpreter, name) for name in names), key=lambda feed: feed.size
                )
        except (ValueError, RuntimeError, KeyError) as error:
            reason = str(error).splitlines()[0]
            raise ModelError(f"{a.model}: not our model ({reason}); run `make model`") from error
        self.context = a.context
        self._groups = a.groups
        shape = (a.layers, a.kv_heads, a.context, a.head_dim)
        self._keys = np.zeros(shape, np.float32)
        self._values = np.zeros(shape, np.float32)
        self._causal = {
            f.size: np.triu(np.full((f.size, f.size), _HIDDEN, np.float32), 1) for f in self._feeds
        }
        self.fed = 0

    def rewind(self, fed: int) -> None:
        """Forget all but the first `fed` tokens."""
        self.fed = min(self.fed, fed)

    def feed(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """Feed tokens after those already fed; logits [outputs] of what comes next.

        Raises ModelError when the context is full.
        """
        if not ids or self.fed + len(ids) > self.context:
            raise ModelError(f"{self.fed} + {len(ids)} tokens do not fit in {self.context}")
        at, logits = 0, np.zeros(0, np.float32)
        while at < len(ids):
            feed = self._feed_for(len(ids) - at)
            logits = self._run(feed, ids[at : at + feed.size])
            at += feed.size
        return logits

    def _feed_for(self, left: int) -> _Feed:
        """The signature to use; a large one that would run three quarters empty costs more than
        a few small ones."""
        fitting = [f for f in self._feeds if f.size < 4 * left]
        return next((f for f in fitting if f.size >= left), fitting[-1])

    def _run(self, feed: _Feed, ids: Sequence[int]) -> NDArray[np.float32]:
        count, size = len(ids), feed.size
        tokens = np.zeros(size, np.int32)
        tokens[:count] = ids
        positions = np.minimum(np.arange(self.fed, self.fed + size), self.context - 1)
        mask = np.full((size, self.context + size), _HIDDEN, np.float32)
        mask[:, : self.fed] = 0
        mask[:, self.context :] = self._causal[size]
        logits, keys, values = feed(
            tokens,
            positions.astype(np.int32),
            np.array([count - 1], np.int32),
            np.tile(mask, (self._groups, 1))[None],
            self._keys,
            self._values,
        )
        end = self.fed + count
        self._keys[:, :, self.fed : end] = keys[:, :, :count]
        self._values[:, :, self.fed : end] = values[:, :, :count]
        self.fed = end
        return logits

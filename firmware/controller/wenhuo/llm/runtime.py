"""The student on TFLite with XNNPACK; its key/value cache is kept here, outside the graph.

Inputs are written in place: each signature's tensors are seen as arrays of ours, so that nothing is
copied at a call but the rows of the cache that are new to that signature.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wenhuo.errors import ModelError
from wenhuo.llm.artifact import Artifact
from wenhuo.llm.calls import Call
from wenhuo.llm.library import find_library
from wenhuo.llm.quiet import without_greeting

_HIDDEN = np.float32(-1e9)  # added to the score of what must not be seen
# Inputs of every signature, and those of one that has a cache.
INPUTS, CACHE = ("ids", "positions", "last", "mask"), ("keys", "values")
# What a call costs besides its tokens, and each row of its cache, and what a guess saves, on
# average; in a token's share of a large call (measured: README.md beside this file).
_CALL_COST, _ROW_COST, _GUESS_GAIN = 2.0, 0.01, 2.5


class _Feed:
    """One signature of the file: takes `size` tokens after up to `rows` rows of the cache."""

    def __init__(self, call: Call, artifact: Artifact) -> None:
        # Positions as far as the model knows them; the last one for what only fills a call up.
        self._places = np.arange(2 * artifact.context, dtype=np.int32)
        self._places[artifact.context :] = artifact.context - 1
        self._call, given = call, call.inputs
        self._ids, self._positions, self._last, mask = (given[key] for key in INPUTS)
        self.size = len(self._ids)
        layers = (artifact.layers, artifact.kv_heads, -1, artifact.head_dim)
        self.logits = call.outputs[0].reshape(len(self._last), -1)
        self._new = [rows.reshape(layers) for rows in call.outputs[1:]]
        self._cache = [given[key].reshape(layers) for key in CACHE if key in given]
        for whole in (self._ids, self._positions, self._last, *self._cache):  # not clean memory
            whole[:] = 0
        self._mask = mask.reshape(artifact.groups * self.size, -1)
        self.rows = self._mask.shape[1] - self.size
        self._mask[:] = _HIDDEN
        causal = np.triu(np.full((self.size, self.size), _HIDDEN, np.float32), 1)
        self._mask[:, self.rows :] = np.tile(causal, (artifact.groups, 1))
        self.most_guesses = len(self._last) - 1
        self._seen = 0  # rows of the cache that this signature has and sees
        self._fed = 0  # tokens of its last call, whose rows follow those
        call.run()  # the first one prepares what the others use

    def room(self, tokens: int, guesses: int) -> int:
        """How many guesses can be fed, and answered for, in one call with these tokens."""
        return min(guesses, self.size - tokens, self.most_guesses)

    def forget(self, fed: int) -> None:
        """Keep no more than the first `fed` rows."""
        self._fed = max(0, min(self._fed, fed - self._seen))
        if fed < self._seen:
            self._mask[:, fed : self._seen] = _HIDDEN
            self._seen = fed

    def catch_up(self, other: _Feed) -> None:
        """Take over the rows that another signature has, those of its last call included."""
        mine, old, end = self._seen, other._seen, other._seen + other._fed
        if not end:
            return
        keys, values = self._cache
        if mine < old:
            keys[:, :, mine:old] = other._cache[0][:, :, mine:old]
            values[:, :, mine:old] = other._cache[1][:, :, mine:old]
        if old < end:
            keys[:, :, old:end] = other._new[0][:, :, : end - old]
            values[:, :, old:end] = other._new[1][:, :, : end - old]
        if mine < end:
            self._mask[:, mine:end] = 0
        self._seen, self._fed = end, 0

    def run(self, ids: Sequence[int], wanted: int) -> None:
        """Feed up to `size` tokens after the rows seen; outputs are in the views afterwards, the
        logits after the last `wanted` tokens first."""
        count, first = len(ids), self._seen
        self._ids[:count] = ids
        self._positions[:] = self._places[first : first + self.size]
        self._last[:wanted] = self._places[count - wanted : count]
        self._call.run()
        self._fed = count


class Runtime:
    """Feeds tokens and keeps what was fed; `fed` counts it, rewind() forgets."""

    def __init__(self, artifact: Artifact, threads: int | None = None) -> None:
        """Raises ModelError for a file that the library does not take or that has other signatures,
        and where no library is installed."""
        self.library = find_library()
        path = artifact.model_for(self.library.name)
        try:
            with without_greeting():
                calls = self.library.open(path, threads or 1)
                self._feeds = [_Feed(call, artifact) for call in calls]
                self._last = self._feeds[0]  # who has all rows
                self._most_guesses = max(feed.most_guesses for feed in self._feeds)
        except (ValueError, RuntimeError, KeyError, IndexError) as error:
            reason = (str(error) or repr(error)).splitlines()[0]
            raise ModelError(f"{path}: not our model ({reason}); run `make model`") from error
        self.context = artifact.context
        self._plans: dict[tuple[int, int, int], tuple[float, _Feed]] = {}
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
        row: NDArray[np.float32] = self.feed_ahead(ids, ())[0]
        return row

    def feed_ahead(self, ids: Sequence[int], guesses: Sequence[int]) -> NDArray[np.float32]:
        """As feed(), and as many of the guesses about what comes next as are worth it.

        Logits [1 + n, outputs]: after the last of ids, and after each of the n guesses that were
        fed. rewind() takes back those that were wrong.
        """
        if not ids or self.fed + len(ids) > self.context:
            raise ModelError(f"{self.fed} + {len(ids)} tokens do not fit in {self.context}")
        guesses = guesses[: min(self._most_guesses, self.context - self.fed - len(ids))]
        at, wanted = 0, 1
        while at < len(ids):
            _, feed = self._cheapest(self.fed, len(ids) - at, len(guesses))
            now = list(ids[at : at + feed.size])
            at += len(now)
            if at == len(ids):
                wanted += feed.room(len(now), len(guesses))
                now += guesses[: wanted - 1]
            feed.catch_up(self._last)
            feed.run(now, wanted)
            self._last = feed
            self.fed += len(now)
        return self._last.logits[:wanted]

    def _cheapest(self, fed: int, left: int, guesses: int) -> tuple[float, _Feed]:
        """What `left` tokens after `fed` cost, and the signature to call first for that.

        It depends on nothing but the file: on every board the same words are fed in the same calls,
        and so round alike.
        """
        found = self._plans.get((fed, left, guesses))
        if found is None:
            ways = []
            for number, feed in enumerate(self._feeds):
                if fed <= feed.rows:
                    cost = feed.size + _CALL_COST + feed.rows * _ROW_COST
                    if left > feed.size:
                        cost += self._cheapest(fed + feed.size, left - feed.size, guesses)[0]
                    else:
                        cost -= feed.room(left, guesses) * _GUESS_GAIN
                    ways.append((cost, number))
            cost, number = min(ways)
            found = self._plans[fed, left, guesses] = (cost, self._feeds[number])
        return found

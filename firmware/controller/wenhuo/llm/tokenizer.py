"""Text and token names to ids: the tokenizer file that the model was trained with.

Read here and not by the library that made it (tokenizers), which would take 8 MB of the model's
process; the library is the reference in the tests.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from wenhuo.errors import ModelError
from wenhuo.language.vocabulary import END, functional_tokens

_FUNCTIONAL = re.compile(r"(<\|[^|\s]+\|>)")
# What the library calls blank; Python's own class has the separators U+001C to U+001F as well.
_BLANK = re.compile("[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_PIECES = re.compile(r"[a-z']+|.", re.DOTALL)
# How the file says the same: widths and case folded, blanks dropped, Latin words and characters.
_FOLDS, _SPLITS = ["NFKC", "Lowercase"], [r"\s+", r"[a-z']+|."]
_WORDS_KEPT = 1024


class Tokenizer:
    """Functional tokens have the first ids, in their order; then bytes, characters, sub-words.

    text: the file's content. pieces: every token's id.
    """

    def __init__(self, text: str, names: Sequence[str]) -> None:
        """Raises ValueError, TypeError or KeyError for what is no tokenizer of this kind."""
        content = json.loads(text)
        folds = [step["type"] for step in content["normalizer"]["normalizers"]]
        splits = [step["pattern"]["Regex"] for step in content["pre_tokenizer"]["pretokenizers"]]
        if folds != _FOLDS or splits != _SPLITS or not content["model"]["byte_fallback"]:
            raise ValueError("it splits text in another way")
        self.text, self.names = text, list(names)
        self.pieces: dict[str, int] = content["model"]["vocab"]
        self.size = len(self.pieces)
        self._functional = {name: i for i, name in enumerate(names)}
        if any(self.pieces[name] != i for name, i in self._functional.items()):
            raise ValueError("its first tokens are not this language's")
        merges = enumerate(content["model"]["merges"])
        self._ranks = {(left, right): rank for rank, (left, right) in merges}
        self._word = lru_cache(_WORDS_KEPT)(self._merged)
        self.end = self._functional[END]

    @classmethod
    def load(cls, path: Path, dishes: Iterable[str]) -> Tokenizer:
        """Raises ModelError for a file that is no tokenizer, or another language's."""
        try:
            return cls(path.read_text("utf-8"), functional_tokens(dishes))
        except (ValueError, TypeError, KeyError) as error:
            raise ModelError(f"{path}: not our tokenizer ({error}); run `make model`") from error

    def encode(self, text: str) -> list[int]:
        """Ids of text in which functional tokens may stand."""
        ids: list[int] = []
        for part in _FUNCTIONAL.split(text):
            token = self._functional.get(part)
            if token is not None:
                ids.append(token)
                continue
            plain = "".join(c.lower() for c in unicodedata.normalize("NFKC", part))
            for word in _PIECES.findall(_BLANK.sub("\n", plain)):
                if word != "\n":
                    ids += self._word(word)
        return ids

    def ids(self, names: Iterable[str]) -> list[int]:
        """Ids of functional tokens. Raises KeyError for an unknown one."""
        return [self._functional[name] for name in names]

    def _merged(self, word: str) -> tuple[int, ...]:
        """A word's tokens: its pairs are merged in the order in which training found them."""
        parts = [p for c in word for p in ([c] if c in self.pieces else _bytes(c))]
        while len(parts) > 1:
            pairs = enumerate(pairwise(parts))
            rank, at = min((self._ranks.get(pair, len(self._ranks)), i) for i, pair in pairs)
            if rank == len(self._ranks):
                break
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
        return tuple(self.pieces[part] for part in parts)


def _bytes(character: str) -> list[str]:
    return [f"<0x{byte:02X}>" for byte in character.encode()]

"""Text and token names to ids: the tokenizer file that the model was trained with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from tokenizers import Tokenizer as Backend

from wenhuo.errors import ModelError
from wenhuo.language.vocabulary import END, functional_tokens


class Tokenizer:
    """Functional tokens have the first ids, in their order; then bytes, characters, sub-words."""

    def __init__(self, backend: Backend, names: Sequence[str]) -> None:
        self.backend = backend
        self.names = list(names)
        self.size: int = backend.get_vocab_size()
        self._ids = {name: i for i, name in enumerate(names)}
        self.end = self._ids[END]

    @classmethod
    def load(cls, path: Path, dishes: Iterable[str]) -> Tokenizer:
        """Raises ModelError for a file that is no tokenizer, or another language's."""
        try:
            backend = Backend.from_str(path.read_text("utf-8"))
        except Exception as error:  # the library raises bare Exception
            raise ModelError(f"{path}: not a tokenizer file ({error}); run `make model`") from error
        names = functional_tokens(dishes)
        if any(backend.token_to_id(name) != i for i, name in enumerate(names)):
            raise ModelError(f"{path}: its first tokens are not this language's; run `make model`")
        return cls(backend, names)

    def encode(self, text: str) -> list[int]:
        """Ids of text in which functional tokens may stand."""
        ids: list[int] = self.backend.encode(text, add_special_tokens=False).ids
        return ids

    def ids(self, names: Iterable[str]) -> list[int]:
        """Ids of functional tokens. Raises KeyError for an unknown one."""
        return [self._ids[name] for name in names]

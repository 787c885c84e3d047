"""Building the student's tokenizer: functional tokens, bytes, one token per character, sub-words.

Chinese characters are never merged: the corpus is small, and a word that people say in a new way
should still be made of known parts. Latin words are merged as usual (BPE). What was never seen
falls back to bytes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

from wenhuo.language.vocabulary import functional_tokens

_FUNCTIONAL = re.compile(r"<\|[^|\s]+\|>")
_LATIN = re.compile(r"[a-z']+")
_RARE = 3  # a character seen less often stays bytes, so that bytes are learnt too
_MERGE_SHARE = 1 / 5000  # of all words: rarer pairs, mostly slips of the pen, are not merged


def build_tokenizer(texts: Iterable[str], dishes: Sequence[str], max_size: int) -> Tokenizer:
    """A tokenizer of at most max_size tokens; the same texts give the same tokenizer.

    The first ids are wenhuo.language.vocabulary.functional_tokens, in their order.
    """
    words, characters = _count(texts)
    vocabulary = {name: i for i, name in enumerate(functional_tokens(dishes))}
    functional = list(vocabulary)
    seen = sorted(c for c, n in characters.items() if n >= _RARE)
    for token in [*(f"<0x{b:02X}>" for b in range(256)), *seen]:
        vocabulary.setdefault(token, len(vocabulary))
    merges = _merges(words, max_size - len(vocabulary), set(seen))
    for left, right in merges:
        vocabulary.setdefault(left + right, len(vocabulary))
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, byte_fallback=True))
    tokenizer.add_special_tokens(
        [AddedToken(t, special=True, normalized=False) for t in functional]
    )
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\s+"), "removed"),
            pre_tokenizers.Split(Regex(r"[a-z']+|."), "isolated"),
        ]
    )
    # llguidance wants to see how bytes come back; nothing here decodes.
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    return tokenizer


def _count(texts: Iterable[str]) -> tuple[Counter[str], Counter[str]]:
    words: Counter[str] = Counter()
    characters: Counter[str] = Counter()
    for text in texts:
        plain = _FUNCTIONAL.sub(" ", text).lower()
        words.update(_LATIN.findall(plain))
        characters.update(c for c in plain if not c.isspace())
    return words, characters


def _merges(words: Counter[str], most: int, known: set[str]) -> list[tuple[str, str]]:
    """Byte-pair merges, the most frequent first, ties in alphabetical order."""
    split = {w: [c for c in w if c in known] for w in words if len(w) > 1}
    least = max(_RARE, round(words.total() * _MERGE_SHARE))
    merges: list[tuple[str, str]] = []
    while len(merges) < most:
        pairs: Counter[tuple[str, str]] = Counter()
        for word, parts in split.items():
            for pair in pairwise(parts):
                pairs[pair] += words[word]
        if not pairs:
            break
        best, count = min(pairs.items(), key=lambda item: (-item[1], item[0]))
        if count < least:
            break
        merges.append(best)
        for parts in split.values():
            _merge(parts, best)
    return merges


def _merge(parts: list[str], pair: tuple[str, str]) -> None:
    i = 0
    while i < len(parts) - 1:
        if (parts[i], parts[i + 1]) == pair:
            parts[i : i + 2] = ["".join(pair)]
        else:
            i += 1

"""The token automaton against llguidance, which reads the same grammar file by itself."""

import random

import llguidance
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenhuo.boards import load_product
from wenhuo.errors import LanguageError
from wenhuo.language import regular
from wenhuo.language.grammar import lark_grammar
from wenhuo.language.regular import read_grammar
from wenhuo.language.vocabulary import functional_tokens
from wenhuo.llm.artifact import TOKENIZER, default_folder
from wenhuo.llm.masks import Grammar
from wenhuo.llm.tokenizer import Tokenizer

DISHES = list(load_product().menu)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.load(default_folder() / TOKENIZER, DISHES)


@pytest.fixture(scope="module")
def grammar(tokenizer) -> Grammar:
    return Grammar(tokenizer, DISHES)


@pytest.fixture(scope="module")
def reference(tokenizer) -> llguidance.LLMatcher:
    backend = llguidance.LLTokenizer(tokenizer.text, eos_token=tokenizer.end)
    text = llguidance.LLMatcher.grammar_from_lark(lark_grammar(DISHES))
    matcher = llguidance.LLMatcher(backend, text)
    assert not matcher.is_error(), matcher.get_error()
    return matcher


def masked(matcher: llguidance.LLMatcher, outputs: int) -> list[int]:
    bits = np.frombuffer(matcher.compute_bitmask(), dtype=np.uint8)
    return np.flatnonzero(np.unpackbits(bits, bitorder="little")[:outputs]).tolist()


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_every_mask_equals_llguidances(grammar, reference, seed):
    rng, line, matcher = random.Random(seed), grammar.begin(), reference.deep_copy()
    while not line.complete:
        allowed = line.allowed().tolist()
        assert allowed == masked(matcher, grammar.outputs)
        # one of the first few as often as any: rare ways (conditions, phases) are walked too
        token = rng.choice(allowed[:5] if rng.random() < 0.5 else allowed)
        line.take(token)
        assert matcher.consume_token(token)
    assert matcher.is_stopped()


def test_a_line_ends_with_end_and_takes_no_more(grammar, tokenizer):
    line = grammar.begin()
    for token in tokenizer.ids(["<|cancel|>", "<|end|>"]):
        assert not line.complete
        line.take(token)
    assert line.complete
    assert not len(line.allowed())
    with pytest.raises(LanguageError, match="not allowed"):
        line.take(tokenizer.end)


def test_what_is_absent_is_never_allowed(grammar, tokenizer):
    absent = tokenizer.ids(["<|cook|>", "<|cancel|>"])
    everything = set(grammar.begin().allowed().tolist())
    assert set(grammar.begin(absent).allowed().tolist()) == everything - set(absent)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("start: begin", "'begin' is used and not defined"),
        ("start: <|cook|> start?", "leads back to itself"),
        ("start: <|nothing_like_this|>", "not in the vocabulary"),
        ("start: <|cook|> )", "is over"),
        ("start: (<|cook|>", r"'\('\?"),
        ("start: <|cook|> + <|end|>", r"' \+ <"),
    ],
)
def test_a_grammar_that_is_none_is_refused(monkeypatch, text, problem):
    names = functional_tokens(DISHES)
    monkeypatch.setattr(regular, "grammar_text", lambda: text + "\n")
    with pytest.raises(LanguageError, match=problem):
        read_grammar(names, DISHES)

"""The tokenizer against the library that made its file, and files that are none of ours."""

import json
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer as Backend

from wenhuo.boards import load_product
from wenhuo.errors import ModelError
from wenhuo.language.prompt import prompt
from wenhuo.llm.artifact import TOKENIZER, default_folder
from wenhuo.llm.tokenizer import Tokenizer

DISHES = list(load_product().menu)
FILE = default_folder() / TOKENIZER
OURS = Tokenizer.load(FILE, DISHES)
THEIRS = Backend.from_file(str(FILE))


def of_one_unicode(char: str) -> bool:
    """Whether Python's Unicode and the library's, which are of different years, fold a character
    alike; 127 they do not, and what people say is folded by Python's first (language.prompt)."""
    folded = "".join(c.lower() for c in unicodedata.normalize("NFKC", char))
    return bool(THEIRS.normalizer.normalize_str(char) == folded)


WORDS = st.text(
    st.one_of(
        st.sampled_from(
            "帮我煮四个人的白粥稠一点吃 eatricecookporridge'ABCＡｂ①㍿ﬁİßΣς<|>7🍚\u3000\x85\n"
        ),
        st.characters(exclude_categories=["Cs"], exclude_characters="\x1c\x1d\x1e\x1f").filter(
            of_one_unicode
        ),
    ),
    max_size=40,
)


@settings(max_examples=500, deadline=None)
@given(WORDS, st.sampled_from(OURS.names), WORDS)
@example("cooking porridge, don't stir", "<|say|>", "ＡＢＣ 煮Rice")
@example("<|", "<|cook|>", "|><|nothing|>")
@example("龘", "<|7|>", "")
def test_ids_are_those_of_the_library(before, name, after):
    text = f"{before}{name}{after}"
    assert OURS.encode(text) == THEIRS.encode(text, add_special_tokens=False).ids


def test_a_prompt_is_the_librarys_too():
    text = prompt("帮我煮四个人的白粥，稠一点，早上七点吃", "cooking", "congee")
    assert OURS.encode(text) == THEIRS.encode(text, add_special_tokens=False).ids


@pytest.mark.parametrize(
    "change",
    [
        {"normalizer": {"type": "Sequence", "normalizers": []}},
        {"pre_tokenizer": None},
        {"model": {}},
        {"model": {"byte_fallback": True, "vocab": {"a": 0}, "merges": []}},
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path, change):
    path = tmp_path / TOKENIZER
    path.write_text(json.dumps(json.loads(FILE.read_text("utf-8")) | change), "utf-8")
    with pytest.raises(ModelError, match="not our tokenizer"):
        Tokenizer.load(path, DISHES)

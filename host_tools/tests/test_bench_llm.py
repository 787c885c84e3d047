"""The benchmark's own parts: the grammar for llama.cpp, what is said, ratios and limits."""

import json
import random
import re

import pytest

from wenhuo.boards import load_product
from wenhuo.errors import ModelError
from wenhuo.language.regular import Chain, Either, Words, read_grammar
from wenhuo.language.vocabulary import END, functional_tokens
from wenhuo.llm.artifact import default_folder
from wenhuo_tools.bench import memory
from wenhuo_tools.bench.engines import kinds
from wenhuo_tools.bench.gbnf import digits, gbnf
from wenhuo_tools.bench.llm import summary
from wenhuo_tools.bench.sentences import COUNT, sentences

DISHES = list(load_product().menu)


@pytest.mark.parametrize("seed", range(40))
def test_digits_are_the_numbers_of_a_range_and_no_others(seed):
    low, high = sorted(random.Random(seed).choices(range(241), k=2))
    pattern = digits(low, high).replace('"', "").replace(" | ", "|").replace(" ", "")
    taken = {n for n in range(1000) if re.fullmatch(pattern, str(n))}
    assert taken == set(range(low, high + 1))


def as_regex(grammar: str) -> re.Pattern[str]:
    """The GBNF grammar as one regular expression: its rules put in place, signs are the same."""
    rules = dict(line.split(" ::= ") for line in grammar.splitlines())

    def place(match: re.Match[str]) -> str:
        if match["text"]:
            return f"(?:{re.escape(match['text'][1:-1])})"
        return f"(?:{filled(rules[match['rule']])})"

    def filled(body: str) -> str:
        parts = re.split(r"(\[[0-9]-[0-9]\])", body)
        names = r'(?P<text>"[^"]*")|(?P<rule>[a-z][a-z-]*)'
        put = [p if p.startswith("[") else re.sub(names, place, p) for p in parts]
        return "".join(put)

    return re.compile(filled(rules["root"]).replace(" ", ""))


def a_line(node, names, rng) -> str:
    if isinstance(node, Words):
        return names[rng.choice([i for i in range(len(names)) if node.mask >> i & 1])]
    if isinstance(node, Chain):
        return "".join(a_line(part, names, rng) for part in node.parts)
    assert isinstance(node, Either)
    return a_line(rng.choice(node.options), names, rng)


def test_llama_cpp_gets_the_same_language():
    names = functional_tokens(DISHES)
    tree, pattern, rng = read_grammar(names, DISHES), as_regex(gbnf(DISHES)), random.Random(5)
    refused = 0
    for _ in range(300):
        line = a_line(tree, names, rng).removesuffix(END)
        assert pattern.fullmatch(line), line
        tokens = re.findall(r"<\|[^|]+\|>", line)
        del tokens[rng.randrange(len(tokens))]
        refused += pattern.fullmatch("".join(tokens)) is None
    assert refused > 100


def test_a_hundred_different_sentences_about_the_whole_menu():
    said = sentences(load_product())
    assert len(set(said)) == COUNT
    for dish in load_product().menu.values():
        assert any(dish.name_zh in s or dish.name_en in s for s in said)


def row(engine: str, threads: int, p50: float, decode: float) -> dict[str, object]:
    return {"engine": engine, "threads": threads, "plan_p50_ms": p50, "decode_tok_s": decode}


def test_a_ratio_is_the_least_at_equal_threads():
    rows = [
        row("wenhuo int8", 1, 10, 4000),
        row("wenhuo int8", 2, 8, 4500),
        row("wenhuo int4", 1, 9, 4100),
        row("llama.cpp q8_0", 1, 30, 2000),
        row("llama.cpp q8_0", 2, 20, 2500),
        row("llama.cpp q4_0", 1, 25, 4000),
        row("Gemma 3 270M Q4_K_M", 2, 2000, 70),
    ]
    found = summary(rows, default_folder())
    assert found["ratios"]["plan_vs_llamacpp_q8"] == 2.5
    assert found["ratios"]["plan_vs_gemma270m"] == 250
    assert found["ratios"]["decode_vs_llamacpp_q4"] == 1.025
    assert found["ratios"]["roofline_int8"] == found["roofline"]["share"]
    assert json.loads(json.dumps(found))["rows"] == rows


def test_without_peers_their_ratios_are_null():
    found = summary([row("wenhuo int8", 1, 10, 4000)], default_folder())
    assert found["ratios"]["plan_vs_gemma270m"] is None
    assert [p["board"] for p in found["projection"]][-1] == "Pi 5"


def test_the_weights_of_a_token_are_what_the_blocks_and_the_head_hold():
    manifest = json.loads((default_folder() / "manifest.json").read_text())
    c, head = manifest["config"], manifest["shape"]["outputs"] * manifest["config"]["hidden_size"]
    assert (c["hidden_size"], c["intermediate_size"], c["num_hidden_layers"]) == (256, 640, 6)
    # by hand, nano: q 256x256, k and v 256x64 each, out 256x256, three of 256x640; six blocks
    assert memory.weights_per_token(default_folder()) == 6 * (163_840 + 491_520) + head


def test_copying_what_is_cached_is_no_slower_than_from_memory():
    assert memory.copy_gb_s(1 << 20, 0.05) > 0.5


def test_missing_peers_are_named(tmp_path):
    with pytest.raises(ModelError, match=r"q8_0\.gguf: no such file; run `make bench-peers`"):
        kinds(default_folder(), tmp_path, DISHES)

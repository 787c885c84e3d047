import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from wenhuo.agent import Planner
from wenhuo.boards import load_product
from wenhuo.conditions import Conditions
from wenhuo.errors import LanguageError, ModelError
from wenhuo.intent import Texture
from wenhuo.language.answer import PHASES, PLAN, condition_tokens
from wenhuo.language.parse import parse_intent, parse_schedule
from wenhuo.language.prompt import hear, prompt
from wenhuo.llm.artifact import default_folder, file_hash, read_artifact
from wenhuo.llm.engine import Engine

CONGEE = Conditions("congee", Texture.THICK, 200)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.load(dishes=list(load_product().menu), threads=2)


@pytest.fixture
def folder(tmp_path) -> Path:
    shutil.copytree(default_folder(), tmp_path / "model")
    return tmp_path / "model"


def test_a_wish_becomes_an_intent_and_a_schedule(engine):
    asked: list[list[str]] = []

    def host(names: list[str]) -> list[str]:
        asked.append(names)
        return condition_tokens(CONGEE)

    words = "帮我煮四个人的白粥，稠一点，早上七点吃"
    made = engine.generate(prompt(words), host)
    intent = parse_intent(hear(words).written_out(made.tokens))
    assert (intent.dish, intent.servings, intent.texture) == ("congee", 4, Texture.THICK)
    assert asked == [made.tokens[: made.tokens.index(PLAN) + 1]]
    assert parse_schedule(made.tokens)
    assert made.tokens[made.tokens.index(PLAN) + 1 :][:15] == condition_tokens(CONGEE)
    assert made.prompt_tokens < made.prompt_tokens + made.generated < 128


def test_what_needs_no_schedule_asks_no_host(engine):
    made = engine.generate(prompt("取消吧，不煮了", "cooking", "congee"), pytest.fail)
    assert made.tokens == ["<|cancel|>", "<|end|>"]


def test_conditions_outside_the_language_are_refused(engine):
    words = prompt("cook rice for two")
    with pytest.raises(LanguageError, match="not allowed"):
        engine.generate(words, lambda _: [PHASES])
    with pytest.raises(LanguageError, match="no token"):
        engine.generate(words, lambda _: ["<|dish:pizza|>"])


def test_absent_model_says_what_to_do(tmp_path):
    with pytest.raises(ModelError, match="make model"):
        Engine.load(tmp_path)


def test_named_folder_comes_first(monkeypatch, tmp_path):
    monkeypatch.setenv("WENHUO_MODEL", str(tmp_path / "nowhere"))
    with pytest.raises(ModelError, match="nowhere"):
        Engine.load()


@pytest.mark.parametrize("name", ["model.tflite", "tokenizer.json"])
def test_tampered_file_is_refused(folder, name):
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(ModelError, match="damaged or changed"):
        Engine.load(folder)


@pytest.mark.parametrize("name", ["model.tflite", "tokenizer.json"])
def test_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelError, match=name):
        Engine.load(folder)


def change_manifest(folder: Path, **changes: object) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize("name", ["model.tflite", "tokenizer.json"])
def test_file_of_another_kind_is_refused_though_its_hash_is_right(folder, name):
    (folder / name).write_bytes(b"not a model at all")
    files = {n: file_hash(folder / n) for n in ("model.tflite", "tokenizer.json")}
    change_manifest(folder, files=files)
    with pytest.raises(ModelError, match="make model"):
        Engine.load(folder)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 99}', '{"format": 1}'])
def test_manifest_that_is_none_is_refused(folder, text):
    (folder / "manifest.json").write_text(text)
    with pytest.raises(ModelError, match=r"manifest\.json"):
        Engine.load(folder)


def test_model_of_another_language_is_refused(folder):
    change_manifest(folder, language="0" * 64)
    with pytest.raises(ModelError, match="schedule language"):
        Engine.load(folder)


def test_model_of_another_menu_is_refused(folder):
    with pytest.raises(ModelError, match="pizza"):
        read_artifact(folder, [*load_product().menu, "pizza"])


def test_engine_is_light():
    """Imports, load and one answer in a process of its own: no torch, little memory, soon done."""
    code = (
        "import re, sys, time\n"
        "from wenhuo.llm.engine import Engine\n"
        "from wenhuo.language.prompt import prompt\n"
        "Engine.load().generate(prompt('煮饭'))\n"
        "heavy = {'torch', 'transformers', 'tokenizers', 'jax', 'scipy'} & set(sys.modules)\n"
        # VmHWM: ru_maxrss would count what this test's own process held before the exec
        "peak_kb = int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])\n"
        "print(len(heavy), peak_kb // 1024, round(time.process_time()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy, rss_mb, cpu_s = map(int, done.stdout.split())
    assert heavy == 0
    assert rss_mb <= 120
    assert cpu_s <= 3


def test_a_schedule_alone_is_the_second_half_of_a_line(engine):
    """Whoever knows what was meant gets the same phases as the words would have."""
    conditions = condition_tokens(Conditions("congee", Texture.THICK, 200))
    whole = engine.generate(prompt("帮我煮四个人的白粥"), lambda _: conditions).tokens
    alone = engine.schedule(conditions).tokens
    assert alone == whole[whole.index(PLAN) :]
    with pytest.raises(LanguageError):
        engine.schedule(["<|cook|>"])


@pytest.mark.parametrize("text", ["帮我煮四个人的白粥，稠一点", "how do I cook brown rice", "cook"])
def test_understanding_and_carrying_out_make_the_same_plan_as_one_call(engine, text):
    planner = Planner(load_product(), engine)
    request = {"id": "1", "text": text, "now": "2026-11-23T22:00:00+08:00"}
    whole = planner.plan(request)
    parts = planner.carry_out(request, planner.understand(request).intent).plan
    timing = ("timing_ms", "tokens")
    assert {k: v for k, v in parts.items() if k not in timing} == {
        k: v for k, v in whole.items() if k not in timing
    }

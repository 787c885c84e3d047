"""The corpus: the same for a seed, held-out means held out, labels in the language, all covered."""

import json
import re
from collections import Counter
from random import Random

import pytest
from llguidance import LLMatcher, LLTokenizer

from wenhuo.boards import load_product
from wenhuo.conditions import LOAD_STEP_G, Conditions
from wenhuo.intent import Action, Intent, Reason, Texture, Topic, Unit
from wenhuo.language.answer import PHASES, PLAN, PLANNED_ACTIONS, intent_tokens
from wenhuo.language.grammar import lark_grammar
from wenhuo.language.parse import parse_intent, parse_schedule
from wenhuo.language.prompt import hear
from wenhuo.language.vocabulary import END, PAD, reference_kind
from wenhuo_models.factory import build, noise, phrasebook, surface_en, surface_zh, values
from wenhuo_models.factory.corpus import HELD_OUT, PLANS, TRAIN, VALID, Drawer
from wenhuo_models.factory.execution import cooks_well

ROWS = 6000
SPLITS = (TRAIN, VALID, HELD_OUT)


def read(folder, split):
    return [json.loads(line) for line in (folder / f"{split}.jsonl").open(encoding="utf-8")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("corpus")
    build(out, rows=ROWS, seed=7)
    return out


@pytest.fixture(scope="module")
def rows(folder):
    return {split: read(folder, split) for split in SPLITS}


def meant(row):
    return parse_intent(hear(row["text"]).written_out(row["answer"]))


@pytest.fixture(scope="module")
def intents(rows):
    return [meant(row) for row in rows[TRAIN]]


def test_same_seed_same_files_whatever_the_workers(folder, tmp_path):
    build(tmp_path, rows=ROWS, seed=7, workers=2)
    for split in (*SPLITS, PLANS):
        assert (tmp_path / f"{split}.jsonl").read_bytes() == (
            folder / f"{split}.jsonl"
        ).read_bytes()


def test_another_seed_says_other_sentences(folder, tmp_path, rows):
    build(tmp_path, rows=300, seed=8)
    assert [r["text"] for r in read(tmp_path, TRAIN)] != [r["text"] for r in rows[TRAIN][:300]]


def test_rows_are_as_many_as_asked_and_have_unique_ids(rows):
    assert len(rows[TRAIN]) == ROWS
    ids = [row["id"] for split in SPLITS for row in rows[split]]
    assert len(ids) == len(set(ids))


def test_held_out_families_and_authors_are_not_trained_on(rows):
    trained = {row["family"] for row in rows[TRAIN] + rows[VALID]}
    assert not trained & {row["family"] for row in rows[HELD_OUT]}
    book = phrasebook.load()
    for lang in ("zh", "en"):
        assert sum(author.startswith(lang) for author in book.held_out_authors) >= 2
    assert not book.held_out_authors & {row["author"] for row in rows[TRAIN] + rows[VALID]}
    assert book.held_out_authors <= {row["author"] for row in rows[HELD_OUT]}


def test_no_fragment_of_a_held_out_author_reaches_the_others():
    book = phrasebook.load()
    for author in book.held_out_authors:
        lang = author.partition("/")[0]
        own = {id(node) for nodes in book.rules[lang][author].values() for node in nodes}
        pooled = {id(node) for nodes in book.pooled[lang].values() for node in nodes}
        assert not own & pooled


def test_no_test_sentence_stands_in_training(rows):
    def words(row):
        return "".join(char for char in row["text"].lower() if char.isalnum())

    trained = {words(row) for row in rows[TRAIN]}
    assert not trained & {words(row) for row in rows[VALID] + rows[HELD_OUT]}


def test_every_answer_is_in_the_grammar(rows, tokenizer, dishes):
    backend = LLTokenizer(tokenizer.text, eos_token=tokenizer.ids([PAD])[0])
    matcher = LLMatcher(backend, LLMatcher.grammar_from_lark(lark_grammar(dishes)))
    for row in rows[TRAIN][::5] + rows[HELD_OUT]:
        ids = tokenizer.ids(row["answer"])
        assert matcher.validate_tokens(ids) == len(ids), row


def test_answers_read_back(rows):
    for row in rows[TRAIN]:
        intent = meant(row)
        assert intent.action == row["action"]
        assert row["answer"][-1] == END
        planned = intent.action in PLANNED_ACTIONS
        assert (PLAN in row["answer"]) == (PHASES in row["answer"]) == planned
        assert bool(parse_schedule(row["answer"])) == planned


def measured(rng, surface, frames):
    """A measure of each kind, said in any of its forms, and an intent that has it."""
    ready, more = values.clock(rng), values.span(rng, 90)
    dry, target = values.quantity(rng), values.degrees(rng, 40, 99)
    said = (surface.clock(rng, ready), surface.span(rng, more))
    said += (surface.quantity(rng, dry), surface.degrees(rng, target))
    intents = (Intent(Action.COOK, ready=ready), Intent(Action.ADJUST, more=more))
    intents += (Intent(Action.COOK, dry=dry), Intent(Action.KEEP_WARM, target=target))
    return zip((f.format(w) for f, w in zip(frames, said, strict=True)), intents, strict=True)


@pytest.mark.parametrize(
    ("surface", "frames"),
    [
        (surface_zh, ("我{}吃", "再煮{}吧", "放{}米", "保温{}")),
        (surface_en, ("ready by {} please", "{} more", "cook {} of rice", "keep warm at {}")),
    ],
)
def test_the_ear_knows_the_forms_that_the_factory_says_measures_in(surface, frames):
    rng = Random(5)
    said = [pair for _ in range(1500) for pair in measured(rng, surface, frames)]
    unheard = []
    for words, intent in said:
        heard = hear(words)
        if not reference_kind(intent_tokens(intent, heard.measures)[-1]):
            unheard.append(heard.words)
    assert len(unheard) <= 0.01 * len(said), unheard[:20]


def test_few_labels_spell_a_measure_that_stands_in_the_words(monkeypatch):
    """Where nothing is misheard: a numeral that a recognizer garbled must be spelt."""
    monkeypatch.setattr(noise, "spoken", lambda rng, text, lang: text)
    drawer = Drawer(7)
    rows = [drawer.draw(TRAIN, number) for number in range(2000)]
    spelt = re.compile(r"<\|(?:more|less|in|dry|target)\|> <\|\d|<\|at\|> (?!.*time:)")
    labels = [" ".join(row.answer).partition(PLAN)[0] for row in rows]
    measured_ones = [label for label in labels if ":1|>" in label or spelt.search(label)]
    assert sum(bool(spelt.search(label)) for label in labels) <= 0.04 * len(measured_ones)


def test_every_action_reason_topic_dish_and_slot_is_said_in_each_language(rows, intents):
    for lang in ("zh", "en"):
        said = [i for i, row in zip(intents, rows[TRAIN], strict=True) if row["lang"] == lang]
        assert {i.action for i in said} == set(Action)
        assert {i.reason for i in said if i.reason} == set(Reason)
        assert {i.topic for i in said if i.topic} == set(Topic)
        assert {i.dish for i in said if i.dish} == set(load_product().menu)
        assert {q.unit for i in said for q in i.dry} == set(Unit)
        for slot in ("servings", "texture", "change", "power", "more", "less", "target"):
            assert any(getattr(i, slot) is not None for i in said), slot
        for slot in ("keep_warm", "ready", "start"):
            assert any(getattr(i, slot) is not None for i in said), slot


def test_the_usual_is_cooked_without_a_dish(intents):
    assert any(i.action is Action.COOK and i.dish is None for i in intents)


def test_at_least_a_tenth_is_not_to_be_acted_on(intents):
    refused = sum(i.action in (Action.ASK, Action.REFUSE) for i in intents)
    assert refused >= 0.1 * len(intents)


def test_sentences_hardly_repeat(rows):
    cooks = [row["text"] for row in rows[TRAIN] if row["action"] == "cook"]
    assert len(set(cooks)) > 0.95 * len(cooks)


def test_no_template_sign_is_left_in_a_sentence(rows):
    for split in SPLITS:
        for row in rows[split]:
            assert not re.search(r"[\[\]{}<>|@;%]", row["text"]), row


def test_prompts_are_short(rows):
    # a rough count: a Chinese character, a word and a bracketed name are one token each
    lengths = sorted(
        len(re.findall(r"<\|[^|]+\|>|[\u4e00-\u9fff]|[a-z']+|[^\s\w]", row["prompt"]))
        for row in rows[TRAIN]
    )
    assert lengths[len(lengths) // 2] <= 30


def test_every_family_has_a_kind_and_each_language_enough_of_them():
    book = phrasebook.load()
    families = Counter(family.lang for family in book.families)
    assert families["zh"] >= 120
    assert families["en"] >= 120
    names = [family.name for family in book.families]
    assert len(names) == len(set(names))


def test_taught_cooks_turn_out_in_the_twin(rows):
    product = load_product()
    plans = [
        row["answer"][row["answer"].index(PLAN) :] for row in rows[TRAIN] if PLAN in row["answer"]
    ]
    names = {tuple(plan[1 : plan.index(PHASES)]) for plan in plans}
    judged = [cooks_well(product, _conditions(name)) for name in sorted(names)[:200]]
    assert sum(judged) >= 0.98 * len(judged)


def _conditions(said):
    """The dish, texture, load, boiling point and mains among the words of a row's conditions."""
    words = [name.removeprefix("<|").removesuffix("|>") for name in said]
    return Conditions(
        dish=words[0].removeprefix("dish:"),
        texture=Texture(words[1]),
        dry_g=int(words[words.index("load") + 1]) * LOAD_STEP_G,
        tb_c=int(words[words.index("boils") + 1]),
        mains_pct=int(words[words.index("mains") + 1]),
    )


def test_plans_without_words_are_of_every_dish_and_of_cooks_under_way(folder):
    answers = [row["answer"] for row in read(folder, PLANS)]
    assert {a[1] for a in answers} == {f"<|dish:{dish}|>" for dish in load_product().menu}
    assert 0.5 < sum("<|from|>" in a for a in answers) / len(answers) < 0.8
    for answer in answers:
        assert parse_schedule(answer)


def test_rows_say_whether_their_words_were_spoiled(rows):
    spoiled = [row["noisy"] for row in rows[TRAIN]]
    assert 0.15 < sum(spoiled) / len(spoiled) < 0.5


def test_words_spelt_by_ear_stay_near_what_was_said_and_become_no_other_word():
    said = "resume the firm mixed grain porridge for eighteen people"
    spelt = {noise._by_ear(Random(n), said) for n in range(200)}
    words = said.split()
    changed = {
        (old, new)
        for text in spelt
        for old, new in zip(words, text.split(), strict=True)
        if old != new
    }
    assert len(changed) > 5
    assert not {new for _, new in changed} & set(noise.sounds()["en"])
    assert "eighteen" not in {old for old, _ in changed}  # a numeral stays what it is


def test_a_family_of_weight_is_said_so_many_times_as_often():
    drawer = Drawer(3)
    heavy = next(f for f in drawer.book.families if f.weight > 1 and not f.held_out)
    shelf = drawer._shelves[(False, heavy.lang, heavy.kind)]
    assert shelf.count(heavy) == heavy.weight

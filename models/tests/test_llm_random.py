"""A model that knows nothing still speaks the language: the grammar alone sees to that."""

from wenhuo.conditions import Conditions
from wenhuo.intent import Texture
from wenhuo.language.answer import PHASES, PLAN, condition_tokens
from wenhuo.language.prompt import hear, prompt
from wenhuo.language.vocabulary import reference_kind
from wenhuo.llm.engine import Engine
from wenhuo_models.eval.nonsense import LETTERS, parse_nonsense


def test_no_parse_failure_in_200_random_lines(tiny_artifacts, rng, dishes):
    engine = Engine.load(tiny_artifacts["int8"], threads=1)
    tally = parse_nonsense(engine, dishes, 200, rng)
    assert tally.failures == []
    assert tally.n == 200
    assert tally.planned >= 5


def test_what_the_words_do_not_have_is_not_referred_to(tiny_artifacts, rng):
    engine = Engine.load(tiny_artifacts["int8"], threads=1)
    referred = 0
    for number in range(300):
        odd = "".join(rng.choice(LETTERS) for _ in range(rng.randrange(1, 40)))
        words = odd + " 七点半吃" * (number % 2)
        references = {
            name for name in engine.generate(prompt(words)).tokens if reference_kind(name)
        }
        assert references <= set(hear(words).measures)
        referred += bool(references)
    assert referred


def test_host_that_wants_no_schedule_ends_the_line(tiny_artifacts, rng):
    engine = Engine.load(tiny_artifacts["int8"], threads=1)
    asked: list[list[str]] = []
    for number in range(60):
        made = engine.generate(prompt(f"煮饭 {number}"), asked.append)
        assert made.tokens[-1] in {PLAN, "<|end|>"}
        assert PHASES not in made.tokens
    assert asked
    assert all(names[-1] == PLAN for names in asked)


def test_same_words_same_line_whatever_was_said_before(tiny_artifacts):
    engine = Engine.load(tiny_artifacts["int8"], threads=1)
    first = engine.generate(prompt("帮我煮粥"))
    engine.generate(prompt("a very different and much longer sentence about rice for 4"))
    again = engine.generate(prompt("帮我煮粥"))
    kept = engine.generate(prompt("帮我煮粥"))
    assert first.tokens == again.tokens == kept.tokens
    assert (first.cached, again.cached) == (0, 0)
    assert kept.cached == kept.prompt_tokens > 0


def test_a_guess_changes_no_token(tiny_artifacts, rng, dishes):
    """Neither a right one (the line itself), nor a wrong one, nor one that goes wrong midway."""
    engine = Engine.load(tiny_artifacts["float"], threads=1)
    guessed = 0
    for number in range(120):
        words = prompt(f"煮饭 {number}")
        conditions = condition_tokens(
            Conditions(rng.choice(dishes), rng.choice(list(Texture)), 200)
        )
        alone = engine.generate(words, lambda _, c=conditions: c).tokens
        if PHASES not in alone:
            continue
        guessed += 1
        phases = alone[alone.index(PHASES) + 1 : -1]
        cut = rng.randrange(len(phases))
        for guess in (phases, phases[:cut] + phases[cut + 1 :], phases[:cut], phases[::-1]):
            made = engine.generate(words, lambda _, g=[*conditions, *guess]: g)
            assert made.tokens == alone
    assert guessed >= 5


def test_endless_words_are_cut(tiny_artifacts):
    engine = Engine.load(tiny_artifacts["int8"], threads=1)
    made = engine.generate(prompt("龘" * 5000))
    assert made.prompt_tokens == 128
    assert made.tokens[-1] in {PLAN, "<|end|>"}

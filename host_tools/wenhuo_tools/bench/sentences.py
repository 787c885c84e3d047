"""What the benchmark says to every engine: a hundred sentences about the menu's dishes."""

from __future__ import annotations

from itertools import cycle, islice

from wenhuo.boards import Dish, Product

# short and long, Chinese and English, with and without amounts and times, as people mix them
_FORMS = (
    "煮{zh}",
    "帮我煮{n}个人的{zh}，早上七点吃",
    "{en} for {n}, please",
    "make {en} for {n} people by half past six tonight",
    "{zh}，{n}个人吃，软一点，明天中午十二点要吃，保温一个小时",
    "I'd like some {en} tomorrow morning, a bit thicker, ready at 7:15",
    "现在开始做{zh}",
)
COUNT = 100


def sentences(product: Product) -> list[str]:
    """COUNT sentences: every form with every dish in turn, for two to six people."""
    dishes, people = cycle(product.menu.values()), cycle(range(2, 7))
    made = (_said(form, next(dishes), next(people)) for form in cycle(_FORMS))
    return list(islice(made, COUNT))


def _said(form: str, dish: Dish, people: int) -> str:
    return form.format(zh=dish.name_zh, en=dish.name_en, n=people)

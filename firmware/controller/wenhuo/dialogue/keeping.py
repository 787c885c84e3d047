"""Remembering, forgetting, telling what is remembered, how a cook turned out, timers."""

from __future__ import annotations

from datetime import datetime

from wenhuo.agent import replies
from wenhuo.agent.alone import dish_named
from wenhuo.agent.facts import changed
from wenhuo.boards import Product
from wenhuo.dialogue import tools
from wenhuo.dialogue.cues import spoken_time
from wenhuo.dialogue.merge import liked_by
from wenhuo.dialogue.ports import Answer, Exchange
from wenhuo.dialogue.record import Recorder
from wenhuo.dialogue.thread import Question, Topic
from wenhuo.intent import Clock, Intent, Texture, TextureChange
from wenhuo.language.times import resolve
from wenhuo.memory import Memory
from wenhuo.memory.cooks import Cook
from wenhuo.memory.likes import Like, Source, Value

_MEAL_S = 24 * 3600.0  # what is said of the food so long after it was ready is about it
_NAMED_MEAL_S = 72 * 3600.0  # and of a dish that is named
_WATER_STEP_PCT = 10
_WATER_PCT = (60, 140)
# Where the texture is at its end already, water does it.
_WATER = {
    TextureChange.THICKER: -_WATER_STEP_PCT,
    TextureChange.FIRMER: -_WATER_STEP_PCT,
    TextureChange.THINNER: _WATER_STEP_PCT,
    TextureChange.SOFTER: _WATER_STEP_PCT,
}


class Keeper:
    """The tools that touch nothing but the memory."""

    def __init__(self, memory: Memory, product: Product, recorder: Recorder) -> None:
        self._memory = memory
        self._product = product
        self._record = recorder

    def remember(self, x: Exchange, intent: Intent) -> Answer:
        """Keep what was said of a dish: the one named, that is on, or that was just eaten."""
        dish = intent.dish or self._dish_at_hand(x)
        likes = liked_by(intent)
        if isinstance(intent.ready, Clock):
            due = resolve(intent.ready, x.said.at)
            likes |= {"ready": f"{due:%H:%M}"} if due else {}
        if dish is None or not likes:
            return self._record.ask(x, Question(Topic.DISH, x.said.now_s, intent), "missing_dish")
        if "texture" in likes:
            likes["texture"] = self._product.dish(dish).meant(Texture(str(likes["texture"]))).value
        return self._keep(x, dish, likes, Source.SAID)

    def remember_offer(self, x: Exchange, like: Like) -> Answer:
        """Yes to an offered like."""
        return self._keep(x, like.dish, {like.key: like.value}, like.source)

    def decline(self, x: Exchange, like: Like) -> Answer:
        """No to an offered like: it is not offered again until it has been wished for anew."""
        self._memory.likes.decline(like)
        reply = replies.say("not_remembered", x.said.lang)
        return self._record.call(x, tools.Forget(like.dish), reply)

    def _keep(self, x: Exchange, dish: str, likes: dict[str, Value], source: Source) -> Answer:
        with self._memory.transaction():
            for key, value in likes.items():
                self._memory.likes.put(Like(dish, key, value, source), x.said.now_s)
            reply = replies.say(
                "remembered",
                x.said.lang,
                dish=self._name(dish, x.said.lang),
                like=likes_words(likes, x.said.lang),
            )
            return self._record.call(x, tools.Remember(dish, likes), reply)

    def recall(self, x: Exchange) -> Answer:
        """Tell what is remembered: of the dish named, else of all."""
        lang, named = x.said.lang, dish_named(x.said.text, self._product)
        by_dish: dict[str, dict[str, Value]] = {}
        for like in self._memory.likes.all():
            if named in (None, like.dish):
                by_dish.setdefault(like.dish, {})[like.key] = like.value
        zh = lang == "zh"
        told = [
            f"{self._name(dish, lang)}{'：' if zh else ': '}{likes_words(likes, lang)}"
            for dish, likes in by_dish.items()
        ]
        key = "recall" if told else "recall_nothing"
        reply = replies.say(key, lang, likes=("；" if zh else "; ").join(told))
        return self._record.call(x, tools.Recall(named), reply)

    def forget(self, x: Exchange) -> Answer:
        """Erase the likes of the dish named; to erase all is asked for once more."""
        dish = dish_named(x.said.text, self._product)
        if dish is None or "everything" in x.cues:
            return self._record.ask(x, Question(Topic.FORGET_ALL, x.said.now_s), "forget_all")
        with self._memory.transaction():
            self._memory.likes.forget(dish)
            reply = replies.say("forgotten", x.said.lang, dish=self._name(dish, x.said.lang))
            return self._record.call(x, tools.Forget(dish), reply)

    def forget_all(self, x: Exchange) -> Answer:
        """Erase all likes."""
        with self._memory.transaction():
            self._memory.likes.forget()
            reply = replies.say("all_forgotten", x.said.lang)
            return self._record.call(x, tools.Forget(None), reply)

    def meal(self, x: Exchange) -> Cook | None:
        """The cook that somebody speaks of who says how the food was."""
        dish = dish_named(x.said.text, self._product)
        for name, within_s in ((dish, _NAMED_MEAL_S), (None, _MEAL_S)):
            cook = self._memory.cooks.last(name, eaten=True)
            if cook is not None and cook.dish is not None and cook.served_s is not None:
                ago_s = x.said.now_s - (cook.ordered_at + cook.served_s)
                if ago_s <= within_s:
                    return cook
        return None

    def outcome(self, x: Exchange, meal: Cook, change: TextureChange | None) -> Answer:
        """How a meal turned out; what was too much of it is other the next time."""
        lang, dish = x.said.lang, self._product.dish(meal.dish or "")
        likes: dict[str, Value] = {}
        if change is None:
            reply = replies.say("outcome_good", lang)
        else:
            had = Texture(meal.about.get("texture") or dish.default_texture)
            wanted = changed(dish, had, change)
            if wanted is not had:
                likes["texture"] = wanted.value
                words = replies.texture_words(wanted, lang) or replies.normal_words(lang)
                reply = replies.say(
                    "outcome_texture", lang, dish=self._name(dish.id, lang), texture=words
                )
            else:
                likes["water_pct"] = self._water_pct(dish.id, change)
                reply = self._water_reply(dish.id, had, change, lang)
        verdict = change.value if change else "good"
        with self._memory.transaction():
            self._memory.cooks.judge(meal.id, verdict)
            for key, value in likes.items():
                self._memory.likes.put(Like(dish.id, key, value, Source.OUTCOME), x.said.now_s)
            tool = tools.Outcome(dish.id, verdict, likes)
            return self._record.call(x, tool, reply, cook=meal.id)

    def _water_pct(self, dish: str, change: TextureChange) -> int:
        had = self._memory.likes.of(dish).get("water_pct", 100)
        low, high = _WATER_PCT
        return min(high, max(low, int(had) + _WATER[change]))

    def _water_reply(self, dish: str, had: Texture, change: TextureChange, lang: str) -> str:
        more = _WATER[change] > 0
        amount = {"zh": ("少", "多"), "en": ("less", "more")}[lang][more]
        side = replies.texture_words(had, lang).strip() or replies.normal_words(lang)
        return replies.say(
            "outcome_water",
            lang,
            dish=self._name(dish, lang),
            side=side.removesuffix("的"),
            amount=amount,
        )

    def timer(self, x: Exchange) -> Answer:
        """Set a timer; one for when the food is done needs none, since that is told anyway."""
        lang, when = x.said.lang, spoken_time(x.said.text)
        due = resolve(when.ready, x.said.at) if when else None
        if due is None:
            if x.cook is not None:
                return self._record.call(x, tools.Ask(""), replies.say("will_tell", lang))
            return self._record.call(x, tools.Ask(""), replies.say("timer_when", lang))
        with self._memory.transaction():
            self._memory.set_timer(x.said.speaker, lang, x.said.now_s, due.timestamp())
            words = replies.moment_words(due, x.said.at, lang)
            return self._record.call(
                x, tools.SetTimer(_iso(due)), replies.say("timer", lang, when=words)
            )

    def stop_timers(self, x: Exchange) -> Answer:
        """Take the speaker's timers back."""
        mine = [t for t in self._memory.timers() if t.speaker == x.said.speaker]
        with self._memory.transaction():
            for timer in mine:
                self._memory.timer_rung(timer.id, x.said.now_s)
            reply = replies.say("timer_off" if mine else "timer_none", x.said.lang)
            return self._record.call(x, tools.StopTimer(len(mine)), reply)

    def has_timers(self, x: Exchange) -> bool:
        """Whether the speaker has any."""
        return any(t.speaker == x.said.speaker for t in self._memory.timers())

    def _dish_at_hand(self, x: Exchange) -> str | None:
        if x.thread.order is not None and x.thread.order.dish:
            return x.thread.order.dish
        if x.cook is not None:
            return x.cook.dish
        meal = self.meal(x)
        return meal.dish if meal else None

    def _name(self, dish: str, lang: str) -> str:
        return replies.dish_name(self._product.dish(dish), lang)


def likes_words(likes: dict[str, Value], lang: str) -> str:
    """Likes in a list."""
    told = [replies.like_words(key, value, lang) for key, value in likes.items()]
    return ("、" if lang == "zh" else ", ").join(told)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")

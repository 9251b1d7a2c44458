"""Yes, no or neither, in answer to «верно?». Russian says «да нет, всё правильно» and means yes; «да нет» is nothing.

A judgement («верно», «правильно») outweighs «да» and «нет» said beside it, a denied judgement is a no, and doubt wins
over all of them.
"""

import re
from typing import Literal

from bots.understanding.lexicon import words
from bots.understanding.tokens import pieces
from bots.understanding.vocabulary import is_number

Said = Literal["yes", "no", "unsure"]

_YES = frozenset(
    words(
        """
        да ага угу так точно именно конечно хорошо ладно ок окей есть разумеется безусловно нормально дада йес давай
        давайте можно записывайте сохраняйте передавайте запишите принимайте принято оно подходит естественно
        ну-да согл
        """
    )
)
_WEAK = frozenset(
    words(
        """
        так точно именно конечно хорошо ладно есть можно давай давайте естественно разумеется безусловно нормально
        """
    )
)
_JUDGED = frozenset(
    words(
        """
        верно правильно правильный правильные верны верный верная подтверждаю согласен согласна согласны
        сходится совпадает порядке правы
        """
    )
)
_NO = frozenset(
    words(
        """
        нет неа нету не
        """
    )
)
_DENIED = frozenset(
    words(
        """
        неверно неправильно неправильный неверные неправильные неверный неверная ошибка ошиблись ошибочка ошибся
        ошиблась ошибаетесь другое другие другая иначе отмена отменить неправда наоборот лишняя лишний
        """
    )
)
_DOUBT = frozenset(
    words(
        """
        вроде наверное наверно кажется возможно скорее сомневаюсь затрудняюсь хз предположительно примерно
        """
    )
)
_DENIABLE = frozenset(("так", "то", "те", "тот", "та", "совсем", "совпадает", "сходится"))
_DOUBT_PHRASES = (
    "не знаю", "не уверен", "не помню", "может быть", "не понимаю", "не вижу", "как бы", "вроде бы", "трудно сказать",
    "без понятия", "понятия не имею", "не понял", "не поняла", "не могу сказать", "может и", "почти",
)  # fmt: skip
_IDIOMS = re.compile(r"\b(?:на все )?(?:сто|100) ?процентов\b|\bна все сто\b")
_NO_PHRASES = ("не надо", "не нужно", "ничего подобного", "ни в коем случае", "не хватает")
_ASKING = re.compile(
    r"\b(?:или|ли)\b|^(?:а |и )?(?:что|почему|зачем)\b|\bда но$|^да только$"
    r"|\bда (?:что|ладно|как\w*|ну|уж|куда|где|ничего|ты|бросьте|неужели)\b"
)
_IDIOM_YES = re.compile(r"\b(?:да|нет) нет,? (?:\w+ ){0,2}все (?:верно|правильно|в порядке|нормально|так|сходится)")
"""«да нет, всё правильно», «нет-нет, всё верно»: nothing short of these makes a yes of a «нет»."""
_TAKEN_BACK = frozenset(("не", "ни", "только", "но", "кроме", "а"))
_HARDLY = frozenset(words("так есть ну вот и то это там на"))
"""A thoughtful «так…» and the «есть» of a «шесть»: no consent by themselves."""
_WITH_YES = (
    frozenset(
        words(
            """
        спасибо большое пожалуйста свидания девушка показания передать здравствуйте отлично прекрасно
        замечательно понятно именно милая дорогая хорошая робот пойдет годится устраивает подойдет пиши записывай
        """
        )
    )
    | _YES
)
BREATH = 3
"""Letters of a word that may be a click or a sigh."""
_BREAKS = frozenset(",;:.!?")


def said(normal: str) -> Said | None:
    """What a normalised text answers to a yes-or-no question; None where it answers nothing."""
    normal = _IDIOMS.sub(" верно ", normal)
    words = [word for word in pieces(normal) if word not in _BREAKS]
    if not words:
        return None
    line = " ".join(words)
    if any(word in _DOUBT for word in words) or any(phrase in line for phrase in _DOUBT_PHRASES):
        return "unsure"
    judged, denied = _judgements(words)
    if (judged and denied) or _ASKING.search(line):
        return "unsure"
    if judged and not _IDIOM_YES.search(line) and not _NO.isdisjoint(words):
        return "unsure"  # «нет, верно»: perhaps «нет, [не] верно»
    yes = any(word in _YES and word not in _WEAK for word in words)
    weak = any(word in _WEAK for word in words)
    no = "нет" in words or "неа" in words or "нету" in words
    if denied:
        return "unsure" if yes and not no else "no"
    if judged:
        return "yes"
    if yes and no:
        return "unsure"
    if no or any(phrase in line for phrase in _NO_PHRASES):
        return "no"
    if yes:
        return "yes"
    return "yes" if weak and "не" not in words else None


def to_a_value(normal: str) -> Said | None:
    """What it answers to a value read back, where a yes stores it: a yes with anything strange about it is `unsure`.

    «да, только не … а …» whose digits were lost must not be taken for its «да», nor «так…» for consent.
    """
    answered = said(normal)
    if answered != "yes":
        return answered
    words = [word for word in pieces(_IDIOMS.sub(" верно ", normal)) if word not in _BREAKS]
    if not _TAKEN_BACK.isdisjoint(words):
        return "unsure"
    if not _JUDGED.isdisjoint(words):
        return "yes"
    if _HARDLY.issuperset(words):
        return "unsure"
    strange = (word for word in words if word not in _WITH_YES and len(word) > BREATH and not is_number(word))
    return "unsure" if any(strange) else "yes"


def judges(word: str) -> bool:
    """Whether a normalised word calls something right or wrong."""
    return word in _JUDGED or word in _DENIED


def bears_on_yes(word: str) -> bool:
    """Whether a normalised word can make an answer a yes or a no."""
    return word in _YES or word in _NO or judges(word)


def _judgements(words: list[str]) -> tuple[bool, bool]:
    """Whether something was called right, and whether something was called wrong."""
    judged = denied = False
    for at, word in enumerate(words):
        near = words[max(0, at - 2) : at]
        if word in _JUDGED:
            if "не" in near or "ни" in near:
                denied = True
            else:
                judged = True
        elif word in _DENIED or (word in _DENIABLE and near[-1:] == ["не"]):
            denied = True
    return judged, denied

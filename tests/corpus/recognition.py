"""Errors of recognition: words taken for others that sound alike, words lost, words put in, words torn apart.

The four kinds are equally frequent; their number is a share of the words, counted as the word error rate is. A yes is
never turned into a no nor a no into a yes, unless `polarity` allows it: that one confusion no read-back can survive,
and it is measured apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

ALIKE: Mapping[str, tuple[str, ...]] = {
    "ноль": ("один", "но", "вот"),
    "один": ("ноль", "одна", "адин", "дин"),
    "одна": ("один", "однако", "два"),
    "два": ("да", "три", "двадцать", "две"),
    "две": ("две", "двести", "уже"),
    "три": ("четыре", "тридцать", "при", "триста"),
    "четыре": ("три", "четыреста", "четырёх"),
    "пять": ("шесть", "опять", "девять", "пятью"),
    "шесть": ("пять", "есть", "шестьсот", "шести"),
    "семь": ("восемь", "всем", "семьсот", "семи"),
    "восемь": ("семь", "осень", "восемьсот", "восьми"),
    "девять": ("десять", "пять", "девятьсот", "дети"),
    "десять": ("девять", "десяти", "есть"),
    "одиннадцать": ("двенадцать", "один", "одиннадцати"),
    "двенадцать": ("тринадцать", "двадцать", "двенадцати"),
    "тринадцать": ("двенадцать", "тридцать", "тринадцати"),
    "четырнадцать": ("четыре", "пятнадцать", "четырнадцати"),
    "пятнадцать": ("шестнадцать", "пятьдесят", "пятнадцати"),
    "шестнадцать": ("пятнадцать", "шестьдесят", "шестнадцати"),
    "семнадцать": ("восемнадцать", "семьдесят", "семнадцати"),
    "восемнадцать": ("семнадцать", "восемьдесят", "восемнадцати"),
    "девятнадцать": ("двенадцать", "девяносто", "девятнадцати"),
    "двадцать": ("тридцать", "двенадцать", "двадцати"),
    "тридцать": ("двадцать", "тринадцать", "тридцати"),
    "сорок": ("сто", "срок", "сорока"),
    "пятьдесят": ("шестьдесят", "пятнадцать", "пятидесяти", "писят"),
    "шестьдесят": ("пятьдесят", "шестнадцать", "шестидесяти", "шисят"),
    "семьдесят": ("восемьдесят", "семнадцать", "семидесяти"),
    "восемьдесят": ("семьдесят", "восемнадцать", "восьмидесяти"),
    "девяносто": ("девятнадцать", "девятьсот", "девяноста"),
    "сто": ("что", "сорок", "сот", "ста"),
    "двести": ("триста", "две", "двухсот", "вести"),
    "триста": ("двести", "тридцать", "трёхсот"),
    "четыреста": ("триста", "четыре", "четырёхсот"),
    "пятьсот": ("шестьсот", "пятьдесят", "пятисот"),
    "шестьсот": ("пятьсот", "шестьдесят", "шестисот"),
    "семьсот": ("восемьсот", "семьдесят", "семисот"),
    "восемьсот": ("семьсот", "восемьдесят", "восьмисот"),
    "девятьсот": ("девяносто", "семьсот", "девятисот"),
    "тысяча": ("тысячу", "тыща", "тысяч"),
    "тысячи": ("тысяч", "тысяча", "тыщи"),
    "тысяч": ("тысячи", "тысяча", "тыщ"),
    "запятая": ("занятая", "пятая", "запятой"),
    "нет": ("не", "нот", "вот"),
    "не": ("на", "ни", "нет"),
    "да": ("два", "та", "ага", "до"),
    "верно": ("первое", "вербно", "ровно"),
    "правильно": ("право", "правильна", "привольно"),
    "неверно": ("не ровно", "нервно"),
    "неправильно": ("не правильна", "направление"),
    "день": ("дань", "тень", "пень"),
    "ночь": ("дочь", "мочь", "ночи"),
    "пик": ("пить", "миг", "пики"),
    "ой": ("он", "а", "то"),
}  # fmt: skip
SHORT = ("и", "а", "ну", "на", "в", "э", "вот", "так", "же", "там", "это", "что", "у", "с", "то", "как", "он", "мы")
"""What is heard in a breath, a click, a rustle."""
STRAY_NUMBERS = ("два", "три", "пять", "шесть", "один", "сто", "семь")

KINDS = ("other", "lost", "more", "torn")
MEAN_COST = 1.15
"""Word errors a mishap makes on average: not every word can be torn, and what cannot gets a word beside it."""
FLIPPED = {
    "нет": "да", "да": "нет", "неверно": "верно", "верно": "неверно", "неправильно": "правильно",
    "правильно": "неправильно",
}  # fmt: skip
"""The one confusion that only another question would notice."""
_POLAR_NO = frozenset(("нет", "не", "неа", "неверно", "неправильно", "ошибка"))
_POLAR_YES = frozenset(("да", "ага", "угу", "верно", "правильно", "конечно", "точно", "подтверждаю", "согласен", "так"))


def torn(word: str) -> list[str] | None:
    """«шестьсот» as «шесть сот»; None for a word that does not come apart."""
    for tail in ("надцать", "дцать", "десят"):
        if word.endswith(tail) and len(word) > len(tail):
            stem = word[: -len(tail)]
            return [_STEMS.get(stem, stem), tail]
    if word.endswith("сот") and len(word) > 3:
        return [word[:-3], "сот"]
    return {
        "двести": ["две", "сти"],
        "триста": ["три", "ста"],
        "четыреста": ["четыре", "ста"],
        "девяносто": ["девяно", "сто"],
        "полупик": ["полу", "пик"],
        "неверно": ["не", "верно"],
        "неправильно": ["не", "правильно"],
    }.get(word)


_STEMS = {
    "один": "один", "две": "две", "три": "три", "четыр": "четыре", "пят": "пять", "шест": "шесть", "сем": "семь",
    "восем": "восемь", "девят": "девять", "два": "два",
}  # fmt: skip


class Misheard(str):
    """A word nobody said, or not so, or one that swallowed its neighbour."""

    __slots__ = ()


class Hearing(NamedTuple):
    text: str
    words: tuple[tuple[str, float], ...] = ()
    """With how sure recognition was of each; none where it does not say."""


RIGHT = (0.62, 0.86, 0.93, 0.97, 0.98, 0.99, 0.99, *[1.0] * 13)
WRONG = (
    0.32, 0.42, 0.47, 0.50, 0.52, 0.55, 0.58, 0.61, 0.64, 0.67,
    0.71, 0.74, 0.78, 0.82, 0.85, 0.89, 0.91, 0.94, 0.99, 1.0,
)  # fmt: skip
"""How sure Vosk was of 4,216 words it heard right and of 313 it heard wrong, in twentieths from the least sure:
espeak's voices dictating in noise of 3 to 30 dB, the bundled model, the phrases of a reading. Beside a lost word it was
no surer than of a wrong one."""


@dataclass(slots=True)
class Ear:
    """Recognition of one call, with errors in `rate` of its words.

    `polarity`: a yes may be heard as a no too. `sure`: it tells how sure it was of each word.
    """

    rate: float
    chance: Random
    polarity: bool = False
    sure: Random | None = None
    words: int = 0
    errors: int = 0

    def heard(self, words: Sequence[str]) -> Hearing:
        """The words as recognition would write them."""
        line = list(words)
        spoken = sum(word != "," for word in words)
        self.words += spoken
        for _ in range(spoken):
            if self.chance.random() < self.rate / MEAN_COST:
                self.errors += _err(line, self.chance, polarity=self.polarity)
        sure = self.sure
        return Hearing(
            " ".join(line).replace(" ,", ","),
            ()
            if sure is None
            else tuple((word, sure.choice(WRONG if isinstance(word, Misheard) else RIGHT)) for word in line),
        )


def _err(line: list[str], chance: Random, *, polarity: bool = False) -> int:
    """One mishap, and how many word errors it makes: a torn word is two, one wrong and one too many."""
    places = [at for at, word in enumerate(line) if word != "," and (polarity or not carries(line, at))]
    kind = chance.choice(KINDS)
    if kind == "torn":
        breakable = [at for at in places if torn(line[at])]
        if breakable:
            at = chance.choice(breakable)
            line[at : at + 1] = [Misheard(piece) for piece in torn(line[at]) or ()]
            return 2
        kind = "more"
    if kind == "more" or not places:
        stray = STRAY_NUMBERS if chance.random() < 0.15 else SHORT
        line.insert(chance.randint(0, len(line)), Misheard(chance.choice(stray)))
    elif kind == "lost":
        at = chance.choices(places, [1 / len(line[at]) for at in places])[0]  # short words drown first
        del line[at]
        if line:
            beside = min(at, len(line) - 1)
            line[beside] = Misheard(line[beside])  # its sound went into the next word
    else:
        at = chance.choice(places)
        flipped = FLIPPED.get(line[at]) if polarity and chance.random() < 0.3 else None
        line[at] = Misheard(flipped or chance.choice(ALIKE.get(line[at], SHORT)))
    return 1


def carries(line: Sequence[str], at: int) -> bool:
    """Whether losing this word alone would make a yes of a no or a no of a yes («[не] верно»)."""
    word = line[at]
    rest = [other for place, other in enumerate(line) if place != at]
    if word in _POLAR_NO:
        return not any(other in _POLAR_NO for other in rest) and any(other in _POLAR_YES for other in rest)
    return False

"""Latin letters, addresses of sites and of mail, abbreviations nobody has listed: spelled, or read as Russian."""

import re
from re import Match

from bots.understanding.lemmas import dictionary
from ivr.prompts import spoken
from ivr.prompts.normal.before import Rule

_CYRILLIC = {
    "а": "а", "б": "бэ", "в": "вэ", "г": "гэ", "д": "дэ", "е": "е", "ё": "ё", "ж": "жэ", "з": "зэ", "и": "и",
    "й": "й", "к": "ка", "л": "эл", "м": "эм", "н": "эн", "о": "о", "п": "пэ", "р": "эр", "с": "эс", "т": "тэ",
    "у": "у", "ф": "эф", "х": "ха", "ц": "цэ", "ч": "че", "ш": "ша", "щ": "ща", "ъ": "твёрдый знак", "ы": "ы",
    "ь": "мягкий знак", "э": "э", "ю": "ю", "я": "я",
}  # fmt: skip
_LATIN = {
    "a": "а", "b": "бэ", "c": "цэ", "d": "дэ", "e": "е", "f": "эф", "g": "жэ", "h": "аш", "i": "и", "j": "йот",
    "k": "ка", "l": "эль", "m": "эм", "n": "эн", "o": "о", "p": "пэ", "q": "ку", "r": "эр", "s": "эс", "t": "тэ",
    "u": "у", "v": "вэ", "w": "дубль-вэ", "x": "икс", "y": "игрек", "z": "зэт",
}  # fmt: skip
_SOUNDS = (
    ("shch", "щ"), ("sch", "щ"), ("zh", "ж"), ("kh", "х"), ("ts", "ц"), ("ch", "ч"), ("sh", "ш"), ("yu", "ю"),
    ("ya", "я"), ("yo", "ё"), ("ju", "ю"), ("ja", "я"), ("iy", "ий"), ("yy", "ый"), ("ph", "ф"), ("th", "т"),
    ("ck", "к"), ("oo", "у"), ("ee", "и"), ("a", "а"), ("b", "б"), ("c", "к"), ("d", "д"), ("e", "е"), ("f", "ф"),
    ("g", "г"), ("h", "х"), ("i", "и"), ("j", "й"), ("k", "к"), ("l", "л"), ("m", "м"), ("n", "н"), ("o", "о"),
    ("p", "п"), ("q", "к"), ("r", "р"), ("s", "с"), ("t", "т"), ("u", "у"), ("v", "в"), ("w", "в"), ("x", "кс"),
    ("y", "ы"), ("z", "з"), ("'", "ь"),
)  # fmt: skip
_ENDS = {
    "ru": "ру",
    "com": "ком",
    "org": "орг",
    "net": "нет",
    "info": "инфо",
    "su": "су",
    "рф": "эр-эф",
    "io": "ай-о",
    "me": "ми",
}
_PARTS = {"www": "вэ-вэ-вэ", "lk": "эл-ка", "my": "май", "mail": "мейл", "gmail": "джимейл", "yandex": "яндекс",
          "online": "онлайн", "info": "инфо", "support": "саппорт", "energo": "энерго"}  # fmt: skip
_VOWELS = set("аеёиоуыэюя")


def _link(match: Match[str]) -> str:
    """«https://lk.energosbyt.ru/pay», «info@energosbyt.ru»."""
    text = re.sub(r"^https?://", "", match[0], flags=re.IGNORECASE).rstrip("/")
    tail = ""
    while text and text[-1] in ".,;:!?":
        text, tail = text[:-1], text[-1] + tail
    said: list[str] = []
    for part in re.findall(r"[A-Za-z]+|[А-Яа-яЁё]+|[0-9]+|[^\w\s]|_", text):
        low = part.lower()
        if low in _SIGNS:
            said.append(_SIGNS[low])
        elif part.isdecimal():
            said.append(
                spoken.cardinal(int(part)) if not part.startswith("0") and len(part) < 5 else spoken.digits(part)
            )
        elif said and said[-1] == "точка" and low in _ENDS:
            said.append(_ENDS[low])
        elif part[0].lower() in _CYRILLIC:
            said.append(low)
        else:
            said.append(_PARTS.get(low) or (_spelled(low, _LATIN) if len(low) <= 2 else _read(low)))
    return " ".join(said) + tail


_SIGNS = {".": "точка", "@": "собака", "-": "дефис", "_": "нижнее подчёркивание", "/": "слэш", "?": "вопрос",
          "=": "равно", "&": "и", ":": "двоеточие", "%": "процент", "+": "плюс"}  # fmt: skip


def _spelled(word: str, names: dict[str, str]) -> str:
    return "-".join(names[letter] for letter in word)


def _read(word: str) -> str:
    """A Latin word as a Russian reads it."""
    made, at = "", 0
    if word.startswith("e"):
        made, at = "э", 1
    while at < len(word):
        if word[at] == "y" and at and (word[at - 1] in "aeou" or at + 1 == len(word)):
            made += "й" if word[at - 1] in "aeou" else "и"
            at += 1
            continue
        for latin, cyrillic in _SOUNDS:
            if word.startswith(latin, at):
                made += cyrillic
                at += len(latin)
                break
        else:
            made += word[at]
            at += 1
    return made


def _latin(match: Match[str]) -> str:
    word = match[0]
    low = word.lower()
    if len(word) == 1 or (word.isupper() and (len(word) <= 3 or not set(low) & set("aeiouy"))):
        return _spelled(low, _LATIN)
    return _read(low)


def _abbreviation(match: Match[str]) -> str:
    """An abbreviation in capitals that is no word: letter by letter, unless it reads like a word."""
    word = match[0].lower()
    if dictionary().word_is_known(word):
        return match[0]
    vowels = sum(letter in _VOWELS for letter in word)
    readable = vowels and re.fullmatch(r"(?:[^аеёиоуыэюя]{1,2}[аеёиоуыэюя])+[^аеёиоуыэюя]{1,2}", word)
    return match[0].lower() if readable else _spelled(word, _CYRILLIC)


def is_known(word: str) -> bool:
    """Whether it is a Russian word in capitals and no abbreviation, or a letter's name."""
    return len(word) == 1 or bool(dictionary().word_is_known(word.lower()))


def _letter(match: Match[str]) -> str:
    return letter(match[0])


def letter(one: str) -> str:
    """The name of a Cyrillic letter."""
    return _CYRILLIC[one.lower()]


LINKS: tuple[Rule, ...] = (
    (re.compile(r"(?:https?://|www\.)[^\s<>«»\"']+", re.IGNORECASE), _link),
    (re.compile(r"(?<![\w.])[A-Za-z0-9][\w.+-]*@[\w-]+(?:\.[\w-]+)+", re.ASCII), _link),
    (re.compile(r"(?<![\w.@])(?:[A-Za-z0-9][A-Za-z0-9-]*\.)+(?:ru|com|org|net|info|su|io|me)\b(?:/[^\s<>«»\"']*)?",
                re.IGNORECASE),
     _link),
    (re.compile(r"(?<![\w.@])(?:[а-яё0-9][а-яё0-9-]*\.)+рф\b", re.IGNORECASE), _link),
)  # fmt: skip
RULES: tuple[Rule, ...] = (
    (re.compile(r"[A-Za-z]+(?:'[a-z]+)?"), _latin),
    (re.compile(r"(?<![\w-])[БГДЖЗЙЛМНПРТФХЦЧШЩ](?![\w-])(?=[\s,.;:!?)]|$)(?!\.\s?[А-ЯЁ])"), _letter),
    (re.compile(r"(?:(?<=литера )|(?<=корпус )|(?<=буква )|(?<=категория )|(?<=класс ))[ВКС](?![\w-])"), _letter),
    (re.compile(r"(?<![\w-])[А-ЯЁ]{2,6}(?![\w-])"), _abbreviation),
)

"""Which case and gender a number takes from the noun it counts, and which form a noun takes from its number. Pure."""

from collections.abc import Sequence
from functools import lru_cache

from bots.understanding.lemmas import dictionary
from ivr.prompts.cases import Case, Gender

_TAG = {
    Case.NOMINATIVE: "nomn",
    Case.GENITIVE: "gent",
    Case.DATIVE: "datv",
    Case.ACCUSATIVE: "accs",
    Case.INSTRUMENTAL: "ablt",
    Case.PREPOSITIONAL: "loct",
}
_CASE = {**{tag: case for case, tag in _TAG.items()}, "gen2": Case.GENITIVE, "loc2": Case.PREPOSITIONAL}
_GENDER: dict[str, Gender] = {"masc": "m", "femn": "f", "neut": "n"}
_UNCERTAIN = (Case.NOMINATIVE, Case.ACCUSATIVE, Case.GENITIVE, Case.DATIVE, Case.INSTRUMENTAL, Case.PREPOSITIONAL)


Reading = tuple[Case, bool, Gender, bool]
"""A form of a noun: its case, whether it is plural, gender, whether it is alive."""


@lru_cache(maxsize=20_000)
def readings(word: str) -> tuple[Reading, ...]:
    """What a word may be as a noun; nothing for another part of speech and for unknown words."""
    found = []
    parses = dictionary().parse(word.lower())
    if parses[0].tag.POS in ("PREP", "CONJ", "PRCL"):
        return ()
    for parsed in parses:
        tag = parsed.tag
        if tag.POS == "NOUN" and parsed.is_known and tag.case in _CASE and (tag.gender or "GNdr" in tag):
            alive = "anim" in tag
            plural, gender = tag.number == "plur", _GENDER.get(tag.gender, "m")
            found.append((_CASE[tag.case], plural, gender, alive))
            if "Pltm" in tag:  # «трое суток»: the plural stands for both
                found.append((_CASE[tag.case], not plural, gender, alive))
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=20_000)
def is_adjective(word: str) -> bool:
    tag = dictionary().parse(word.lower())[0].tag
    return tag.POS in ("ADJF", "PRTF")


def noun_after(words: Sequence[str]) -> str:
    """The noun that a number before these words counts: «рабочих дней» → «дней»."""
    for word in words[:3]:
        if readings(word) and not (is_adjective(word) and len(words) > 1 and words.index(word) + 1 < len(words)):
            return word
        if not is_adjective(word):
            break
    return ""


def counted(number: int, noun: str, case: Case) -> tuple[Case, Gender] | None:
    """The case and gender a number takes before this form of a noun; `case` is what the words before it ask for.

    None: no number is counted with this form, «5 этаже» is which one and not how many.
    """
    order = (case, *(other for other in _UNCERTAIN if other is not case))
    found = readings(noun)
    for wanted in order:
        for reading_case, plural, gender, _ in found:
            if _fits(number, wanted, reading_case, plural):
                return wanted, gender
    return None


def _fits(number: int, wanted: Case, case: Case, plural: bool) -> bool:
    tens, ones = number % 100, number % 10
    one = ones == 1 and tens != 11
    few = ones in (2, 3, 4) and tens not in (12, 13, 14)
    if wanted in (Case.NOMINATIVE, Case.ACCUSATIVE):
        if one:
            return not plural and case is wanted
        return case is Case.GENITIVE and plural is not few
    return case is wanted and plural is not one


def which(noun: str, case: Case) -> tuple[Case, Gender] | None:
    """The case and gender of an ordinal before a singular noun: «(на) 5 этаже»."""
    found = [(reading[0], reading[2]) for reading in readings(noun) if not reading[1]]
    return next((one for one in found if one[0] is case), found[0] if found else None)


@lru_cache(maxsize=5_000)
def inflected(phrase: str, case: Case, plural: bool = False) -> str:
    """A phrase in the nominative («кубический метр») in another case; what cannot be inflected stays as it is."""
    words = phrase.split(" ")
    made = []
    for word in words:
        parses = [each for each in dictionary().parse(word) if each.tag.case == "nomn"]
        if not parses:
            made.append(word)
            continue
        parsed = parses[0]
        tag = _TAG[case]
        if case is Case.ACCUSATIVE and (plural or parsed.tag.gender != "femn"):
            tag = "nomn"  # of things the accusative is the nominative
        form = parsed.inflect({tag, "plur" if plural else "sing"})
        made.append(form.word if form is not None else word)
    return " ".join(made)


def with_number(number: int, forms: tuple[str, str, str], case: Case) -> str:
    """The counted phrase after a number in this case: 1 рубль, 2 рубля, 5 рублей; «(к) 5 рублям»."""
    tens, ones = number % 100, number % 10
    one = ones == 1 and tens != 11
    if case in (Case.NOMINATIVE, Case.ACCUSATIVE):
        if one:
            return inflected(forms[0], case)
        return forms[1] if ones in (2, 3, 4) and tens not in (12, 13, 14) else forms[2]
    if number == 0 or (case is Case.GENITIVE and not one):
        return forms[2]  # «к нулю часов»: after a zero it stays
    return inflected(forms[0], case, plural=not one)


@lru_cache(maxsize=2_000)
def case_of_adjective(word: str) -> Case:
    """The case an adjective stands in: «Павловского» is genitive."""
    for parsed in dictionary().parse(word.lower()):
        if parsed.tag.POS == "ADJF" and parsed.tag.case in _CASE:
            return _CASE[parsed.tag.case]
    return Case.NOMINATIVE

"""Rules about what a caller hears: slots, digits and abbreviations no voice says rightly, texts and menus too long."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from ivr.flow.checks.ground import Ground
from ivr.flow.checks.paths import alike
from ivr.flow.dialplan import Menu, Queue, Step, Wording
from ivr.flow.expression import Type
from ivr.flow.finding import Finding, Place
from ivr.flow.step_values import CALLED
from ivr.flow.texts import SAYS, form_of, says
from ivr.prompts.normal import guessed, speakable
from ivr.prompts.slots import SLOT, known_form, slots, stray_brace, without_stress
from ivr.prompts.spoken import NotSpeakable

LETTERS_A_SECOND = 14.0
"""As the voices of the line read, spaces and stops counted in."""
SLOT_SECONDS = 1.5
LONGEST_SECONDS = 12.0
MOST_CHOICES = 5
TOO_LONG_TO_READ = 2000
"""Letters of a text that is told to be too long, and of which nothing else needs to be said."""

_NUMBER = re.compile(r"\S*\d\S*")
_CAPITALS = re.compile(r"\b[А-ЯЁ]{2,}\b")
_NO_VOWEL = re.compile(r"\b[бвгджзклмнпрстфхцчшщ]{2,}\b", re.IGNORECASE)
_PLAIN_NUMBER = re.compile(r"(?<![\w.,:/№-])\d{1,6}(?![\w:/%-]|[.,]\d)")
"""Any voice is given these in words."""
_CUT = re.compile(r"\b[а-яё]{1,5}\.(?=\s+[а-яё])|\b[а-яё]\.(?=\s*[А-ЯЁ])")


def slots_of_texts(ground: Ground) -> Iterator[Finding]:
    types = ground.plan.types
    for wording in _all_texts(ground):
        for text in filter(None, (wording.text, wording.written)):
            where = wording if text is wording.text else replace(wording, exact=False)
            yield from _slots(where, text, types)


def _slots(wording: Wording, text: str, types: Mapping[str, Type]) -> Iterator[Finding]:
    stray = stray_brace(text)
    if stray is not None:
        around = text[max(0, stray - 10) : stray + 15]
        hint = "пишут так: {переменная} или {переменная|вид}"
        yield Finding(wording.at(stray), "E214", f"непонятная фигурная скобка: «{around}»", hint)
    for slot in slots(text):
        if slot.name not in types:
            hint = alike(slot.name, types) or "её никто не заполняет"
            yield Finding(wording.at(slot.start), "E211", f"в тексте нет такой переменной: «{slot.name}»", hint)
        elif slot.form and not known_form(slot.form):
            hint = alike(slot.form.split(":")[0], SAYS) or "бывает: " + ", ".join(SAYS) + ", plural:слово, 3-3-4"
            yield Finding(wording.at(slot.start), "E212", f"так сказать нельзя: «{{{slot.name}|{slot.form}}}»", hint)
        else:
            yield from _fits(wording.at(slot.start), slot.name, slot.form, types[slot.name])


def _fits(place: Place, name: str, form: str, type_: Type) -> Iterator[Finding]:
    said = form_of(form, type_)
    if type_ in says(said):
        return
    fitting = ", ".join(f"{{{name}|{each}}}" for each, types in SAYS.items() if type_ in types)
    hint = f"подойдёт: {fitting}" if fitting else "скажите об этом словами: выберите текст в «when»"
    form_ = f" как «{form}»" if form else ""
    yield Finding(place, "E213", f"«{name}» — {CALLED[type_]}, его нельзя сказать{form_}", hint)


def unsayable(ground: Ground) -> Iterator[Finding]:
    """Digits and abbreviations that would reach the voice."""
    for wording in _heard(ground):
        if stray_brace(wording.text) is not None or len(wording.text) > TOO_LONG_TO_READ:
            continue
        for part in SLOT.split(wording.text)[::3]:
            for word, code, message, hint in _unsayable(part):
                yield Finding(wording.at(max(0, wording.text.find(word))), code, message, hint)


_DOUBTFUL = (re.compile(r"[\d№]"), re.compile(r"[^\W\d_а-яёА-ЯЁ]"), _CAPITALS, _NO_VOWEL, _CUT)


@lru_cache(maxsize=20_000)
def _unsayable(text: str) -> tuple[tuple[str, str, str, str], ...]:
    """What cannot be said of a text without slots; code, message and hint of each fault."""
    if not any(pattern.search(_PLAIN_NUMBER.sub("", text)) for pattern in _DOUBTFUL):
        return ()  # nothing to normalise, so nothing to go wrong: most texts
    try:
        said = speakable(without_stress(text))
        strange = guessed(without_stress(text))
    except NotSpeakable:
        numbers = _NUMBER.findall(text)
        number = next((one for one in numbers if not _can_be_said(one)), numbers[0] if numbers else text)
        number = number.strip(".,!?")
        return ((number, "E221", f"голос не сможет прочитать «{number}»", "напишите словами"),)
    strange += [*_NO_VOWEL.findall(said), *_CUT.findall(said)]
    return tuple(
        (word, "E222", f"голос прочитает «{word}» не так", "напишите целиком или так, как это слышится")
        for word in dict.fromkeys(strange)
    )


def _can_be_said(text: str) -> bool:
    try:
        speakable(text)
    except NotSpeakable:
        return False
    return True


def long_texts(ground: Ground) -> Iterator[Finding]:
    for wording in _heard(ground):
        length = seconds(wording.text)
        if length > LONGEST_SECONDS:
            text = f"текст звучит примерно {length:.0f} с, а дольше {LONGEST_SECONDS:g} с не слушают"
            yield Finding(wording.place, "W223", text, "разделите его или скажите короче")


def long_menus(ground: Ground) -> Iterator[Finding]:
    for step in ground.plan.steps():
        if isinstance(step, Menu) and len(step.choices) > MOST_CHOICES:
            text = f"в меню «{step.name}» пунктов: {len(step.choices)}, а больше {MOST_CHOICES} не запоминают"
            yield Finding(step.place, "W224", text, "разделите меню на два или спросите открыто: topics")


def seconds(text: str) -> float:
    """About how long a text is heard."""
    plain, count = SLOT.subn("", text)
    return len(plain) / LETTERS_A_SECOND + count * SLOT_SECONDS


def _heard(ground: Ground) -> Iterator[Wording]:
    """Every text a voice says, to callers and to operators, each once."""
    for step in ground.plan.steps():
        yield from step.wordings()
        yield from _whispered(step)
    for key, text in ground.plan.prompts.items():
        yield Wording(text, ground.plan.prompt_places[key])


def _whispered(step: Step) -> Iterator[Wording]:
    if isinstance(step, Queue) and step.whisper is not None:
        yield step.whisper


def _all_texts(ground: Ground) -> Iterator[Wording]:
    for step in ground.plan.steps():
        yield from step.wordings()
        yield from _whispered(step)
        topic = getattr(step, "topic", None)
        if isinstance(topic, Wording):
            yield topic

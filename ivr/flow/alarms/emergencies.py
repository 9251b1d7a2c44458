"""Emergency announcements (авария): whom they concern, when they are on the air, in which order they are said. Pure.

An announcement ends by itself: without an expiry there is none. It says when things will be mended only as long as that
moment is still ahead; afterwards the sentence that names it is left out rather than told wrong.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Literal

from bots.dialogues.streets import street as street_of
from ivr.flow.finding import Finding, Place
from ivr.flow.hours.calendar_words import when
from ivr.prompts import NotSpeakable, spoken
from ivr.prompts.pieces import pieces
from ivr.prompts.slots import slots_of, stray_brace
from ivr.prompts.spoken import Case

After = Literal["continue", "hang_up", "callback"]
AFTER: tuple[After, ...] = ("continue", "hang_up", "callback")
RESTORED = "restored"
"""The slot for the moment when it will be mended: «к восемнадцати часам»."""
LONGEST_SECONDS = 20
LONGEST_TERM = timedelta(days=14)
_LETTERS_A_SECOND = 14
_SENTENCE_END = re.compile(
    r"(?<!\bул)(?<!\bпр)(?<!\bпер)(?<!\bнаб)(?<!\bпл)(?<!\bш)(?<!\bмкр)(?<!\bпросп)(?<!\bд)(?<!\bкорп)(?<!\bстр)"
    r"(?<!\bг)(?<!\bпос)(?<!\bп)(?<!\bс)(?<!\bдер)(?<!\bобл)(?<!\bим)(?<!\bтел)[.!?…]+(?:\s+|$)",
    re.IGNORECASE,
)
"""Where a sentence ends: not at the point of «ул. Мира»."""
_WORD = re.compile(r"\w+")
_ORDINAL = re.compile(r"\b([0-9]+)-(?:го|й|я|е|ой|ая|ое|ья)\b")
_AVENUE = re.compile(r"\bпр\.\s*", re.IGNORECASE)
_DOUBLED = re.compile(rf"\b(к|до|в|около)\s*\{{{RESTORED}\}}", re.IGNORECASE)
_QUOTED = re.compile(r"«[^»]*»")


@dataclass(frozen=True, slots=True)
class Emergency:
    """One announcement. What is empty of its scope holds for everybody."""

    name: str
    text: str
    expires: datetime
    starts: datetime | None = None
    """None: it is on the air at once."""
    restored: datetime | None = None
    territories: tuple[str, ...] = ()
    streets: tuple[str, ...] = ()
    queue: str = ""
    """Only who is on the way to these operators hears it."""
    after: After = "continue"
    to_unknown: bool | None = None
    """Whether callers hear it of whom the place is not known; by default a territory's they do, a street's not."""
    place: Place | None = field(default=None, compare=False)
    """Where it is written; None for one put on the air by command."""

    def active(self, instant: datetime) -> bool:
        return (self.starts is None or self.starts <= instant) and instant < self.expires

    def concerns(self, territory: str | None, street: str | None, queue: str | None = None) -> bool:
        """Whether this caller is meant. None or nothing: it is not known. `street` may be a whole address."""
        if self.queue and self.queue != queue:
            return False
        unknown = self.to_unknown if self.to_unknown is not None else not self.streets
        if self.territories and not _named(territory, self.territories, unknown):
            return False
        if not self.streets:
            return True
        return any(same_street(own, street) for own in self.streets) if street else unknown

    @property
    def narrowness(self) -> tuple[bool, bool, bool]:
        return bool(self.streets), bool(self.territories), bool(self.queue)

    def words(self, instant: datetime, zone: tzinfo) -> str:
        """What is said at this instant, its slot filled."""
        return filled(self.text, self.restored, instant, zone)


def _named(territory: str | None, own: Sequence[str], unknown: bool) -> bool:
    return _folded(territory) in map(_folded, own) if territory else unknown


def on_air(
    emergencies: Iterable[Emergency],
    instant: datetime,
    territory: str | None = None,
    street: str | None = None,
    queue: str | None = None,
) -> tuple[Emergency, ...]:
    """What this caller hears now: the narrower first, of equally narrow ones the later first."""
    return on_air_for(emergencies, instant, [(territory or "", street or "")], queue)


def on_air_for(
    emergencies: Iterable[Emergency], instant: datetime, places: Iterable[tuple[str, str]], queue: str | None = None
) -> tuple[Emergency, ...]:
    """The same for a caller with several accounts: `places` are their territories and addresses."""
    known = list(places) or [("", "")]
    heard = [
        each
        for each in emergencies
        if each.active(instant) and any(each.concerns(territory, street, queue) for territory, street in known)
    ]
    heard.sort(key=lambda each: each.name)
    heard.sort(key=lambda each: (each.narrowness, each.starts.timestamp() if each.starts else 0.0), reverse=True)
    return tuple(heard)


def same_street(own: str, other: str) -> bool:
    """Whether an address, or a street, is on this street: «пр. Мира» is not «ул. Мира», «Мира» is both."""
    (mine, mine_has_kind), (theirs, theirs_has_kind) = _street_words(own), _street_words(other)
    if mine_has_kind and theirs_has_kind:
        return mine == theirs
    # Where a kind is missing on one side, it is the one word that the other has more.
    return bool(mine and theirs) and (mine == theirs or (len(mine ^ theirs) == 1 and (mine < theirs or theirs < mine)))


@lru_cache(maxsize=512)
def _street_words(text: str) -> tuple[frozenset[str], bool]:
    """The words of the street that a text names, and whether «улица», «проспект» is one of them."""
    text = _AVENUE.sub("проспект ", text)
    named = street_of(text)
    return frozenset(_WORD.findall(_ORDINAL.sub(r"\1", _folded(named or text)))), named is not None


def _folded(text: str) -> str:
    return " ".join(text.lower().replace("ё", "е").split())


# -- words -----------------------------------------------------------------------------------------------------------


def filled(text: str, restored: datetime | None, instant: datetime, zone: tzinfo) -> str:
    """The text with `{restored}` said; a sentence that names a moment gone by is left out."""
    if restored is not None and restored > instant:
        return text.replace(f"{{{RESTORED}}}", moment_words(restored, instant, zone))
    return _lasting(text)


def _lasting(text: str) -> str:
    """The sentences that stay true when the promised moment is gone by."""
    kept, at = [], 0
    for end in [*(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]:
        if f"{{{RESTORED}}}" not in text[at:end]:
            kept.append(text[at:end].strip())
        at = end
    return " ".join(filter(None, kept))


def moment_words(at: datetime, now: datetime, zone: tzinfo) -> str:
    """«к восемнадцати часам», «завтра к восьми часам», «двенадцатого марта к шести часам»."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    midnight = (local.hour, local.minute) == (0, 0)
    # Midnight belongs to the day that ends with it.
    day = local.date() - timedelta(days=midnight)
    hour = "полуночи" if midnight else spoken.clock(local.time(), Case.DATIVE)
    return f"к {hour}" if day <= today else f"{when(day, today)} к {hour}"


def text_faults(text: str, restored: datetime | None, place: Place) -> list[Finding]:
    """What keeps a text from going on the air, and what is unwise in it."""
    only = f"бывает только {{{RESTORED}}} — когда обещают исправить"
    if stray_brace(text) is not None:
        return [Finding(place, "E424", "фигурная скобка, которая ничего не значит", only)]
    found = []
    for name, form in slots_of(text).items():
        if name != RESTORED or form:
            written = f"{name}|{form}" if form else name
            found.append(Finding(place, "E424", f"в объявлении не бывает {{{written}}}", only))
        elif restored is None:
            hint = f"напишите рядом «{RESTORED}: 2026-03-04T18:00» или уберите {{{RESTORED}}}"
            found.append(Finding(place, "E424", "не сказано, когда исправят", hint))
    doubled = _DOUBLED.search(text)
    if doubled is not None:
        hint = f"слот сам говорит «к восемнадцати часам»: уберите «{doubled[1]}»"
        found.append(Finding(place, "E424", f"лишнее слово перед {{{RESTORED}}}", hint))
    if found:
        return found
    whole = text.replace(f"{{{RESTORED}}}", "двадцать второго ноября к восемнадцати часам")
    if not _lasting(text):
        hint = "добавьте предложение, которое останется верным и после этого срока"
        return [Finding(place, "E424", f"когда срок {{{RESTORED}}} пройдёт, сказать будет нечего", hint)]
    try:
        said = " ".join(piece.text for piece in pieces(whole, {}))
    except NotSpeakable as error:
        quoted = _QUOTED.search(str(error))
        hint = "напишите словами"
        return [Finding(place, "E425", f"голос этого не скажет: {quoted[0] if quoted else text}", hint)]
    if len(said) > LONGEST_SECONDS * _LETTERS_A_SECOND:
        seconds = round(len(said) / _LETTERS_A_SECOND)
        hint = f"уложитесь в {LONGEST_SECONDS} секунд: его слышит каждый"
        found.append(Finding(place, "W426", f"объявление длится около {seconds} секунд", hint))
    return found

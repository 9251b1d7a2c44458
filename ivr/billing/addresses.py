"""An address of a bill taken apart: town, street, house, flat, each in one spelling. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bots.understanding.lexicon import words as listed

STREET_KINDS = {
    "улица": "ул улица улицы улице улицу",
    "проспект": "пр пр-т пр-кт просп проспект проспекта проспекте проспекту",
    "переулок": "пер переулок переулка переулке переулку",
    "бульвар": "б-р бул бульвар бульвара бульваре бульвару",
    "шоссе": "ш шоссе",
    "набережная": "наб набережная набережной набережную",
    "площадь": "пл площадь площади",
    "проезд": "пр-д проезд проезда проезде проезду",
    "микрорайон": "мкр мкр-н мкрн микрорайон микрорайона микрорайоне",
    "тракт": "тракт тракта тракте тракту",
    "тупик": "туп тупик тупика тупике",
    "квартал": "кв-л квартал квартала квартале",
    "аллея": "аллея аллеи аллее аллею",
    "линия": "линия линии линию",
}
TOWN_WORDS = frozenset(
    listed(
        "г гор город города городе с село села селе п пос поселок поселка поселке пгт рп дер деревня деревне станица"
    )
)
KIND_OF = {word: kind for kind, words in STREET_KINDS.items() for word in words.split()}
HOUSE = frozenset(listed("д дом дома доме дому вл владение владения"))
PARTS = {
    **dict.fromkeys(listed("к корп корпус корпуса корпусе"), "к"),
    **dict.fromkeys(listed("стр строение строения строении"), "с"),
    **dict.fromkeys(listed("дробь черта"), "/"),
}
FLAT = frozenset(
    listed("кв квартира квартиры квартире квартиру оф офис офиса офисе пом помещение помещения ком комната")
)
_REGION = re.compile(r"\b(?:\d{6}|\S+\s+(?:обл(?:асть)?|край|респ(?:ублика)?|р-н|район)|россия|рф)\b")


@dataclass(frozen=True, slots=True)
class Address:
    """Its parts in one spelling: lower case, without «ё», numbers in digits, a street led by its full kind."""

    town: str = ""
    street: str = ""
    house: str = ""
    flat: str = ""

    @property
    def building(self) -> str:
        """The house alone, as rules and outages name it; empty where the address names none."""
        return f"{self.town}|{self.street}|{self.house}" if self.house else ""


def plain(text: str) -> str:
    return " ".join(text.lower().replace("ё", "е").split())


def written(text: str) -> Address:
    """An address of a bill: «656000, г. Барнаул, ул. Северная, д. 5 корп. 1, кв. 12»."""
    town = street = house = flat = ""
    for part in _REGION.sub(" ", plain(text)).split(","):
        words = [word for word in re.split(r"[.\s]+", part) if word]
        if not words:
            continue
        if words[0] in FLAT:
            flat = _joined(words[1:])
        elif words[0] in PARTS and house:
            house += PARTS[words[0]] + _joined(words[1:])
        elif words[0] in HOUSE and len(words) > 1 and words[1][:1].isdigit():
            house, flat = _house_and_flat(words[1:], flat)
        elif words[0][:1].isdigit() and street and len(words) <= 4 and not _names_street(words):
            house, flat = (house, _joined(words)) if house else _house_and_flat(words, flat)
        elif not town and words[0] not in KIND_OF and (words[0] in TOWN_WORDS or words[0] == "д" or not street):
            town = " ".join(words[1:] if (words[0] in TOWN_WORDS or words[0] == "д") and len(words) > 1 else words)
        elif not street:
            street, rest = _street(words)
            if rest:
                house, flat = _house_and_flat(rest, flat)
    return Address(town, street, house, flat)


def without_flat(address: str) -> str:
    """The address as it is written, up to the house: what may be spoken to whom is not known to live there."""
    flat = written(address).flat
    parts = address.split(",")
    for at, part in enumerate(parts):
        words = [word for word in re.split(r"[.\s]+", plain(part)) if word]
        if words and words[0] in FLAT:
            return ",".join(parts[:at]).rstrip()
        if (found := re.search(r"[\s,]+(?:кв|оф|пом|ком)(?:\.|\s|[а-я]+\s).*$", part, re.IGNORECASE)) is not None:
            return ",".join([*parts[:at], part[: found.start()]]).rstrip()
    if flat and (found := re.search(rf"[-,\s]+{re.escape(flat)}\s*$", plain(address))) is not None:
        return address.rstrip()[: -len(plain(address)[found.start() :])].rstrip()
    return address


def street_of(text: str) -> tuple[str, frozenset[str]]:
    """A street of an outage and its houses: «ул. Северная: 5, 7а»; no houses mean all of them."""
    name, _, houses = plain(text).partition(":")
    words = [word for word in re.split(r"[.\s]+", name) if word]
    return _named(words), frozenset(re.split(r"[\s;,]+", houses.strip())) - {""}


def same_street(one: str, other: str) -> bool:
    (kind, name), (kind_too, name_too) = parted(one), parted(other)
    return name == name_too and (kind == kind_too or not kind or not kind_too)


def serial_key(serial: str) -> str:
    """A meter's number as it is looked for: letters and digits, without leading zeros."""
    return re.sub(r"[^0-9A-ZА-Я]", "", serial.upper().replace("Ё", "Е")).lstrip("0")


def _names_street(words: Sequence[str]) -> bool:
    return any(word in KIND_OF for word in words)


def _street(words: Sequence[str]) -> tuple[str, list[str]]:
    """A street's full name, and what stands behind it."""
    at = next((at for at in range(1, len(words)) if words[at] in HOUSE), len(words))
    rest = list(words[at + 1 :])
    words = list(words[:at])
    if not rest and len(words) > 2 and re.fullmatch(r"\d+\S*", words[-1]):
        rest, words = [words[-1]], words[:-1]
    return _named(words), rest


def _named(words: Iterable[str]) -> str:
    kinds = [KIND_OF[word] for word in words if word in KIND_OF]
    name = [re.sub(r"^(\d+)-?(?:я|й|ая|ый|ой|е|го)$", r"\1", word) for word in words if word not in KIND_OF]
    return " ".join([*kinds[:1], *name])


def _house_and_flat(words: Sequence[str], flat: str) -> tuple[str, str]:
    """«5а», «5 корп 1», «5-12», «5 кв 12»."""
    at = next((at for at, word in enumerate(words) if word in FLAT), len(words))
    if at < len(words):
        flat = _joined(words[at + 1 :])
    house = "".join(PARTS.get(word, word) for word in words[:at])
    if (both := re.fullmatch(r"(\d+[а-я]?)-(\d+)", house)) and not flat:
        return both[1], both[2]
    return house, flat


def _joined(words: Sequence[str]) -> str:
    return "".join(words)


def parted(street: str) -> tuple[str, str]:
    """The kind of a street, empty where it is not known, and its name."""
    kind, _, name = street.partition(" ")
    return (kind, name) if kind in STREET_KINDS and name else ("", street)

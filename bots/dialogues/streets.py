"""A street and house out of a written address, as they are spoken; never the flat."""

import re

_FLAT = re.compile(r"[\s,]+(?:кв(?:артира)?|комн(?:ата)?|оф(?:ис)?|пом(?:ещение)?)\.?\s*№?\s*\d.*$", re.IGNORECASE)
_HOUSE = re.compile(r"^(?:д(?:ом)?\.?\s*)?№?\s*(?P<number>\d+)\s*(?P<rest>.*)$", re.IGNORECASE)
_LETTER = re.compile(r"^[«\"]?(?P<letter>[а-я])[»\"]?(?![а-я])", re.IGNORECASE)
_BLOCK = re.compile(r"^(?:к|корп(?:ус)?|стр(?:оение)?)\.?\s*(?P<block>\d+)", re.IGNORECASE)
_OF_MONTH = re.compile(
    r"\b(\d{1,2}) (?=(?:Января|Февраля|Марта|Апреля|Мая|Июня|Июля|Августа|Сентября|Октября|Ноября|Декабря)\b)"
)
"""«8 Марта» names a street after the day: it is spoken «восьмого Марта»."""
_KINDS = {
    "ул": "улица", "улица": "улица", "пр-т": "проспект", "пр-кт": "проспект", "просп": "проспект",
    "проспект": "проспект", "пер": "переулок", "переулок": "переулок", "б-р": "бульвар", "бул": "бульвар",
    "бульвар": "бульвар", "ш": "шоссе", "шоссе": "шоссе", "наб": "набережная", "набережная": "набережная",
    "пл": "площадь", "площадь": "площадь", "проезд": "проезд", "пр-д": "проезд", "тракт": "тракт",
    "мкр": "микрорайон", "мкрн": "микрорайон", "мкр-н": "микрорайон", "микрорайон": "микрорайон",
    "кв-л": "квартал", "квартал": "квартал", "аллея": "аллея", "линия": "линия", "тупик": "тупик",
}  # fmt: skip


def street(address: str) -> str | None:
    """«улица Мерлина» of «г. Бийск, ул. Мерлина, 12, кв. 5»; None where no street can be told."""
    found = _found(address)
    return found[0] if found else None


def street_and_house(address: str) -> str | None:
    """«улица Мерлина, дом 12»; None where either cannot be told."""
    found = _found(address)
    return f"{found[0]}, дом {found[1]}" if found and found[1] else None


def _found(address: str) -> tuple[str, str] | None:
    parts = [part.strip() for part in _FLAT.sub("", address).split(",") if part.strip()]
    for at, part in enumerate(parts):
        named = _street(part)
        if named is None:
            continue
        name, inside = named
        return name, _house(inside or (parts[at + 1] if at + 1 < len(parts) else ""))
    return None


def _street(part: str) -> tuple[str, str] | None:
    """The street a part names, and the house if it stands in the same part."""
    words = part.replace(".", ". ").split()
    for at, word in enumerate(words):
        kind = _KINDS.get(word.lower().rstrip("."))
        if kind is None:
            continue
        before, after = words[:at], words[at + 1 :]
        house = ""
        numbered = next(
            (place for place, one in enumerate(after) if place and one[0].isdigit() and before + after), None
        )
        marked = next((place for place, one in enumerate(after) if one.lower() in ("д.", "дом")), None)
        cut = marked if marked is not None else numbered
        if cut is not None:
            house, after = " ".join(after[cut:]), after[:cut]
        name = " ".join([*before, kind] if before and not after else [kind, *before, *after])
        return (_OF_MONTH.sub(r"\1-го ", name), house) if before or after else None
    return None


def _house(written: str) -> str:
    """«12», «12 а», «12 дробь 1», «12 корпус 1»; a number behind a dash is a flat and is left out."""
    found = _HOUSE.match(written.strip())
    if found is None:
        return ""
    rest = found["rest"].lstrip(" -") if found["rest"].startswith(" ") else found["rest"]
    said = found["number"]
    if rest.startswith("/") and (number := re.match(r"/\s*(\d+)", rest)):
        return f"{said} дробь {number[1]}"
    if block := _BLOCK.match(rest):
        return f"{said} корпус {block['block']}"
    if letter := _LETTER.match(rest):
        return f"{said} {letter['letter'].lower()}"
    return said

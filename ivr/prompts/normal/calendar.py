"""Dates, years, hours, days of the week, and spans of them."""

import re
from datetime import date, time
from re import Match

from ivr.prompts import spoken
from ivr.prompts.agreement import inflected
from ivr.prompts.cases import Case
from ivr.prompts.normal.before import BEFORE, case_of, lead, rules
from ivr.prompts.spoken import NotSpeakable

_MONTH = "|".join(spoken.MONTHS[1:])
_MONTHS = ("", "январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь", "ноябрь",
           "декабрь")  # fmt: skip
_IN_ANY_CASE = "|".join(
    (*_MONTHS[1:], *spoken.MONTHS[1:], *(f"{month[:-1]}{'е'}" for month in spoken.MONTHS[1:])),
)
_WEEKDAYS = {"пн": 0, "вт": 1, "ср": 2, "чт": 3, "пт": 4, "сб": 5, "вс": 6}
_WEEKDAY = "|".join(_WEEKDAYS)
_YEAR_ENDS = r"(?:\s*г\.?(?!\w)|\s+года)?"


def _date(match: Match[str]) -> str:
    parts = match.groupdict()
    month = spoken.MONTHS.index(parts["name"].lower()) if parts.get("name") else int(parts["month"])
    year = parts.get("year")
    if year and len(year) == 2:
        year = f"20{year}"
    try:
        value = date(int(year) if year else 2024, month, int(parts["day"]))
    except ValueError:
        raise NotSpeakable(f"«{match[0].strip()}» is not a date") from None
    return lead(match) + spoken.day(value, _of_day(match), year=bool(year))


_NAMES_A_DAY = ("и", "или", "а", "сегодня", "завтра", "вчера", "дата", "срок", "день", "это", "был", "будет")


def _of_day(match: Match[str]) -> Case:
    if not match["before"]:
        # «принята двенадцатого марта», but «дата: двенадцатое марта» and «сегодня двенадцатое марта».
        said = re.search(r"(\w+)\s*$", match.string[: match.start()])
        if re.match(r"\s+(?:в|с|до|после|к)\s", match.string[match.end() :]):
            return Case.GENITIVE
        return Case.GENITIVE if said and said[1].lower() not in _NAMES_A_DAY else Case.NOMINATIVE
    if case_of(match) is Case.ACCUSATIVE and len(match["before"]) > 5:
        return Case.GENITIVE  # «оплатить пятого мая»
    if (match["before"] or "").lower() == "по":
        return Case.NOMINATIVE  # «по двадцать пятое марта»: up to and with that day
    if (match["before"] or "").lower() in ("в", "во"):
        return Case.NOMINATIVE
    return Case.NOMINATIVE if case_of(match) is Case.ACCUSATIVE else case_of(match)


def _dates_span(match: Match[str]) -> str:
    """«с 1 по 9 мая», «1-9 мая», «с 28 февраля по 1 марта» comes as two dates."""
    first = _day(match["first"], Case.GENITIVE)
    last = _day(match["last"], Case.NOMINATIVE)
    said = f"{first} по {last} {match['name']}"
    return f"с {said}"


def _day(number: str, case: Case) -> str:
    if not 1 <= int(number) <= 31:
        raise NotSpeakable(f"«{number}» is no day of a month")
    return spoken.ordinal(int(number), case, "n")


def _dates_list(match: Match[str]) -> str:
    """«5 и 6 марта», «до 5, 6 и 7 марта»."""
    case = _of_day(match)
    days = re.sub(r"[0-9]+", lambda day: _day(day[0], case), match["days"])
    return f"{lead(match)}{days} {match['name']}"


def _days_span(match: Match[str]) -> str:
    return f"с {_day(match['first'], Case.GENITIVE)} по {_day(match['last'], Case.NOMINATIVE)} число"


def _day_of_month(match: Match[str]) -> str:
    case = {"числа": Case.GENITIVE, "числу": Case.DATIVE}.get(match["noun"].lower(), Case.NOMINATIVE)
    return f"{_day(match['number'], case)} {match['noun']}"


def _month_year(match: Match[str]) -> str:
    """«за 01.2026», «с 03.2026»."""
    month, year = int(match["month"]), int(match["year"])
    if not 1 <= month <= 12:
        raise NotSpeakable(f"«{match[0].strip()}» is no month")
    case = case_of(match)
    if (match["before"] or "").lower() in ("в", "во"):
        case = Case.PREPOSITIONAL
    elif (match["before"] or "").lower() == "по":
        case = Case.ACCUSATIVE
    return f"{lead(match)}{inflected(_MONTHS[month], case)} {_year(year, Case.GENITIVE)} года"


def _month_of_year(match: Match[str]) -> str:
    return f"{match['name']} {_year(int(match['year']), Case.GENITIVE)} года"


def _year(year: int, case: Case) -> str:
    return spoken.ordinal(year, case)


_YEAR_FORMS = {
    "год": Case.NOMINATIVE, "года": Case.GENITIVE, "году": Case.DATIVE, "годом": Case.INSTRUMENTAL,
    "годе": Case.PREPOSITIONAL,
}  # fmt: skip


def _this_year(match: Match[str]) -> str:
    """«в 2026 году», «2026 год», «с 2026 г.»."""
    noun = match["noun"].lower().rstrip(".")
    before = (match["before"] or "").lower()
    if noun in _YEAR_FORMS:
        case = _YEAR_FORMS[noun]
        if noun == "году" and before in ("в", "во", "о", "об", "при", "на"):
            case = Case.PREPOSITIONAL
        return f"{lead(match)}{_year(int(match['year']), case)} {noun}"
    case = {"в": Case.PREPOSITIONAL, "во": Case.PREPOSITIONAL}.get(before, case_of(match))
    if not before:
        case = Case.GENITIVE
    said = "году" if case is Case.PREPOSITIONAL else inflected("год", case)
    return f"{lead(match)}{_year(int(match['year']), case)} {said}"


def _years_list(match: Match[str]) -> str:
    """«2025 и 2026 годы»."""
    case = {"годов": Case.GENITIVE, "годам": Case.DATIVE, "годах": Case.PREPOSITIONAL}.get(
        match["noun"].lower(), Case.NOMINATIVE
    )
    years = re.sub(r"[0-9]+", lambda year: _year(int(year[0]), case), match["years"])
    return f"{years} {'годы' if match['noun'].lower().startswith('гг') else match['noun']}"


def _years_span(match: Match[str]) -> str:
    first, last = _year(int(match["first"]), Case.GENITIVE), _year(int(match["last"]), Case.ACCUSATIVE)
    return f"с {first} по {last} год"


def _clock(hour: str, minute: str, case: Case) -> str:
    at, past = int(hour), int(minute)
    if at == 24 and past == 0:
        return f"{spoken.cardinal(24, case)} {'часов' if case is Case.GENITIVE else 'часа'}"
    if at > 23 or past > 59:
        raise NotSpeakable(f"«{hour}:{minute}» is not a time of day")
    return spoken.clock(time(at, past), case)


def _time(match: Match[str]) -> str:
    case = Case.NOMINATIVE if (match["before"] or "").lower() == "по" else case_of(match)
    return lead(match) + _clock(match["hour"], match["minute"], case)


def _to_the_second(match: Match[str]) -> str:
    seconds = int(match["second"])
    if seconds > 59:
        raise NotSpeakable(f"«{match[0].strip()}» is not a time of day")
    said = f"{spoken.cardinal(seconds, gender='f')} {spoken.agreeing(seconds, 'секунда', 'секунды', 'секунд')}"
    return f"{_clock(match['hour'], match['minute'], Case.NOMINATIVE)} {said}"


def _times_span(match: Match[str]) -> str:
    first = _clock(match["hour"], match["minute"], Case.GENITIVE)
    return f"с {first} до {_clock(match['hour_to'], match['minute_to'], Case.GENITIVE)}"


def _weekdays_span(match: Match[str]) -> str:
    first, last = (_WEEKDAYS[match[name].lower()] for name in ("first", "last"))
    return f"с {spoken.WEEKDAYS[Case.GENITIVE][first]} по {spoken.WEEKDAYS[Case.ACCUSATIVE][last]}"


_ON_DAYS = ("понедельникам", "вторникам", "средам", "четвергам", "пятницам", "субботам", "воскресеньям")


def _on_weekdays(match: Match[str]) -> str:
    """«по пн и ср»: every week on these days."""
    return f"{match['before']} " + re.sub(
        rf"(?:{_WEEKDAY})\.?(?![а-яё])", lambda day: _ON_DAYS[_WEEKDAYS[day[0].lower()[:2]]], match["days"], flags=re.I
    )


def _weekday(match: Match[str]) -> str:
    before = match["before"] or ""
    name = spoken.WEEKDAYS[_spoken_day(before)][_WEEKDAYS[match["day"].lower()]]
    if before.lower() == "в" and name == "вторник":
        before = "во" if before == "в" else "Во"
    return f"{before} {name}" if before else name


def _spoken_day(before: str) -> Case:
    return {"с": Case.GENITIVE, "до": Case.GENITIVE, "к": Case.DATIVE, "в": Case.ACCUSATIVE, "по": Case.ACCUSATIVE}.get(
        before.lower(), Case.NOMINATIVE
    )


_D = r"[0-9]{1,2}"
_NO = r"(?<![0-9.,:/])(?<![0-9]-)"
_END = r"(?![0-9])"
_TIME = r"(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})"
_TO = r"(?P<hour_to>[0-9]{1,2})[:.](?P<minute_to>[0-9]{2})"

RULES = rules(
    (rf"{BEFORE}{_NO}(?P<day>{_D})\.(?P<month>[0-9]{{2}})\.(?P<year>[0-9]{{4}}|[0-9]{{2}}){_END}{_YEAR_ENDS}", _date),
    (rf"{BEFORE}{_NO}(?P<day>{_D})/(?P<month>[0-9]{{2}})/(?P<year>[0-9]{{4}}){_END}{_YEAR_ENDS}", _date),
    (rf"{BEFORE}{_NO}(?P<year>[0-9]{{4}})-(?P<month>[0-9]{{2}})-(?P<day>[0-9]{{2}}){_END}", _date),
    (rf"(?:\bс\s+)?{_NO}(?P<first>{_D})(?:-?го)?\s*(?:-|–|—|по)\s*(?P<last>{_D})(?:-?е)?\s+(?P<name>{_MONTH})\b",
     _dates_span),
    (rf"{BEFORE}{_NO}(?P<days>{_D}(?:,\s*{_D})*\s+и\s+{_D})\s+(?P<name>{_MONTH})\b", _dates_list),
    (rf"{BEFORE}{_NO}(?P<day>{_D})\s+(?P<name>{_MONTH})\b(?:\s+(?P<year>[0-9]{{4}})(?:\s*г\.?(?!\w)|\s+года)?)?",
     _date),
    (rf"\b(?P<name>{_IN_ANY_CASE})\s+(?P<year>20[0-9]{{2}})(?:\s*г\.?(?!\w)|\s+года)?(?![0-9 ]*[0-9])",
     _month_of_year),
    (rf"{BEFORE}{_NO}(?P<month>[0-9]{{2}})\.(?P<year>20[0-9]{{2}}){_END}(?:\s*г\.?(?!\w))?", _month_year),
    (rf"{_NO}(?P<first>(?:19|20)[0-9]{{2}})\s*[-–—]\s*(?P<last>(?:19|20)[0-9]{{2}})\s*(?:гг?\.?|год[а-я]*)(?!\w)",
     _years_span),
    (rf"{_NO}(?P<years>(?:19|20)[0-9]{{2}}(?:,\s*(?:19|20)[0-9]{{2}})*\s+и\s+(?:19|20)[0-9]{{2}})\s*"
     r"(?P<noun>годы|годов|годам|годах|гг\.?)(?!\w)", _years_list),
    (rf"{BEFORE}{_NO}(?P<year>(?:19|20)[0-9]{{2}})\s*(?P<noun>год|года|году|годом|годе|г\.?)(?!\w)", _this_year),
    (rf"(?:\bс\s+)?{_NO}{_TIME}\s*(?:-|–|—|до)\s*{_TO}{_END}(?:\s*(?:ч\.?|час(?:ов|а)?)(?!\w))?", _times_span),
    (rf"{_NO}(?P<hour>{_D}):(?P<minute>[0-9]{{2}}):(?P<second>[0-9]{{2}}){_END}(?!:)", _to_the_second),
    (rf"\b(?P<before>до|с|в|к|после|около)\s+{_NO}(?P<hour>[01]?[0-9]|2[0-4])-(?P<minute>00|15|30|45){_END}(?!-)",
     _time),
    (rf"{BEFORE}{_NO}(?P<hour>{_D}):(?P<minute>[0-9]{{2}}){_END}(?!:[0-9])", _time),
    (rf"\b(?P<before>до|с|в|к|после|около|не позднее)\s+{_NO}(?P<hour>[01]?[0-9]|2[0-4])\.(?P<minute>00|15|30|45){_END}"
     r"(?!\s*(?:%|₽|руб|кВт|к?м|Гкал|тыс|млн|коп))(?:\s*(?:ч\.?|час(?:ов|а)?)(?!\w))?", _time),
    (rf"(?P<before>\b(?:до|с|по|от|на|к|после|за))\s+{_NO}(?P<day>{_D})\.(?P<month>0[1-9]|1[0-2])"
     r"(?![0-9])(?!\s*(?:%|₽|руб|кВт|к?м|Гкал|тыс|млн|коп|балл|раз|процент))(?!,[0-9])", _date),
    (rf"(?P<before>(?!))?{_NO}(?P<day>0[1-9]|[12][0-9]|3[01])\.(?P<month>0[1-9]|1[0-2])(?![0-9])(?=\s+(?:с|в|до|по|к)\s|[,.;)]?$"
     r"|[,.;)]\s)(?!,[0-9])", _date),
    (rf"\b(?:с\s+)?{_NO}(?P<first>{_D})(?:-?го)?\s*(?:-|–|—|по)\s*(?P<last>{_D})(?:-?е)?\s+(?:число|числа)\b",
     _days_span),
    (rf"{_NO}(?P<number>{_D})\s+(?P<noun>числа|числу|число)\b", _day_of_month),
    (rf"\b(?P<first>{_WEEKDAY})\.?\s*[-–—]\s*(?P<last>{_WEEKDAY})(?!\w)\.?", _weekdays_span),
    (rf"\b[сc]о?\s+(?P<first>{_WEEKDAY})\.?\s+по\s+(?P<last>{_WEEKDAY})(?!\w)\.?", _weekdays_span),
    (rf"\b(?P<before>по)\s+(?P<days>(?:{_WEEKDAY})(?!\w)\.?(?:(?:,\s*|\s+и\s+)(?:{_WEEKDAY})(?!\w)\.?)*)",
     _on_weekdays),
    (rf"(?:\b(?P<before>с|до|к|в|по)\s+)?(?<![0-9] )\b(?P<day>{_WEEKDAY})(?!\w)\.?(?=$|[\s,;:)])(?![а-яё])", _weekday),
)  # fmt: skip

"""Working hours as a caller hears them: «до восемнадцати часов», «завтра с восьми часов». No digit is ever in them.

They go into prompts as slots of text; every answer is true at the instant it was asked for.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from ivr.flow.hours.spans import ALL_DAY, DAY_MINUTES, Span, Spans
from ivr.prompts import spoken
from ivr.prompts.spoken import Case

if TYPE_CHECKING:
    from ivr.flow.hours.calendar import Calendar

ALL_DAY_WORDS = "круглосуточно"
_ON = ("в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу", "в воскресенье")
_FROM = ("понедельника", "вторника", "среды", "четверга", "пятницы", "субботы", "воскресенья")
_TO = ("понедельник", "вторник", "среду", "четверг", "пятницу", "субботу", "воскресенье")


def until(calendar: "Calendar", instant: datetime, schedule: str, territory: str | None = None) -> str:
    """«до восемнадцати часов» of what is open now; «круглосуточно» where it does not close; empty when closed."""
    if not calendar.open_at(instant, schedule, territory):
        return ""
    closes = calendar.closes_next(instant, schedule, territory)
    if closes is None:
        return ALL_DAY_WORDS
    zone = calendar.zone_of(schedule, territory)
    now, end = instant.astimezone(zone), closes.astimezone(zone)
    said = f"до {_clock(end.time())}"
    # Midnight belongs to the day that ends with it.
    last_day = (end - timedelta(microseconds=1)).date()
    return said if last_day <= now.date() + timedelta(days=1) else f"{said} {spoken.day(last_day, Case.GENITIVE)}"


def opens(calendar: "Calendar", instant: datetime, schedule: str, territory: str | None = None) -> str:
    """«сегодня с тринадцати часов», «завтра с восьми часов», «в понедельник с восьми часов», «двенадцатого января с
    восьми часов». Empty when it is open now and when it never opens again."""
    at = calendar.opens_next(instant, schedule, territory)
    if at is None or at == instant:
        return ""
    zone = calendar.zone_of(schedule, territory)
    local = at.astimezone(zone)
    return f"{when(local.date(), instant.astimezone(zone).date())} с {_clock(local.time())}"


def today(calendar: "Calendar", instant: datetime, schedule: str, territory: str | None = None) -> str:
    """Today's hours, «с восьми до восемнадцати часов»; empty on a day that is closed."""
    zone = calendar.zone_of(schedule, territory)
    return hours(calendar.hours_on(instant.astimezone(zone).date(), schedule))


def usual(calendar: "Calendar", instant: datetime, schedule: str, territory: str | None = None) -> str:
    """The hours of an ordinary week, whatever this one is."""
    return week(calendar.schedule(schedule).week)


def when(day: date, today: date) -> str:
    """A day as it is named from today: «завтра», «в среду», «двенадцатого января»."""
    ahead = (day - today).days
    if ahead in (0, 1, 2):
        return ("сегодня", "завтра", "послезавтра")[ahead]
    return _ON[day.weekday()] if 0 < ahead < 7 else spoken.day(day, Case.GENITIVE)


def hours(spans: Spans) -> str:
    """«с восьми до двенадцати часов и с тринадцати до восемнадцати часов»; empty for a closed day."""
    if spans == ALL_DAY:
        return ALL_DAY_WORDS
    return " и ".join(_span(span) for span in spans)


def week(days: Iterable[Spans]) -> str:
    """«с понедельника по четверг с восьми до восемнадцати часов, в пятницу с восьми до семнадцати часов»."""
    runs: list[tuple[int, int, Spans]] = []
    for day, spans in enumerate(days):
        if runs and runs[-1][2] == spans:
            runs[-1] = (runs[-1][0], day, spans)
        else:
            runs.append((day, day, spans))
    said = [f"{_days(first, last)} {hours(spans)}" for first, last, spans in runs if spans]
    return said[0].removeprefix("ежедневно ") if said == [f"ежедневно {ALL_DAY_WORDS}"] else ", ".join(said)


def _days(first: int, last: int) -> str:
    if first == last:
        return _ON[first]
    if (first, last) == (0, 6):
        return "ежедневно"
    if last == first + 1:
        return f"{_ON[first]} и {_ON[last]}"
    return f"{'со' if first == 1 else 'с'} {_FROM[first]} по {_TO[last]}"


def _span(span: Span) -> str:
    begins, ends = _time(span.begins), _time(span.ends)
    if begins.minute or ends.minute or not begins.hour or not ends.hour:
        return f"с {_clock(begins)} до {_clock(ends)}"
    return f"с {spoken.cardinal(begins.hour, Case.GENITIVE)} до {_clock(ends)}"


def _time(minutes: int) -> time:
    minutes %= DAY_MINUTES
    return time(minutes // 60, minutes % 60)


def _clock(at: time) -> str:
    """In the genitive: «восемнадцати часов», «полуночи»."""
    return "полуночи" if at == time() else spoken.clock(at, Case.GENITIVE)


FACTS: Mapping[str, Callable[["Calendar", datetime, str, str | None], str]] = {
    "closes_words": until,
    "opens_words": opens,
    "today_words": today,
    "week_words": usual,
}
"""What a flow may say of a schedule, `{calendar.operators.opens_words}`, by name."""

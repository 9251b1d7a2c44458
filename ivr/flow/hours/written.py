"""Hours as they are published: «пн–чт 08:00–18:00, пт 08:00–17:00, сб* 09:00–17:00». Pure."""

from ivr.flow.hours.calendar import Schedule
from ivr.flow.hours.spans import ALL_DAY, DAY_MINUTES, Spans

DAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
ALWAYS = "Круглосуточно"
SOMETIMES = "* Не в каждую неделю: по календарю."


def written(schedule: Schedule) -> str:
    """The ordinary week; a day that is worked only sometimes has a star (`SOMETIMES` tells of it)."""
    if all(spans == ALL_DAY for spans in schedule.week):
        return ALWAYS
    runs: list[tuple[int, int, Spans]] = []
    for day, spans in enumerate(schedule.week):
        if runs and runs[-1][2] == spans:
            runs[-1] = (runs[-1][0], day, spans)
        else:
            runs.append((day, day, spans))
    said = [f"{_days(first, last)} {_spans(spans)}" for first, last, spans in runs if spans]
    said += [f"{DAYS[one.weekday]}* {_spans(one.spans)}" for one in schedule.conditional]
    return ", ".join(said) or "Не работает"


def _days(first: int, last: int) -> str:
    return DAYS[first] if first == last else f"{DAYS[first]}–{DAYS[last]}"


def _spans(spans: Spans) -> str:
    return " и ".join(f"{_clock(span.begins)}–{_clock(span.ends)}" for span in spans)


def _clock(minute: int) -> str:
    """24:00 is the end of a day; beyond it the next one's clock."""
    if minute > DAY_MINUTES:
        minute -= DAY_MINUTES
    return f"{minute // 60:02}:{minute % 60:02}"

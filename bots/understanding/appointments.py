"""Answers to «когда?»: a promise to pay, a day, an hour to ring back, or that it was paid already.

A promise is a day and a word of paying; an hour makes it a time to call. Without a day a promise is a question more.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bots.talk import Act
from bots.understanding import dates, hours

_PAYING = re.compile(
    r"(?<!не )\b(?:(?:за|о|у|вы|про)?(?:плачу|платим|платит|платят)|внес(?:у|ем)|погашу|погасим|переведу|переведем"
    r"|рассчитаюсь|рассчитаемся|закрою|отдам|обещаю|кину|закину|положу|оплатить|заплатить|уплатить|погасить|внести"
    r"|платить)\b|\bоплата будет\b"
)
_AT_ONCE = re.compile(r"\bсейчас (?:же |и |уже )?(?:(?:за|о|у)плачу|внесу|переведу|погашу|оплатим|заплатим)\b")
_REFUSING = re.compile(r"\bне (?:за|о|у|вы)?(?:плачу|платим|погашу|внесу)\b")
_CANNOT = re.compile(
    r"(?<!сейчас )\bне (?:с?могу|с?можем|получится|получается|успею|выйдет|надо|нужно|подходит|подойдет|удобно"
    r"|устраивает)\b(?! (?:сейчас|говорить|разговаривать|долго|ждать))"
    r"|(?<!сейчас )\bнеудобно\b(?! (?:сейчас|говорить))|\bкроме\b|\bтолько не\b|\bнечем (?:за|о)?платить\b"
    r"|\bнет возможности\b"
)
"""What is said beside a day that will not do: which of the days is meant then is a question."""
_SOME_EVENT = re.compile(
    r"\b(?:после|с|как|когда) (?:\w+ )?(?:зарплат|пенси|получк|аванс|праздник|стипенди)\w*|\bдо нового года\b"
)
LONG_AGO = timedelta(days=300)
_CALLING = re.compile(r"\b(?:пере|по)?звон(?:ите|и|ить)\b|\bнабер(?:ите|и)\b|\bсвяжитесь\b")


@dataclass(frozen=True, slots=True)
class When:
    act: Act | None = None
    values: Mapping[str, str] = field(default_factory=dict)


def answered(normal: str, today: date) -> When:
    """What a caller says to a question for a day or an hour."""
    found = dates.day(normal, today)
    at = hours.hour(normal)
    paying = _PAYING.search(normal) is not None
    calling = _CALLING.search(normal) is not None
    if _REFUSING.search(normal):
        return When("no")
    if _CANNOT.search(normal):
        return When("again" if found.day is not None or found.unclear or not paying else "no")
    if _AT_ONCE.search(normal) and found.day is None and not found.unclear:
        return When("promise", {"date": today.isoformat()})
    if paying and not calling:
        if found.day is None:
            return When("again")
        return When("promise", {"date": found.day.isoformat()}) if found.day >= today else When("again")
    if found.unclear or at.unclear:
        return When("again")
    if found.day is not None and found.day < today:
        return When("again")
    if at.at is not None:
        moment = datetime.combine(found.day or today, at.at)
        return When("value", {"at": moment.isoformat()})
    if found.day is not None:
        return When("value", {"date": found.day.isoformat()})
    return When("again") if _SOME_EVENT.search(normal) else When()


def paid(normal: str, today: date) -> Mapping[str, str]:
    """The day a caller says to have paid, if one was named; last year's is a slip of the tongue."""
    found = dates.day(normal, today, past=True)
    if found.day is None or found.day > today or today - found.day > LONG_AGO:
        return {}
    return {"date": found.day.isoformat()}

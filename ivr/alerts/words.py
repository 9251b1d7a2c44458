"""What an alert says to people: what happened, since when, what to do."""

from datetime import datetime, timedelta, tzinfo

from ivr.alerts.measures import MEASURES, Form
from ivr.alerts.rules import Notice


def subject(notice: Notice, title: str) -> str:
    """`title` is the supplier's, as people call it."""
    sign = "Тревога" if notice.what == "raised" else "Закончилось"
    return f"{sign}: {_happened(notice)} — {title}"


def text(notice: Notice, title: str, zone: tzinfo) -> str:
    one = MEASURES[notice.rule.measure]
    since = _at(notice.since, zone, notice.at)
    if notice.what == "raised":
        lines = [
            f"{title}: {_happened(notice)}.",
            f"С {since}; предел {shown(notice.rule.limit, one.form)}." if one.form != "yes" else f"С {since}.",
            one.advice,
        ]
    else:
        lasted = _lasted(notice.at - notice.since)
        lines = [f"{title}: закончилось — {_happened(notice)}.", f"Началось в {since}, продолжалось {lasted}."]
        if one.form != "yes":
            lines.append(f"Хуже всего было {shown(notice.worst, one.form)}.")
    return "\n".join([*lines, "", f"Правило «{notice.rule.name}» в alerts.yaml."])


def _happened(notice: Notice) -> str:
    one = MEASURES[notice.rule.measure]
    where = f" (очередь «{notice.where}»)" if one.of == "queue" else f" («{notice.where}»)"
    words = one.words if notice.what == "raised" else one.words[:1].lower() + one.words[1:]
    value = shown(notice.value, one.form)
    said = f"{words}: {value}" if notice.what == "raised" else f"{words}, теперь {value}"
    what = words if one.form == "yes" else said
    return f"{what}{where}" if notice.where else what


def shown(value: float, form: Form) -> str:
    match form:
        case "seconds":
            minutes, seconds = divmod(round(value), 60)
            return f"{minutes}:{seconds:02}"
        case "percent":
            return f"{value:.1f}".replace(".", ",") + " %"
        case "megabytes":
            return f"{value:.0f} МБ"
        case "yes":
            return "да" if value else "нет"
    return f"{value:g}"


def _at(at: datetime, zone: tzinfo, now: datetime) -> str:
    local = at.astimezone(zone)
    return local.strftime("%H:%M" if local.date() == now.astimezone(zone).date() else "%d.%m.%Y %H:%M")


def _lasted(time: timedelta) -> str:
    minutes = max(round(time.total_seconds() / 60), 1)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} ч {minutes:02} мин" if hours else f"{minutes} мин"

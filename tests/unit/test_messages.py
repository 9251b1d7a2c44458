"""Messages: how they are written, when they may be sent, and what a reader sees."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ivr.flow.messages_file import read_messages
from ivr.messages.message import Refused, Rules, when_to_send
from ivr.prompts.spoken import NotSpeakable
from ivr.prompts.written import written

ZONE = ZoneInfo("Asia/Barnaul")
RULES = Rules()


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


def test_by_day_a_message_goes_at_once() -> None:
    assert when_to_send(RULES, [], local(24, 12), ZONE) == local(24, 12)


@pytest.mark.parametrize(
    ("now", "goes"),
    [
        (local(24, 21), local(25, 9)),
        (local(24, 23, 59), local(25, 9)),
        (local(25, 0), local(25, 9)),
        (local(25, 8, 59), local(25, 9)),
        (local(25, 9), local(25, 9)),
        (local(25, 20, 59), local(25, 20, 59)),
    ],
)
def test_in_quiet_hours_it_waits_for_their_end(now: datetime, goes: datetime) -> None:
    assert when_to_send(RULES, [], now.astimezone(UTC), ZONE) == goes


def test_quiet_hours_inside_one_day_and_none_at_all() -> None:
    siesta = Rules(quiet_from=time(13), quiet_to=time(15))
    assert when_to_send(siesta, [], local(24, 14), ZONE) == local(24, 15)
    assert when_to_send(siesta, [], local(24, 23), ZONE) == local(24, 23)
    assert when_to_send(Rules(quiet_from=time(0), quiet_to=time(0)), [], local(24, 3), ZONE) == local(24, 3)


def test_a_customer_is_not_written_to_too_often() -> None:
    now = local(25, 12)
    today = [now - timedelta(hours=1), now - timedelta(hours=2)]
    assert when_to_send(RULES, today, now, ZONE) == Refused("cap_day")
    week = [local(23, 10), local(23, 11), local(24, 10), local(24, 11)]
    assert when_to_send(RULES, week, now, ZONE) == Refused("cap_week")
    month = [local(day, hour) for day in range(2, 10) for hour in (10, 11)]
    assert when_to_send(RULES, month, now, ZONE) == Refused("cap_month")
    assert when_to_send(RULES, [at - timedelta(days=31) for at in month], now, ZONE) == now


@pytest.mark.parametrize(
    ("text", "slots", "read"),
    [
        ("Принято: {value}", {"value": 12345}, "Принято: 12345"),
        ("К оплате {sum|rubles}", {"sum": 124050}, "К оплате 1\u00a0240,50\u00a0руб."),
        ("К оплате {sum}", {"sum": Decimal("1240")}, "К оплате 1\u00a0240\u00a0руб."),
        ("Переплата {sum|rubles}", {"sum": -5}, "Переплата −0,05\u00a0руб."),
        ("У вас {n|plural:заявка}", {"n": 2}, "У вас 2\u00a0заявки"),
        ("до {d|date}", {"d": date(2026, 3, 5)}, "до 05.03.2026"),
        ("{d|day}", {"d": date(2026, 3, 5)}, "четверг, 05.03"),
        ("в {t|time}", {"t": datetime(2026, 3, 5, 9, 5, tzinfo=ZONE)}, "в 09:05"),
        ("звоните {p|phone}", {"p": "+79131112233"}, "звоните +7 913 111-22-33"),
        ("счёт {a|3-3-4}", {"a": "7001234567"}, "счёт 700 123 4567"),
        ("по сч+ёту {a}", {"a": "7001234567"}, "по счёту 7001234567"),
    ],
)
def test_what_is_read_keeps_its_digits(text: str, slots: dict[str, object], read: str) -> None:
    assert written(text, slots) == read


@pytest.mark.parametrize(
    ("text", "slots"), [("{a}", {}), ("{a}", {"a": None}), ("{a|date}", {"a": "скоро"}), ("{a|rubles}", {"a": "много"})]
)
def test_what_cannot_be_written_is_an_error(text: str, slots: dict[str, object]) -> None:
    with pytest.raises(NotSpeakable):
        written(text, slots)


GOOD = """
quiet: {from: "22:00", to: "8:30"}
most: {day: 3, week: 5, month: 20}
messages:
  paid:
    sms: "Оплата {sum|rubles} получена."
    subject: Оплата получена
    email: |
      Здравствуйте!
      Оплата {sum|rubles} получена.
"""


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "messages.yaml").write_text(GOOD, encoding="utf-8")
    found, findings = read_messages(tmp_path)
    assert findings == []
    assert found.rules == Rules(time(22), time(8, 30), 3, 5, 20)
    assert found.templates["paid"].email == "Здравствуйте!\nОплата {sum|rubles} получена."


@pytest.mark.parametrize(
    ("wrong", "codes"),
    [
        ("messages: {a: {}}", ["E281"]),
        ("messages: {a: {email: Привет}}", ["E282"]),
        ("messages: {a: {sms: 'Сумма {sum|roubles}'}}", ["E285"]),
        ("messages: {a: {sms: 'Сумма {sum'}}", ["E284"]),
        ("messages: {a: {sms: Да, sma: Нет}}", ["E102"]),
        ("quiet: {from: вечером}\nmessages: {a: {sms: Да}}", ["E286"]),
        ("most: {day: много}\nmessages: {a: {sms: Да}}", ["E107"]),
        ("quiet: {from: '21:00'}", ["E103"]),
        (f"messages: {{a: {{sms: {'ы' * 700}}}}}", ["E283"]),
    ],
)
def test_what_is_wrong_is_found_where_it_stands(tmp_path: Path, wrong: str, codes: list[str]) -> None:
    (tmp_path / "messages.yaml").write_text(wrong, encoding="utf-8")
    assert [finding.code for finding in read_messages(tmp_path)[1]] == codes

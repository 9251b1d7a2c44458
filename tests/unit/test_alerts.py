"""Alerts with lists of numbers: patience, hysteresis, the pause after; what people read; when a report is due."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ivr.alerts import words
from ivr.alerts.measures import MEASURES, Samples
from ivr.alerts.rules import WELL, Notice, Rule, step
from ivr.alerts.schedule import Scheduled, due
from ivr.flow.alerts_file import read_alerts
from ivr.flow.around_schema import alerts_schema

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
MOSCOW, BARNAUL = ZoneInfo("Europe/Moscow"), ZoneInfo("Asia/Barnaul")
WAIT = Rule(
    "wait", "longest_wait", 120, 30, "above", hold=timedelta(seconds=20), cooldown=timedelta(seconds=60), of="operators"
)


def told(rule: Rule, values: list[float | None]) -> list[tuple[int, str]]:
    """At which second what was told, of a value every ten seconds."""
    standing, found = WELL, []
    for at, value in enumerate(values):
        standing, notice = step(rule, standing, value, NOW + timedelta(seconds=10 * at))
        if notice is not None:
            found.append((10 * at, notice.what))
    return found


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([130, 130, 130, 130], [(20, "raised")]),
        ([130, 10, 130, 10, 130, 10], []),
        ([130, 130, 130, 100, 60, 31, 30, 10], [(20, "raised"), (60, "cleared")]),
        ([130, 130, 130, None, None, 10], [(20, "raised"), (50, "cleared")]),
        ([130, None, 130, 130], [(20, "raised")]),
        ([120, 120, 120, 120], []),
        ([130, 130, 130, 10, 130, 130, 130, 130, 130, 130, 130], [(20, "raised"), (30, "cleared"), (90, "raised")]),
        ([], []),
    ],
)
def test_an_alert_is_raised_after_its_patience_and_ends_past_its_clearing(
    values: list[float | None], expected: list[tuple[int, str]]
) -> None:
    assert told(WAIT, values) == expected


def test_below_is_worse_where_less_is_worse() -> None:
    level = Rule("sl", "service_level", 80, 85, "below")
    assert told(level, [90, 79, 82, 84, 85]) == [(10, "raised"), (40, "cleared")]


@given(st.lists(st.one_of(st.none(), st.floats(0, 300)), max_size=200))
def test_raised_and_cleared_always_take_turns(values: list[float | None]) -> None:
    kinds = [what for _, what in told(WAIT, values)]
    assert kinds == ["raised", "cleared"] * (len(kinds) // 2) + ["raised"] * (len(kinds) % 2)


def test_an_alert_says_what_happened_since_when_and_what_to_do() -> None:
    raised = Notice("raised", WAIT, NOW, NOW + timedelta(minutes=1), 185, 185, "operators")
    assert words.subject(raised, "Энергосбыт") == (
        "Тревога: Дольше всех в очереди ждут: 3:05 (очередь «operators») — Энергосбыт"
    )
    text = words.text(raised, "Энергосбыт", MOSCOW)
    assert "С 12:00; предел 2:00." in text
    assert MEASURES["longest_wait"].advice in text
    over = Notice("cleared", WAIT, NOW, NOW + timedelta(minutes=75), 10, 240, "operators")
    text = words.text(over, "Энергосбыт", MOSCOW)
    assert "Началось в 12:00, продолжалось 1 ч 15 мин." in text
    assert "Хуже всего было 4:00." in text
    assert words.subject(over, "Энергосбыт").startswith("Закончилось: дольше всех в очереди ждут, теперь 0:10")


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_can_be_told_of(measure: str) -> None:
    one = MEASURES[measure]
    rule = Rule("x", measure, one.limit, one.limit, one.worse)
    text = words.text(Notice("raised", rule, NOW, NOW, 1, 1), "Линия", MOSCOW)
    assert one.advice in text
    assert one.words[1:] in words.subject(Notice("cleared", rule, NOW, NOW, 1, 1), "Линия")


# -- measures --------------------------------------------------------------------------------------------------------


@dataclass
class Figure:
    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


def of_queue(supplier: str, queue: str, seconds: float) -> Figure:
    return Figure("queue_longest_wait_seconds", seconds, {"supplier": supplier, "queue": queue})


def test_a_supplier_is_never_judged_by_anothers_queues() -> None:
    samples = Samples()
    samples.take([of_queue("a", "x", 10), of_queue("a", "y", 50), of_queue("b", "x", 900)], NOW)
    assert samples.value("longest_wait", "a") == 50
    assert samples.where("longest_wait", "a") == "y"
    assert samples.value("longest_wait", "a", "x") == 10
    assert samples.value("longest_wait", "c") is None


def test_the_worst_trunk_counts_for_everybody() -> None:
    samples = Samples()
    samples.take([Figure("trunk_up", 1, {"trunk": "one"}), Figure("trunk_up", 0, {"trunk": "two"})], NOW)
    assert samples.value("trunk", "a") == 0
    assert samples.where("trunk", "a") == "two"


def test_counters_are_watched_by_their_growth_in_ten_minutes() -> None:
    samples = Samples()
    for minute, failed in enumerate([5, 5, 6, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]):
        samples.take([Figure("calls_failed_total", failed)], NOW + timedelta(minutes=minute))
        if minute == 4:
            assert samples.value("bot_failures", "a") == 4
    assert samples.value("bot_failures", "a") == 0
    samples.take([Figure("calls_failed_total", 1)], NOW + timedelta(minutes=16))  # the service was restarted
    assert samples.value("bot_failures", "a") == 0


def test_shares_and_units_are_those_people_speak_of() -> None:
    samples = Samples()
    samples.take(
        [Figure("spool_used_bytes", 16), Figure("spool_size_bytes", 64), Figure("disk_free_bytes", 3 << 30),
         Figure("service_level", 0.805, {"supplier": "a"}), Figure("outbox", 7, {"supplier": "a", "state": "waiting"}),
         Figure("outbox", 2, {"supplier": "a", "state": "set_aside"})], NOW,
    )  # fmt: skip
    assert samples.value("spool", "a") == 25
    assert samples.value("disk", "a") == 3072
    assert samples.value("service_level", "a") == pytest.approx(80.5)
    assert samples.value("outbox", "a") == 2


# -- reports by schedule ---------------------------------------------------------------------------------------------

MONTHLY = Scheduled("f1", "waits", ("a@b.ru",), at=time(8))


@pytest.mark.parametrize(
    ("now", "period"),
    [
        (datetime(2026, 3, 1, 7, 59, tzinfo=MOSCOW), None),
        (datetime(2026, 3, 1, 8, 0, tzinfo=MOSCOW), "2026-02"),
        (datetime(2026, 3, 4, 7, 0, tzinfo=MOSCOW), "2026-02"),
        (datetime(2026, 3, 4, 8, 0, tzinfo=MOSCOW), None),
        (datetime(2026, 1, 1, 9, 0, tzinfo=MOSCOW), "2025-12"),
        (datetime(2026, 3, 31, 9, 0, tzinfo=MOSCOW), None),
    ],
)
def test_last_month_is_due_on_the_first_and_no_more_than_three_days_late(now: datetime, period: str | None) -> None:
    found = due(MONTHLY, now, MOSCOW)
    assert (found.period if found else None) == period


def test_a_month_is_the_suppliers_own() -> None:
    found = due(MONTHLY, datetime(2026, 3, 1, 1, 0, tzinfo=UTC), BARNAUL)
    assert found is not None
    assert found.since == datetime(2026, 2, 1, tzinfo=BARNAUL)
    assert found.until == datetime(2026, 3, 1, tzinfo=BARNAUL)


def test_a_daily_report_is_of_the_day_before() -> None:
    daily = Scheduled("day", "service-level", ("a@b.ru",), every="day", at=time(7, 30))
    assert [
        found.period if (found := due(daily, datetime(2026, 3, 1, hour, 45, tzinfo=MOSCOW), MOSCOW)) else None
        for hour in (6, 7)
    ] == ["2026-02-27", "2026-02-28"]


# -- the file --------------------------------------------------------------------------------------------------------


def test_the_page_of_alerts_shows_a_good_file(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text(encoding="utf-8")
    (tmp_path / "alerts.yaml").write_text(page.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    told_, findings = read_alerts(tmp_path, queues=["operators"])
    assert findings == []
    assert [one.name for one in told_.rules] == ["service", "loss", "queue", "trunk", "disk"]
    assert told_.rules[0].to == ("duty@example.ru",)
    assert told_.rules[3].to == ("network@example.ru",)
    assert told_.reports == (Scheduled("waits", "waits", ("office@example.ru",)),)
    assert all(f"| `{name}` |" in page for name in MEASURES)
    shape = yaml.safe_load((tmp_path / "alerts.yaml").read_text(encoding="utf-8"))
    jsonschema.validate(shape, alerts_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"alerts": {"a": {"measure": "nothing"}}}, alerts_schema())


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("to: [duty]", ["E294"]),
        ("alerts: {a: {measure: service_lvl}}", ["E115"]),
        ("alerts: {a: {measure: loss, below: 5}}", ["E295"]),
        ("alerts: {a: {measure: loss, above: 5, clear: 6}}", ["E296"]),
        ("alerts: {a: {measure: loss, above: много}}", ["E298"]),
        ("alerts: {a: {measure: loss, queue: operators}}", ["E297"]),
        ("alerts: {a: {measure: longest_wait, queue: operatrs}}", ["E112"]),
        ("alerts: {a: {measure: loss, for: 99999999}}", ["E107"]),
        ("reports: {a: {report: waits}}", ["E299"]),
        ("reports: {a: {report: waits, to: a@b.ru, at: 25:00, day: 31}}", ["E107", "E286"]),
        ("rules: {}", ["E102"]),
        ("alerts: {}", []),
    ],
)
def test_what_is_wrong_with_the_file_is_said(tmp_path: Path, written: str, codes: list[str]) -> None:
    (tmp_path / "alerts.yaml").write_text(written + "\n", encoding="utf-8")
    assert sorted(finding.code for finding in read_alerts(tmp_path, queues=["operators"])[1]) == codes


@pytest.mark.parametrize(("page", "reader"), [("alerts", "alerts_file"), ("webhooks", "webhooks_file")])
def test_the_page_names_every_code_of_the_file(page: str, reader: str) -> None:
    root = Path(__file__).parents[2]
    codes = set(re.findall(r'"([EW]\d{3})"', (root / "ivr" / "flow" / f"{reader}.py").read_text(encoding="utf-8")))
    told_ = (root / "docs" / f"{page}.md").read_text(encoding="utf-8")
    assert {code for code in codes if code not in told_} <= {"E286"}  # of all times of day alike
